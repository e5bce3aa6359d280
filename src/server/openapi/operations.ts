/** What can be done with each resource: path, method, parameters and types, in neither version of OpenAPI yet. */
import { type GroupVersionKind, listTypeOf, metaType, type OpenApiResource, pathOf, scaleType } from "./resource.ts";

export interface Parameter {
  readonly name: string;
  readonly in: "query" | "path";
  readonly type: "string" | "integer" | "boolean";
  readonly description: string;
}

export interface Operation {
  readonly path: string;
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  readonly id: string;
  readonly description: string;
  readonly tag: string;
  /** `x-kubernetes-action`. */
  readonly action: string;
  readonly gvk: GroupVersionKind;
  readonly parameters: readonly Parameter[];
  /** Full name of the type of the body. */
  readonly body?: string;
  /** Full name of the type of the answer. */
  readonly answer: string;
  readonly answerCodes: readonly number[];
}

const query = (name: string, type: Parameter["type"], description: string): Parameter => ({
  name,
  in: "query",
  type,
  description,
});

const pretty = query("pretty", "string", "If 'true', the answer is indented.");
const dryRun = query("dryRun", "string", "With 'All' the request is processed in full, but nothing is stored.");
const fieldManager = query("fieldManager", "string", "Name of who makes the change; at most 128 printable characters.");
const fieldValidation = query(
  "fieldValidation",
  "string",
  "What happens to unknown and duplicate fields: 'Ignore' drops them in silence, 'Warn' (the default) drops them with a warning, 'Strict' refuses the request.",
);
const force = query("force", "boolean", "Apply takes over fields that other managers own.");
const resourceVersion = query("resourceVersion", "string", "The version that the answer must at least have.");
const selection: readonly Parameter[] = [
  query("continue", "string", "Continues a list that was cut off by its limit."),
  query("fieldSelector", "string", "Restricts the objects by their fields."),
  query("labelSelector", "string", "Restricts the objects by their labels."),
  query("limit", "integer", "The largest number of objects to answer."),
  resourceVersion,
  query("resourceVersionMatch", "string", "How resourceVersion is meant: 'Exact' or 'NotOlderThan'."),
  query("sendInitialEvents", "boolean", "A watch begins with the objects that there are."),
  query("timeoutSeconds", "integer", "The longest time that the call may take."),
];
const watching: readonly Parameter[] = [
  query("allowWatchBookmarks", "boolean", "A watch may send BOOKMARK events."),
  query("watch", "boolean", "Answer changes as they happen."),
];
const deleting: readonly Parameter[] = [
  dryRun,
  query("gracePeriodSeconds", "integer", "Seconds that the object has before it is removed."),
  query("orphanDependents", "boolean", "Deprecated: use propagationPolicy."),
  query("propagationPolicy", "string", "What happens to dependents: 'Orphan', 'Background' or 'Foreground'."),
];
const writing = [dryRun, fieldManager, fieldValidation];

const name: Parameter = { name: "name", in: "path", type: "string", description: "Name of the object." };
const namespace: Parameter = { name: "namespace", in: "path", type: "string", description: "Namespace of the object." };

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** `rbac.authorization.k8s.io` is called `rbacAuthorization`, and the core group `core`. */
const groupName = (group: string) => {
  const [first = "", ...more] = group.replace(/\.k8s\.io$/, "").split(".");
  return first === "" ? "core" : first + more.map(capital).join("");
};

export const tagOf = ({ group, version }: { group: string; version: string }): string =>
  `${groupName(group)}_${version}`;

export const operationsOf = (resource: OpenApiResource): Operation[] => {
  const { group, version, schemaType, kind } = resource;
  const gvk = { group, kind: kind.kind, version };
  const base = `/${pathOf(resource)}`;
  const collection = kind.namespaced ? `${base}/namespaces/{namespace}/${kind.plural}` : `${base}/${kind.plural}`;
  const scope = kind.namespaced ? [namespace] : [];
  const idOf = (verb: string, subject: string) => `${verb}${capital(groupName(group))}${capital(version)}${subject}`;
  const subject = `${kind.namespaced ? "Namespaced" : ""}${kind.kind}`;
  const can = (verb: OpenApiResource["kind"]["verbs"][number]) => kind.verbs.includes(verb);
  const common = { tag: tagOf(resource), gvk, answer: schemaType, answerCodes: [200] };
  const listing = { ...common, method: "get", action: "list", answer: listTypeOf(resource) } as const;
  const operations: Operation[] = [];

  if (can("list")) {
    const description = `list or watch objects of kind ${kind.kind}`;
    const parameters = [...scope, pretty, ...selection, ...watching];
    operations.push({ ...listing, path: collection, id: idOf("list", subject), description, parameters });
    if (kind.namespaced) {
      const id = idOf("list", `${kind.kind}ForAllNamespaces`);
      const all = parameters.filter((parameter) => parameter !== namespace);
      operations.push({ ...listing, path: `${base}/${kind.plural}`, id, description, parameters: all });
    }
  }
  if (can("create"))
    operations.push({
      ...common,
      path: collection,
      method: "post",
      action: "post",
      id: idOf("create", subject),
      description: `create a ${kind.kind}`,
      parameters: [...scope, pretty, ...writing],
      body: schemaType,
      answerCodes: [200, 201, 202],
    });
  if (can("deletecollection"))
    operations.push({
      ...common,
      path: collection,
      method: "delete",
      action: "deletecollection",
      id: idOf("delete", `Collection${subject}`),
      description: `delete collection of ${kind.kind}`,
      parameters: [...scope, pretty, ...selection, ...deleting],
      body: metaType("DeleteOptions"),
      answer: metaType("Status"),
    });

  const single = (suffix: string, idSuffix: string, what: string, type: string, of: GroupVersionKind) => {
    const at = { ...common, gvk: of, answer: type, path: `${collection}/{name}${suffix}` };
    const scoped = [name, ...scope, pretty];
    const id = (verb: string) => idOf(verb, `${subject}${idSuffix}`);
    if (can("get"))
      operations.push({
        ...at,
        method: "get",
        action: "get",
        id: id("read"),
        description: `read ${what}`,
        parameters: scoped,
      });
    if (can("update"))
      operations.push({
        ...at,
        method: "put",
        action: "put",
        id: id("replace"),
        description: `replace ${what}`,
        parameters: [...scoped, ...writing],
        body: type,
        answerCodes: [200, 201],
      });
    if (can("patch"))
      operations.push({
        ...at,
        method: "patch",
        action: "patch",
        id: id("patch"),
        description: `partially update ${what}`,
        parameters: [...scoped, ...writing, force],
        body: metaType("Patch"),
        answerCodes: [200, 201],
      });
    if (can("delete") && suffix === "")
      operations.push({
        ...at,
        method: "delete",
        action: "delete",
        id: id("delete"),
        description: `delete ${what}`,
        parameters: [...scoped, ...deleting],
        body: metaType("DeleteOptions"),
        answer: metaType("Status"),
        answerCodes: [200, 202],
      });
  };
  single("", "", `the specified ${kind.kind}`, schemaType, gvk);
  if (kind.status) single("/status", "Status", `status of the specified ${kind.kind}`, schemaType, gvk);
  if (kind.scale)
    single("/scale", "Scale", `scale of the specified ${kind.kind}`, scaleType, {
      group: "autoscaling",
      kind: "Scale",
      version: "v1",
    });
  return operations;
};
