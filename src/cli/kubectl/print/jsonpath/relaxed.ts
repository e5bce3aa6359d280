/** Paths written without braces or without the dot in front, as columns and sort fields allow them. */
import { CommandError } from "../../core/command.ts";
import { JsonPath } from "./evaluate.ts";
import { MalformedPath } from "./parse.ts";

/** `metadata.name`, `.metadata.name`, `{metadata.name}` → `{.metadata.name}`. @throws CommandError */
export function relaxedPath(text: string): string {
  if (text === "") return "";
  const match = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(text);
  if (!match) {
    throw new CommandError(
      "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'",
    );
  }
  return `{.${match[1] ?? match[2]}}`;
}

/** Compiles a path whose missing fields find nothing. @throws CommandError */
export function compilePath(text: string): JsonPath {
  try {
    return new JsonPath(text, true);
  } catch (error) {
    throw error instanceof MalformedPath ? new CommandError(error.message) : error;
  }
}
