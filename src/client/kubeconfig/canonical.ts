/** A kubeconfig as Go's types hold it: known fields only, typed, lists sorted by name. */
import { jsonType } from "./parse.ts";
import { type Field, lists, preferencesStruct, type Struct } from "./schema.ts";
import { type Kubeconfig, KubeconfigError } from "./types.ts";

type Fields = Record<string, unknown>;

/** @throws KubeconfigError, in the words of Go's JSON decoder, when a field has another type */
export function canonical(config: Kubeconfig): Kubeconfig {
  const out: Fields = { kind: "Config", apiVersion: "v1" };
  const preferences = struct(config.preferences ?? {}, preferencesStruct, "Config.preferences");
  if (Object.keys(preferences).length > 0) out.preferences = preferences;
  for (const [name, { key, struct: type, named }] of Object.entries(lists)) {
    const list = ((config as Fields)[name] ?? []) as Fields[];
    const entries = list.map((entry) => {
      if (!isFields(entry)) throw mismatch(entry, `Config.${name}`, `v1.${named}`);
      const value = entry[key] ?? {};
      if (!isFields(value)) throw mismatch(value, `${named}.${name}.${key}`, `v1.${type.go}`);
      return { name: String(entry.name ?? ""), [key]: withDefaults(struct(value, type, `${type.go}.${name}.${key}`)) };
    });
    entries.sort(byName);
    entries.forEach(({ name: twice }, i) => {
      if (entries[i + 1]?.name === twice)
        throw new KubeconfigError(
          `error converting *[]${named} into *map[string]*api.${type.go}: duplicate name "${twice}" in list`,
        );
    });
    out[name] = entries;
  }
  const current = config["current-context"] ?? "";
  if (typeof current !== "string") throw mismatch(current, "Config.current-context", "string");
  out["current-context"] = current;
  const extensions = value(config.extensions, { name: "extensions", type: "extensions" }, "Config");
  if (extensions !== undefined) out.extensions = extensions;
  return out as Kubeconfig;
}

/** Before v1 of the exec API nobody had to say whether a plugin may ask. */
function withDefaults(entry: Fields): Fields {
  const exec = entry.exec as Fields | undefined;
  if (!exec || exec.interactiveMode || !/\/v1(alpha|beta)1$/.test(String(exec.apiVersion))) return entry;
  return { ...entry, exec: { ...exec, interactiveMode: "IfAvailable" } };
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const mismatch = (value: unknown, where: string, type: string): KubeconfigError =>
  new KubeconfigError(`json: cannot unmarshal ${jsonType(value)} into Go struct field ${where} of type ${type}`);

function struct(given: unknown, type: Struct, where: string): Fields {
  const out: Fields = {};
  for (const field of type.fields) {
    const read = value((given as Fields)[field.name], field, where);
    if (read !== undefined) out[field.name] = read;
  }
  return out;
}

const empties: Readonly<Record<string, unknown>> = { string: "", bool: false };

/** The value of a field, or undefined when it is not written. */
function value(given: unknown, { name, type, always }: Field, where: string): unknown {
  const here = `${where}.${name}`;
  const empty = always ? (typeof type === "string" && type in empties ? empties[type] : null) : undefined;
  if (given === null || given === undefined) return empty;
  if (typeof type !== "string") {
    if (!isFields(given)) throw mismatch(given, here, `v1.${type.go}`);
    return struct(given, type, where.replace(/^[^.]+/, type.go).concat(`.${name}`));
  }
  switch (type) {
    case "bool":
      if (typeof given !== "boolean") throw mismatch(given, here, "bool");
      return given || empty;
    case "string":
    case "bytes":
      if (typeof given !== "string") throw mismatch(given, here, type === "bytes" ? "[]uint8" : "string");
      return given === "" ? empty : given;
    case "strings":
    case "environment":
      if (!Array.isArray(given)) throw mismatch(given, here, type === "strings" ? "[]string" : "[]v1.ExecEnvVar");
      return given.length === 0 && !always ? undefined : given;
    case "extensions": {
      if (!Array.isArray(given)) throw mismatch(given, here, "[]v1.NamedExtension");
      return given.length === 0 ? undefined : [...given].sort(byName);
    }
    case "string map":
    case "strings map":
      if (!isFields(given)) throw mismatch(given, here, "map[string]string");
      return Object.keys(given).length === 0 && !always ? undefined : given;
  }
}
