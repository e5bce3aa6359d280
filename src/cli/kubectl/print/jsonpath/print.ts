/** Output by a JSONPath template (`-o jsonpath`, `-o jsonpath-as-json`). */
import { CommandError } from "../../core/command.ts";
import { goSyntax, goText } from "../go/format.ts";
import { quote } from "../go/quote.ts";
import { kindOf } from "../go/values.ts";
import { sortedJson } from "../output.ts";
import { JsonPath, PathError } from "./evaluate.ts";
import { MalformedPath } from "./parse.ts";

export interface JsonPathOptions {
  readonly allowMissing?: boolean;
  /** Each result as a JSON array of what was found. */
  readonly asJson?: boolean;
}

/** Compiles a template into what prints values with it. @throws CommandError for a malformed template */
export function jsonPathPrinter(
  template: string,
  { allowMissing = true, asJson = false }: JsonPathOptions = {},
): (value: unknown) => string {
  let path: JsonPath;
  try {
    path = new JsonPath(template, allowMissing);
  } catch (error) {
    if (!(error instanceof MalformedPath)) throw error;
    throw new CommandError(`error parsing jsonpath ${template}, ${error.message}`);
  }
  return (value) => {
    try {
      return path
        .find(value)
        .map((results) => (asJson ? `${sortedJson(results, 4)}\n` : results.map(show).join(" ")))
        .join("");
    } catch (error) {
      if (!(error instanceof PathError)) throw error;
      const more = `Error executing template: ${error.message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(value)}\n\n`;
      throw new CommandError(`error executing jsonpath ${quote(template)}: ${more}\n`);
    }
  };
}

function show(value: unknown): string {
  const kind = kindOf(value);
  if (kind === "nil") return "null";
  return kind === "map" || kind === "slice" ? sortedJson(value) : goText(value);
}
