/**
 * Reads which resources the API serves out of the request factories of `@kubernetes/client-node`: path, HTTP method and
 * the type of the answer of every operation.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { modelsFolder } from "./models.mjs";

/**
 * @typedef {object} Operation
 * @property {string} name `createNamespacedDeployment`
 * @property {string} path `/apis/apps/v1/namespaces/{namespace}/deployments`
 * @property {string} method `POST`
 * @property {string | undefined} model type of a successful answer: `V1Deployment`
 * @property {boolean} watch may watch
 *
 * @typedef {object} Subresource
 * @property {string} name
 * @property {string} [schemaType]
 * @property {string[]} verbs
 *
 * @typedef {object} Resource
 * @property {string} group
 * @property {string} version
 * @property {string} plural
 * @property {string} kind
 * @property {string} [listKind]
 * @property {boolean} namespaced
 * @property {string} schemaType
 * @property {string[]} verbs
 * @property {Subresource[]} subresources
 */

/** @returns {Operation[]} */
export const readOperations = () => {
  const folder = join(dirname(modelsFolder()), "apis");
  const exported = readFileSync(join(folder, "..", "types", "PromiseAPI.d.ts"), "utf8");
  const apis = new Set([...exported.matchAll(/export declare class Promise(\w+Api) /g)].map((m) => m[1]));
  return [...apis].sort().flatMap((api) => operationsOf(readFileSync(join(folder, `${api}.js`), "utf8")));
};

const operationsOf = (source) => {
  const answers = new Map();
  for (const part of source.split(/\n {4}async /).filter((p) => /^\w+WithHttpInfo\(response\)/.test(p))) {
    const model = part.match(/isCodeInRange\("20[01]".*?\n.*?\n?.*?deserialize\([\s\S]*?, "(\w+)"/)?.[1];
    answers.set(part.match(/^(\w+)WithHttpInfo/)[1], model);
  }
  const operations = [];
  for (const part of source.split(/\n {4}async /)) {
    const path = part.match(/localVarPath = '([^']*)'/)?.[1];
    const name = part.match(/^(\w+)\(/)?.[1];
    if (!path || !name) continue;
    const method = part.match(/HttpMethod\.(\w+)/)[1];
    operations.push({ name, path, method, model: answers.get(name), watch: part.includes('"watch"') });
  }
  return operations;
};

/** Packages of the Go types, by group. Groups not named here are in the package that their first label names. */
const packages = {
  "": "core",
  "internal.apiserver.k8s.io": "apiserverinternal",
  "flowcontrol.apiserver.k8s.io": "flowcontrol",
  "rbac.authorization.k8s.io": "rbac",
};
const pathPattern =
  /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>v\w+)(?<ns>\/namespaces\/\{namespace\})?\/(?<plural>[a-z]+)(?<name>\/\{name\})?(?:\/(?<sub>[a-z]+))?$/;

/** @param {Operation[]} operations @returns {Set<string>} protobuf packages: `k8s.io.api.apps.v1` */
export const servedPackages = (operations) => {
  const found = new Set();
  for (const { path } of operations) {
    const groups = path.match(pathPattern)?.groups;
    if (!groups) continue;
    const group = groups.group ?? "";
    found.add(`k8s.io.api.${packages[group] ?? group.split(".")[0]}.${groups.version}`);
  }
  return found;
};

const methodVerbs = { GET: "get", POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };

/**
 * @param {Operation[]} operations
 * @param {Map<string, string>} fullNames
 * @returns {Resource[]}
 */
export const resourcesOf = (operations, fullNames) => {
  const resources = new Map();
  const last = (full) => full.slice(full.lastIndexOf(".") + 1);
  const entryOf = (groups) => {
    const { group = "", version, plural } = groups;
    const key = `${group}/${version}/${plural}`;
    if (!resources.has(key))
      resources.set(key, { group, version, plural, verbs: new Set(), namespaced: false, subresources: new Map() });
    return resources.get(key);
  };
  for (const operation of operations) {
    const groups = operation.path.match(pathPattern)?.groups;
    // A namespace is itself an object, and its path looks like that of a namespace's contents.
    if (!groups) continue;
    if (operation.path.startsWith("/api/v1/watch/") || groups.plural === "watch") continue;
    const entry = entryOf(groups);
    if (groups.ns) entry.namespaced = true;
    const schemaType = operation.model && fullNames.get(operation.model);
    if (groups.sub) {
      const verb = /^connect/.test(operation.name) ? "create" : methodVerbs[operation.method];
      const sub = entry.subresources.get(groups.sub) ?? { name: groups.sub, verbs: new Set() };
      if (/^connect/.test(operation.name)) sub.verbs.add(methodVerbs[operation.method] ?? "get");
      else sub.verbs.add(verb);
      if (schemaType && operation.method !== "DELETE") sub.schemaType = schemaType;
      entry.subresources.set(groups.sub, sub);
    } else if (groups.name) {
      entry.verbs.add(methodVerbs[operation.method]);
      if (schemaType && operation.method === "GET") entry.schemaType = schemaType;
    } else if (operation.method === "GET") {
      entry.verbs.add("list");
      // componentstatuses takes the parameter, but refuses it.
      if (operation.watch && groups.plural !== "componentstatuses") entry.verbs.add("watch");
      entry.listKind = last(schemaType);
    } else if (operation.method === "DELETE") entry.verbs.add("deletecollection");
    else {
      entry.verbs.add("create");
      if (schemaType) entry.schemaType ??= schemaType;
    }
  }
  return [...resources.values()].map(({ verbs, subresources, schemaType, ...rest }) => ({
    ...rest,
    kind: last(schemaType),
    schemaType,
    verbs: [...verbs].sort(),
    subresources: [...subresources.values()].map((sub) => ({ ...sub, verbs: [...sub.verbs].sort() })),
  }));
};
