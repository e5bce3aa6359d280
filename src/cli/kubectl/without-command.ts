/** Command lines that call no command: `kubectl` alone, `help …`, groups of commands, and words that call nothing. */
import type { Io } from "./core/command.ts";
import { parseFlags, UsageError } from "./core/flags.ts";
import { globalFlags } from "./core/global-flags.ts";
import { notThere } from "./core/not-there.ts";
import { commandHelp, groupHelp, rootHelp } from "./help/help.ts";
import { groups } from "./help/sections.ts";
import { findCommand, groupOf, subcommandsOf, withoutWords } from "./lookup.ts";
import { isTerminal } from "./print/terminal.ts";

/** @returns the exit code */
export async function withoutCommand(argv: readonly string[], words: readonly string[], io: Io): Promise<number> {
  const print = (line: string) => void io.stdout.write(`${line}\n`);
  const warn = (line: string) => void io.stderr.write(`${line}\n`);
  const [first = ""] = words;
  const absent = notThere(first === "help" ? (words[1] ?? "") : first);
  if (absent) {
    warn(absent);
    return 1;
  }
  if (first === "help") return helpOn(words.slice(1), io);
  const group = groupOf(words);
  if (words.length > 0 && group === undefined) {
    warn((await import("./core/unknown-command.ts")).unknownCommand(first));
    return 1;
  }
  const own = words.slice(0, group?.split(" ").length ?? 0);
  try {
    const flags = parseFlags(globalFlags, withoutWords(argv, own));
    const asked = flags.bool("help");
    if (group === undefined || asked) {
      print(group === undefined ? await rootHelp(io.env) : await groupHelp(group));
      return 0;
    }
    if (flags.args.length > 0) {
      warn(`error: unknown command "${flags.args.join(" ")}"\nSee 'kubectl ${group} -h' for help and examples`);
      const { didYouMean, nearest } = await import("./core/nearest.ts");
      const meant = isTerminal(io.stderr) ? nearest(flags.args[0] ?? "", subcommandsOf(group)) : undefined;
      if (meant) warn(didYouMean(meant));
      return 1;
    }
    const { complains = false, exitCode = 0 } = groups[group] ?? {};
    (complains ? warn : print)(await groupHelp(group));
    return exitCode;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const called = ["kubectl", ...(group ? [group] : [])].join(" ");
    warn(`error: ${error.message}\nSee '${called} --help' for usage.`);
    return 1;
  }
}

/** `help create secret`: what is there no command for ends at the words that are known. */
async function helpOn(topic: readonly string[], io: Io): Promise<number> {
  const found = findCommand(topic);
  const group = groupOf(topic);
  const text = found
    ? await commandHelp(await found.load())
    : group !== undefined
      ? await groupHelp(group)
      : await rootHelp(io.env);
  if (found || group !== undefined || topic.length === 0) io.stdout.write(`${text}\n`);
  else io.stderr.write(`Unknown help topic [${topic.map((word) => `\`${word}\``).join(" ")}]\n\n${text}\n`);
  return 0;
}
