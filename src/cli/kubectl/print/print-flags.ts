import type { Flag } from "../core/flags.ts";
import { outputFlag, showManagedFieldsFlag } from "../core/shared-flags.ts";

/** The flags of every command that prints objects. */
export const printFlags: readonly Flag[] = [
  {
    name: "allow-missing-template-keys",
    type: "bool",
    default: "true",
    usage: "If false, a field or key that a template asks for and that is not there is an error.",
  },
  outputFlag,
  showManagedFieldsFlag,
  {
    name: "template",
    type: "string",
    default: "",
    usage: "The template, or the path of the file with it, for -o go-template, jsonpath and their -file forms.",
  },
];
