import { scripts } from "../completion/scripts.ts";
import { type Command, CommandError } from "../core/command.ts";

export const completionCommand: Command = {
  path: "completion",
  use: "completion SHELL",
  short: "Output shell completion code for the specified shell (bash, zsh, fish, or powershell).",
  flags: [],
  async run({ args, io }) {
    if (args.length === 0)
      throw new CommandError("Shell not specified.\nSee 'kubectl completion -h' for help and examples");
    if (args.length > 1)
      throw new CommandError(
        "Too many arguments. Expected only the shell type.\nSee 'kubectl completion -h' for help and examples",
      );
    const script = scripts[args[0] ?? ""];
    if (!script)
      throw new CommandError(`Unsupported shell type "${args[0]}".\nSee 'kubectl completion -h' for help and examples`);
    io.stdout.write(script);
    return undefined;
  },
};
