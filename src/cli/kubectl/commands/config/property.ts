/** `config set`, `config unset`: one property by its path (`kubectl/pkg/cmd/config/navigation_step_parser.go`, `set.go`). */
import {
  clusterStruct,
  contextStruct,
  type FieldType,
  lists,
  preferencesStruct,
  type Struct,
  userStruct,
} from "../../../../client/kubeconfig/schema.ts";
import type { Kubeconfig } from "../../../../client/kubeconfig/types.ts";
import { type Command, CommandError } from "../../core/command.ts";
import { parseBool } from "../../core/flags.ts";
import { changeConfig, readConfig } from "./access.ts";
import { unexpected } from "./contexts.ts";

export const setCommand: Command = {
  path: "config set",
  use: "config set PROPERTY_NAME PROPERTY_VALUE",
  short: "Set an individual value in a kubeconfig file.",
  flags: [
    {
      name: "set-raw-bytes",
      type: "bool",
      default: "false",
      usage: "When writing a []byte PROPERTY_VALUE, write the given string directly without base64 decoding.",
    },
  ],
  async run(invocation) {
    const { args, flags, print } = invocation;
    if (args.length !== 2) throw unexpected(args);
    const [name = "", value = ""] = args;
    if (value === "") throw new CommandError("you cannot use set to unset a property");
    if (name === "") throw new CommandError("you must specify a property");
    const { config } = await readConfig(invocation);
    const edit = (next: Kubeconfig) => setProperty(next, name, value, flags.bool("set-raw-bytes"));
    edit(structuredClone(config));
    await changeConfig(invocation, edit, false);
    print(`Property ${JSON.stringify(name)} set.`);
    return undefined;
  },
};

export const unsetCommand: Command = {
  path: "config unset",
  use: "config unset PROPERTY_NAME",
  short: "Unset an individual value in a kubeconfig file.",
  flags: [],
  async run(invocation) {
    const { args, print } = invocation;
    if (args.length !== 1) throw unexpected(args);
    const [name = ""] = args;
    if (name === "") throw new CommandError("you must specify a property");
    const { config } = await readConfig(invocation);
    const edit = (next: Kubeconfig) => setProperty(next, name, undefined, true);
    edit(structuredClone(config));
    await changeConfig(invocation, edit, false);
    print(`Property ${JSON.stringify(name)} unset.`);
    return undefined;
  },
};

const structs: Readonly<Record<string, Struct>> = {
  clusters: clusterStruct,
  users: userStruct,
  contexts: contextStruct,
};
const internalName = ({ name, internal }: Struct["fields"][number]): string => internal ?? name;

/** @param value undefined takes the property away. @throws CommandError in kubectl's words */
function setProperty(config: Kubeconfig, path: string, value: string | undefined, raw: boolean): void {
  const [first = "", ...rest] = path.split(".");
  const top = config as Record<string, unknown>;
  if (first === "current-context" || first === "kind" || first === "apiVersion") {
    if (rest.length > 0) throw unparsable(path);
    top[first] = value ?? "";
  } else if (first === "preferences") setPreference(config, path, rest, value);
  else if (structs[first]) setEntry(config, first as keyof typeof lists, path, rest, value, raw);
  else throw new CommandError(`unable to parse ${path} after [] at api.Config`);
}

const unparsable = (path: string): CommandError =>
  new CommandError(`unable to parse one or more field values of ${path}`);

function setPreference(config: Kubeconfig, path: string, rest: readonly string[], value: string | undefined): void {
  const [field, ...more] = rest;
  if (field === undefined) {
    if (value !== undefined) throw unparsable(path);
    delete config.preferences;
    return;
  }
  const type = preferencesStruct.fields.find(({ name }) => name === field)?.type;
  if (!type || more.length > 0) throw unparsable(path);
  const preferences = { ...(config.preferences as object) } as Record<string, unknown>;
  if (value === undefined) delete preferences[field];
  else preferences[field] = converted(type, value, path, true);
  config.preferences = preferences;
}

function setEntry(
  config: Kubeconfig,
  list: keyof typeof lists,
  path: string,
  rest: readonly string[],
  value: string | undefined,
  raw: boolean,
): void {
  const struct = structs[list] as Struct;
  const { key } = lists[list];
  const entries = (config[list] ?? []) as unknown as Record<string, unknown>[];
  if (rest.length === 0) {
    if (value !== undefined) throw cannotSetMap(entries);
    (config as Record<string, unknown>)[list] = [];
    return;
  }
  // A name may hold dots: it goes on up to the first word that is a field.
  const known = new Set(struct.fields.map(internalName));
  const at = rest.slice(1).findIndex((word) => known.has(word));
  const name = at < 0 ? rest.join(".") : rest.slice(0, at + 1).join(".");
  const [word, ...more] = at < 0 ? [] : rest.slice(at + 1);
  let entry = entries.find((e) => e.name === name);
  if (word === undefined) {
    if (value !== undefined) throw cannotSetMap(entries);
    (config as Record<string, unknown>)[list] = entries.filter((e) => e !== entry);
    return;
  }
  const field = struct.fields.find((f) => internalName(f) === word) as Struct["fields"][number];
  if (more.length > 0 && !isMap(field.type)) throw unparsable(path);
  if (!entry) {
    if (value === undefined) throw new CommandError(`current map key \`${name}\` is invalid`);
    entry = { name, [key]: {} };
    entries.push(entry);
    (config as Record<string, unknown>)[list] = entries;
  }
  const fields = entry[key] as Record<string, unknown>;
  if (value === undefined && more.length === 0) delete fields[field.name];
  else if (value === undefined || more.length > 0) throw unparsable(path);
  else fields[field.name] = converted(field.type, value, path, raw);
}

const isMap = (type: FieldType): boolean => type === "extensions" || type === "strings map";

const cannotSetMap = (entries: readonly Record<string, unknown>[]): CommandError =>
  new CommandError(`can't set a map to a value: map[${entries.map(({ name }) => `${name}:…`).join(" ")}]`);

function converted(type: FieldType, value: string, path: string, raw: boolean): unknown {
  switch (type) {
    case "string":
      return value;
    case "bool": {
      const parsed = parseBool(value);
      if (parsed === undefined)
        throw new CommandError(`strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
      return parsed;
    }
    case "bytes": {
      if (raw) return Buffer.from(value).toString("base64");
      const bad = /[^A-Za-z0-9+/]/.exec(value.replace(/={1,2}$/, ""));
      const length = value.length % 4;
      if (bad || length !== 0)
        throw new CommandError(
          `error decoding input value: illegal base64 data at input byte ${bad?.index ?? value.length - length}`,
        );
      return value;
    }
    case "strings":
      throw new CommandError("unrecognized slice type. string");
    default:
      throw unparsable(path);
  }
}
