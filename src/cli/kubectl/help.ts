import { commands } from "./commands.ts";
import type { Command } from "./core/command.ts";
import { flagLine } from "./print/flag-line.ts";

export function helpText(command: Command): string {
  const flags = command.flags.filter((f) => !f.hidden && !f.deprecated);
  const options = flags.length > 0 ? `\n\nOptions:\n${flags.map(flagLine).join("\n\n")}` : "";
  return `${command.short}${options}\n\nUsage:\n  kubectl ${command.use}\n\nUse "kubectl options" for a list of global command-line options (applies to all commands).`;
}

export const rootHelp = (): string =>
  `kubectl controls the Kubernetes cluster manager.\n\nCommands:\n${[...commands.keys()].map((path) => `  ${path}`).join("\n")}\n\nUsage:\n  kubectl [flags] [options]`;
