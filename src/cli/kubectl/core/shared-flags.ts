/** Flags that several commands have, with kubectl's names, defaults and words. */
import type { Flag } from "./flags.ts";

export const outputFlag: Flag = {
  name: "output",
  short: "o",
  type: "string",
  default: "",
  usage:
    "Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).",
};
export const chunkSizeFlag: Flag = {
  name: "chunk-size",
  type: "int",
  default: "500",
  usage: "Return large lists in chunks rather than all at once. Pass 0 to disable.",
};
export const filenameFlags: readonly Flag[] = [
  {
    name: "filename",
    short: "f",
    type: "stringSlice",
    default: "",
    usage: "Filename, directory, or URL to files identifying the resource",
  },
  {
    name: "kustomize",
    short: "k",
    type: "string",
    default: "",
    usage: "Process the kustomization directory. This flag can't be used together with -f or -R.",
  },
  {
    name: "recursive",
    short: "R",
    type: "bool",
    default: "false",
    usage: "Process the directory used in -f, --filename recursively.",
  },
];
/** The same of commands that know no kustomizations, and look into directories below without being told to. */
export const plainFileFlags: readonly Flag[] = filenameFlags
  .filter(({ name }) => name !== "kustomize")
  .map((flag) => (flag.name === "recursive" ? { ...flag, default: "true" } : flag));
export const selectorFlag: Flag = {
  name: "selector",
  short: "l",
  type: "string",
  default: "",
  usage: "Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.",
};
export const fieldSelectorFlag: Flag = {
  name: "field-selector",
  type: "string",
  default: "",
  usage: "Selector (field query) to filter on, supports '=', '==', and '!='.",
};
export const allNamespacesFlag: Flag = {
  name: "all-namespaces",
  short: "A",
  type: "bool",
  default: "false",
  usage: "If present, list the requested object(s) across all namespaces.",
};
export const dryRunFlag: Flag = {
  name: "dry-run",
  type: "string",
  default: "none",
  noValue: "unchanged",
  usage: 'Must be "none", "server", or "client".',
};
export const fieldManagerFlag = (name: string): Flag => ({
  name: "field-manager",
  type: "string",
  default: name,
  usage: "Name of the manager used to track field ownership.",
});
export const validateFlag: Flag = {
  name: "validate",
  type: "string",
  default: "strict",
  noValue: "strict",
  usage: "Must be one of: strict (or true), warn, ignore (or false).",
};
export const showManagedFieldsFlag: Flag = {
  name: "show-managed-fields",
  type: "bool",
  default: "false",
  usage: "If true, keep the managedFields when printing objects in JSON or YAML format.",
};
export const allFlag: Flag = {
  name: "all",
  type: "bool",
  default: "false",
  usage: "Select all resources, in the namespace of the specified resource types.",
};
export const localFlag: Flag = {
  name: "local",
  type: "bool",
  default: "false",
  usage: "If true, the files are worked on and no server is asked.",
};
/** What is said of arguments beside `--local`. */
export const filesWhenLocal =
  "you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'";
export const overwriteFlag = (what: string): Flag => ({
  name: "overwrite",
  type: "bool",
  default: "false",
  usage: `If true, ${what} that exist may get other values.`,
});
export const resourceVersionFlag: Flag = {
  name: "resource-version",
  type: "string",
  default: "",
  usage: "If non-empty, the update succeeds only at this resource version. For a single resource.",
};
/** What was typed, as an annotation. kubectl warns of it whenever it is given. */
export const recordFlag: Flag = {
  name: "record",
  type: "bool",
  default: "false",
  usage: "Record current kubectl command in the resource annotation.",
  deprecated: "--record will be removed in the future",
};
export const saveConfigFlag: Flag = {
  name: "save-config",
  type: "bool",
  default: "false",
  usage: "If true, the configuration of current object will be saved in its annotation.",
};
export const subresourceFlag = (verb: string): Flag => ({
  name: "subresource",
  type: "string",
  default: "",
  usage: `If specified, ${verb} will operate on the subresource of the requested object.`,
});
