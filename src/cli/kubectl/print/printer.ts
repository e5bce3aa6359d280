/** `-o` and `--template`: what prints objects (cli-runtime's `PrintFlags`, and those of `get`). */
import { readFileSync } from "node:fs";
import { CommandError } from "../core/command.ts";
import type { FlagValues } from "../core/flags.ts";
import { goText } from "./go/format.ts";
import { quote } from "./go/quote.ts";
import { goJson, objectText, sortedJson, withoutManagedFields } from "./output.ts";

/** An object as it came from the server, from a manifest, or a List of such. */
export interface Printable {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly resourceVersion?: string; readonly continue?: string };
}

export interface PrintOptions {
  /** Does kubectl know the object's type? Then JSON has Go's order of fields. */
  readonly typed?: boolean;
}

/** Prints objects one after the other; it may remember what it has printed. */
export interface ObjectPrinter {
  readonly format: "json" | "yaml" | "name" | "template";
  /** @param write receives the output @throws CommandError when a template does not fit the object */
  print(object: Printable, write: (text: string) => void, options?: PrintOptions): void;
  /** Prints what happened to an object. */
  printEvent(event: WatchEvent, write: (text: string) => void): void;
}

export interface WatchEvent {
  readonly type: string;
  readonly object: Printable;
}

const goTemplateFormats = ["template", "go-template", "go-template-file", "templatefile"];
const jsonPathFormats = ["jsonpath", "jsonpath-file", "jsonpath-as-json"];
const templateFormats = [...goTemplateFormats, ...jsonPathFormats];

/** What is said of a format that does not exist. */
export function noPrinter(format: string, more: readonly string[] = []): CommandError {
  const allowed = [...templateFormats, "json", "name", "yaml", ...more].sort().join(",");
  return new CommandError(
    `unable to match a printer suitable for the output format ${quote(format)}, allowed formats are: ${allowed}`,
  );
}

/**
 * The printer that `-o` or `--template` asks for.
 * @returns undefined when none is asked for: the command then prints in its own words
 * @throws CommandError for a format that does not exist, or a template that is malformed
 */
export async function objectPrinter(flags: FlagValues): Promise<ObjectPrinter | undefined> {
  const asked = flags.has("output") ? flags.string("output") : "";
  const output = asked === "" && template(flags) !== "" && !flags.changed("output") ? "go-template" : asked;
  const found = structurePrinter(output, flags) ?? (await templatePrinter(output, flags));
  if (!found && output !== "") throw noPrinter(output);
  return found;
}

const template = (flags: FlagValues): string => (flags.has("template") ? flags.string("template") : "");
const allowsMissing = (flags: FlagValues): boolean =>
  !flags.has("allow-missing-template-keys") || flags.bool("allow-missing-template-keys");

/** JSON, YAML and names; undefined for other formats. */
export function structurePrinter(output: string, flags: FlagValues): ObjectPrinter | undefined {
  const format = output.toLowerCase();
  const keep = flags.has("show-managed-fields") && flags.bool("show-managed-fields");
  if (format === "name") {
    return {
      format,
      print: (object, write) => write(namesText(object)),
      printEvent: ({ object }, write) => write(namesText(object)),
    };
  }
  if (format !== "json" && format !== "yaml") return undefined;
  let printed = 0;
  return {
    format,
    print(object, write, { typed = false } = {}) {
      const shown = keep ? object : withoutManagedFields(object);
      if (format === "yaml" && printed++ > 0) write("---\n");
      write(format === "json" && typed ? `${goJson(shown, 4)}\n` : objectText(shown, format));
    },
    // An event is printed as it came, in JSON on one line.
    printEvent({ type, object }, write) {
      if (format === "yaml" && printed++ > 0) write("---\n");
      write(
        format === "json"
          ? `{"type":${goJson(type)},"object":${sortedJson(object)}}\n`
          : objectText({ object, type }, format),
      );
    },
  };
}

/** `pod/web`, a line each for the objects of a List. */
function namesText(object: Printable): string {
  const { items } = object as { items?: readonly Printable[] };
  if (object.kind?.endsWith("List") && Array.isArray(items)) return items.map(namesText).join("");
  const [group = "", version] = object.apiVersion?.split("/") ?? [];
  const kind = object.kind?.toLowerCase() ?? "";
  return `${version ? `${kind}.${group}` : kind}/${object.metadata?.name || "<unknown>"}\n`;
}

/** Go templates and JSONPath; undefined for other formats. */
export async function templatePrinter(output: string, flags: FlagValues): Promise<ObjectPrinter | undefined> {
  const given = template(flags);
  const equals = given === "" ? output.indexOf("=") : -1;
  const format = equals < 0 ? output : output.slice(0, equals);
  if (!templateFormats.includes(format)) return undefined;
  const value = equals < 0 ? given : output.slice(equals + 1);
  if (value === "") throw new CommandError("template format specified but no template given");
  const inFile = format === "jsonpath-file" || format === "go-template-file" || format === "templatefile";
  const text = inFile ? readTemplate(value) : value;
  const allowMissing = allowsMissing(flags);
  if (goTemplateFormats.includes(format)) return goTemplatePrinter(text, allowMissing);
  const { jsonPathPrinter } = await import("./jsonpath/print.ts");
  const show = jsonPathPrinter(text, { allowMissing, asJson: format === "jsonpath-as-json" });
  return {
    format: "template",
    print: (object, write) => write(show(object)),
    printEvent: ({ type, object }, write) => write(show({ type, object })),
  };
}

function readTemplate(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new CommandError(`error reading --template ${path}, ${openProblem(path, error)}`);
  }
}

/** What Go says of a file that cannot be read. */
export function openProblem(path: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words: Readonly<Record<string, string>> = {
    ENOENT: "no such file or directory",
    EACCES: "permission denied",
    EISDIR: "is a directory",
  };
  return `${code === "EISDIR" ? "read" : "open"} ${path}: ${words[code ?? ""] ?? message}`;
}

async function goTemplatePrinter(text: string, allowMissing: boolean): Promise<ObjectPrinter> {
  const { goTemplate, TemplateExecError } = await import("./go/execute.ts");
  const { kubectlFunctions } = await import("./go/functions.ts");
  const { TemplateSyntaxError } = await import("./go/parse.ts");
  const compile = () => {
    try {
      return goTemplate(text, allowMissing, kubectlFunctions);
    } catch (error) {
      if (!(error instanceof TemplateSyntaxError)) throw error;
      throw new CommandError(`error parsing template ${text}, ${error.message}`);
    }
  };
  const compiled = compile();
  const print = (object: object, write: (text: string) => void, typed: boolean) => {
    try {
      compiled.execute(object, write);
    } catch (error) {
      if (!(error instanceof TemplateExecError)) throw error;
      const raw = typed ? goJson(object) : sortedJson(object);
      write(
        `Error executing template: ${error.message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${text}\n\traw data was:\n\t\t${raw}\n\tobject given to template engine was:\n\t\t${goText(object)}\n\n`,
      );
      throw new CommandError(`error executing template ${quote(text)}: ${error.message}`);
    }
  };
  return {
    format: "template",
    print: (object, write, { typed = false } = {}) => print(object, write, typed),
    printEvent: ({ type, object }, write) => print({ type, object }, write, true),
  };
}
