/**
 * Reads the models of `@kubernetes/client-node`: one class per API type, with the list of its fields at run time and
 * what is required and how it is described in the declaration beside it.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * @typedef {object} ModelField
 * @property {string} name as in JSON
 * @property {string} type TypeScript type as the model writes it: `Array<V1Container>`, `Date`, `string`
 * @property {string} format `int32`, `date-time`, … or empty
 * @property {boolean} required
 * @property {string} description
 *
 * @typedef {object} Model
 * @property {string} name with its prefix: `V1Deployment`, `CoreV1Event`
 * @property {string} description
 * @property {ModelField[]} fields
 */

export const modelsFolder = () => {
  const entry = createRequire(import.meta.url).resolve("@kubernetes/client-node");
  return join(dirname(entry), "gen", "models");
};

/** @returns {Promise<Model[]>} sorted by name; only models that the package still exports */
export const readModels = async () => {
  const folder = modelsFolder();
  const exported = readFileSync(join(folder, "all.d.ts"), "utf8").matchAll(/from '\.\.\/models\/(\w+)\.js'/g);
  const names = [...new Set([...exported].map((m) => String(m[1])))].sort();
  return Promise.all(names.map((name) => readModel(folder, name)));
};

/** @param {string} folder @param {string} name @returns {Promise<Model>} */
const readModel = async (folder, name) => {
  const module = await import(pathToFileURL(join(folder, `${name}.js`)).href);
  const declaration = readFileSync(join(folder, `${name}.d.ts`), "utf8");
  const members = new Map();
  for (const m of declaration.matchAll(/(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?'(\w+)'(\?)?: /g))
    members.set(m[2], { description: commentText(m[1]), required: !m[3] });
  const type = declaration.match(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export declare class/);
  const fields = module[name].attributeTypeMap.map((attribute) => {
    const member = members.get(attribute.name);
    if (!member) throw new Error(`${name}.${attribute.name} is not in its declaration`);
    return { name: attribute.baseName, type: attribute.type, format: attribute.format, ...member };
  });
  return { name, description: commentText(type?.[1]), fields };
};

/** @param {string | undefined} comment */
export const commentText = (comment) =>
  (comment ?? "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trimEnd())
    .join("\n")
    .trim()
    .replace(/\\(['"])/g, "$1");
