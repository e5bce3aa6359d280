import type { Command } from "../core/command.ts";
import { globalFlags } from "../core/global-flags.ts";
import { flagLine } from "../print/flag-line.ts";

export const optionsCommand: Command = {
  path: "options",
  use: "options",
  short: "List of global command-line options (applies to all commands).",
  flags: [],
  async run({ print }) {
    print("The following options can be passed to any command:\n");
    const shown = globalFlags.filter((flag) => !flag.hidden);
    shown.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const flag of shown) print(`${flagLine(flag)}\n`);
    return undefined;
  },
};
