/** The printer of `get`: that of every command, and columns of the user's choice. */
import { readFileSync } from "node:fs";
import { CommandError } from "../../core/command.ts";
import type { FlagValues } from "../../core/flags.ts";
import { type Column, columnCells, columnsOfFile, columnsOfSpec } from "../../print/columns.ts";
import { noPrinter, type ObjectPrinter, openProblem, structurePrinter, templatePrinter } from "../../print/printer.ts";

export type GetFormat =
  | { readonly kind: "table"; readonly wide: boolean }
  | { readonly kind: "objects"; readonly printer: ObjectPrinter }
  | { readonly kind: "columns"; readonly columns: readonly Column[]; cells(object: unknown): string[] };

/** What prints when it is no table. @throws CommandError for a format that does not exist, or a template that is malformed */
export async function getFormat(flags: FlagValues): Promise<Exclude<GetFormat, { kind: "table" }>> {
  const template = flags.string("template");
  const asked = flags.string("output");
  const output = asked === "" && template !== "" ? "go-template" : asked;
  const printer = (await templatePrinter(output, flags)) ?? structurePrinter(output, flags);
  if (printer) return { kind: "objects", printer };
  const columns = columnsOf(output, template);
  if (!columns) throw noPrinter(output, ["custom-columns", "custom-columns-file", "wide"]);
  return { kind: "columns", columns, cells: columnCells(columns) };
}

function columnsOf(output: string, template: string): Column[] | undefined {
  const equals = template === "" ? output.indexOf("=") : -1;
  const format = equals < 0 ? output : output.slice(0, equals);
  if (format !== "custom-columns" && format !== "custom-columns-file") return undefined;
  const value = equals < 0 ? template : output.slice(equals + 1);
  if (value === "") throw new CommandError("custom-columns format specified but no custom columns given");
  if (format === "custom-columns") return columnsOfSpec(value);
  let text: string;
  try {
    text = readFileSync(value, "utf8");
  } catch (error) {
    throw new CommandError(`error reading template ${value}, ${openProblem(value, error)}\n`);
  }
  return columnsOfFile(text);
}
