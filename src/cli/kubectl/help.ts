import { commands } from "./commands.ts";
import type { Command } from "./core/command.ts";
import type { Flag } from "./core/flags.ts";

function flagLine(flag: Flag): string {
  const names = `${flag.short ? `-${flag.short}, ` : "    "}--${flag.name}`;
  const value =
    flag.type === "bool"
      ? flag.default === "true"
        ? "=true"
        : "=false"
      : `=${flag.type === "string" ? `'${flag.default}'` : flag.default}`;
  return `    ${names}${value}:\n\t${flag.usage}`;
}

export function helpText(command: Command): string {
  const flags = command.flags.filter((f) => !f.hidden && !f.deprecated);
  const options = flags.length > 0 ? `\n\nOptions:\n${flags.map(flagLine).join("\n\n")}` : "";
  return `${command.short}${options}\n\nUsage:\n  kubectl ${command.use}\n\nUse "kubectl options" for a list of global command-line options (applies to all commands).`;
}

export const rootHelp = (): string =>
  `kubectl controls the Kubernetes cluster manager.\n\nCommands:\n${[...commands.keys()].map((path) => `  ${path}`).join("\n")}\n\nUsage:\n  kubectl [flags] [options]`;
