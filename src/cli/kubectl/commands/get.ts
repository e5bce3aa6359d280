/** `kubectl get`: tables from the server, or objects. */
import { type Command, CommandError, type Invocation } from "../core/command.ts";
import type { FlagValues } from "../core/flags.ts";
import { givenFiles } from "../core/manifest-files.ts";
import {
  allNamespacesFlag,
  chunkSizeFlag,
  fieldSelectorFlag,
  filenameFlags,
  selectorFlag,
} from "../core/shared-flags.ts";
import { printFlags } from "../print/print-flags.ts";
import { findRequests } from "./get/request.ts";
import { printTables } from "./get/tables.ts";

export const getCommand: Command = {
  path: "get",
  use: "get [(-o|--output=)json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file|custom-columns|custom-columns-file|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
  short: "Display one or many resources.",
  interruptExitCode: (flags) => (flags.bool("watch") || flags.bool("watch-only") ? 1 : undefined),
  flags: [
    allNamespacesFlag,
    chunkSizeFlag,
    fieldSelectorFlag,
    ...filenameFlags,
    {
      name: "ignore-not-found",
      type: "bool",
      default: "false",
      usage: "What is named and not there is no error. Collections that are empty stay what they are.",
    },
    {
      name: "label-columns",
      short: "L",
      type: "stringSlice",
      default: "",
      usage: "Labels, separated by commas, that get a column each.",
    },
    { name: "no-headers", type: "bool", default: "false", usage: "Print tables and custom columns without headers." },
    {
      name: "output-watch-events",
      type: "bool",
      default: "false",
      usage: "With --watch or --watch-only: print what happened with each object. What is there at the start is ADDED.",
    },
    ...printFlags,
    { name: "raw", type: "string", default: "", usage: "Print what the server answers to this path." },
    selectorFlag,
    {
      name: "server-print",
      type: "bool",
      default: "true",
      usage: "If false, tables are not those of the server but show names and ages.",
    },
    { name: "show-kind", type: "bool", default: "false", usage: "Print the resource type in front of each name." },
    { name: "show-labels", type: "bool", default: "false", usage: "Print all labels in the last column." },
    { name: "sort-by", type: "string", default: "", usage: "Sort lists by the field that this JSONPath names." },
    { name: "subresource", type: "string", default: "", usage: "Get this subresource of the object." },
    {
      name: "watch",
      short: "w",
      type: "bool",
      default: "false",
      usage: "Print what is there, then every change.",
    },
    { name: "watch-only", type: "bool", default: "false", usage: "Print changes, but not what is there." },
  ],
  run,
};

/** Tables, which are most of what is asked for, need no printer. */
function tableFormat(flags: FlagValues): { readonly kind: "table"; readonly wide: boolean } | undefined {
  const output = flags.string("output");
  const isTable = output === "wide" || (output === "" && flags.string("template") === "");
  return isTable ? { kind: "table", wide: output === "wide" } : undefined;
}

async function run(invocation: Invocation): Promise<undefined> {
  const { flags } = invocation;
  if (flags.string("raw") !== "") return (await import("./get/raw.ts")).printRaw(invocation);
  complete(invocation);
  validate(invocation);
  const session = await invocation.session();
  const requests = await findRequests(invocation, session);
  const format = tableFormat(flags) ?? (await (await import("./get/printer.ts")).getFormat(flags));
  if (flags.bool("watch") || flags.bool("watch-only"))
    return (await import("./get/watch.ts")).watch(invocation, session, requests, format);
  if (format.kind === "table") return printTables(invocation, session, requests, format.wide);
  return (await import("./get/objects.ts")).printObjects(invocation, session, requests, format);
}

function complete({ flags, args, warn }: Invocation): void {
  if (flags.bool("watch")) {
    if (flags.string("sort-by"))
      warn("warning: --watch requested, --sort-by will be ignored for watch events received");
  } else if (flags.bool("watch-only")) {
    if (flags.string("sort-by")) warn("warning: --watch-only requested, --sort-by will be ignored");
  } else if (args.length === 0 && givenFiles(flags).length === 0) {
    warn(
      'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n',
    );
    throw new CommandError(
      `Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).\nSee 'kubectl get -h' for help and examples`,
    );
  }
}

function validate({ flags }: Invocation): void {
  const output = flags.string("output");
  if (flags.bool("show-labels") && output !== "" && output !== "wide")
    throw new CommandError(`--show-labels option cannot be used with ${output} printer`);
  if (flags.bool("output-watch-events") && !flags.bool("watch") && !flags.bool("watch-only"))
    throw new CommandError("--output-watch-events option can only be used with --watch or --watch-only");
}
