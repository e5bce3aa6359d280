import { CommandError } from "./command.ts";
import type { FlagValues } from "./flags.ts";

export type DryRun = "none" | "client" | "server";

/** @throws CommandError in kubectl's words */
export function dryRunOf(flags: FlagValues): DryRun {
  const value = flags.string("dry-run");
  if (value === "none" || value === "client" || value === "server") return value;
  if (value === "unchanged") return "client";
  throw new CommandError(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
}

/** What stands behind an operation: ` (dry run)`. */
export const dryRunSuffix = (dryRun: DryRun): string =>
  dryRun === "client" ? " (dry run)" : dryRun === "server" ? " (server dry run)" : "";
export const dryRunQuery = (dryRun: DryRun): string | undefined => (dryRun === "server" ? "All" : undefined);

/** `--validate` as the server's `fieldValidation`. */
export function fieldValidationOf(flags: FlagValues): "Strict" | "Warn" | "Ignore" {
  const value = flags.string("validate");
  if (value === "true" || value === "strict") return "Strict";
  if (value === "warn") return "Warn";
  if (value === "false" || value === "ignore") return "Ignore";
  throw new CommandError(
    `invalid - validate option ${JSON.stringify(value)}; must be one of: strict (or true), warn, ignore (or false)`,
  );
}
