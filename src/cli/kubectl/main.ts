/** `wherry kubectl …`: finds the command, parses its flags, runs it, and says failures in kubectl's words. */

import { aliases, commands } from "./commands.ts";
import type { Command, Invocation, Io } from "./core/command.ts";
import { exitCodeOf, failureLines } from "./core/failure.ts";
import { parseFlags, UsageError } from "./core/flags.ts";
import { globalFlags } from "./core/global-flags.ts";
import { openSession, type Session } from "./core/session.ts";
import { helpText, rootHelp } from "./help.ts";

/** Runs one command line (without the leading `kubectl`). @returns the exit code */
export async function kubectl(argv: readonly string[], io: Io): Promise<number> {
  const print = (line: string) => void io.stdout.write(`${line}\n`);
  const warn = (line: string) => void io.stderr.write(`${line}\n`);
  const words = wordsOf(argv);
  const found = findCommand(words);
  if (found === undefined) {
    if (words.length === 0 || words[0] === "help") {
      print(rootHelp());
      return 0;
    }
    warn(unknownCommand(words));
    return 1;
  }
  const command = await found.load();
  let session: Promise<Session> | undefined;
  /** What the server warned of, each thing once. */
  const warnings = new Set<string>();
  const warnOnce = (line: string) => {
    if (!warnings.has(line)) warn(line);
    warnings.add(line);
  };
  try {
    const flags = parseFlags([...command.flags, ...globalFlags], withoutWords(argv, found.words));
    if (flags.bool("help")) {
      print(helpText(command));
      return 0;
    }
    const invocation: Invocation = {
      io,
      flags,
      args: flags.args,
      print,
      warn,
      session: () => {
        session ??= openSession(flags, io.env, warnOnce);
        return session;
      },
    };
    const code = (await command.run(invocation)) ?? 0;
    if (warnings.size === 0 || !flags.bool("warnings-as-errors")) return code;
    warn(`error: ${warnings.size} warning${warnings.size === 1 ? "" : "s"} received`);
    return 1;
  } catch (error) {
    const server = (await session?.catch(() => undefined))?.rest.config.server ?? "";
    for (const line of failureLines(error, server)) warn(line);
    if (error instanceof UsageError) warn(`See 'kubectl ${command.path} --help' for usage.`);
    return exitCodeOf(error);
  } finally {
    (await session?.catch(() => undefined))?.rest.close();
  }
}

const takesValue = new Map(
  globalFlags
    .filter((f) => f.type !== "bool")
    .flatMap((f) => [`--${f.name}`, ...(f.short ? [`-${f.short}`] : [])].map((s) => [s, true])),
);

/** The leading words, global flags in front of them left out. */
function wordsOf(argv: readonly string[]): string[] {
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] as string;
    if (arg === "--") break;
    if (arg.startsWith("-")) {
      if (takesValue.has(arg)) i++;
      continue;
    }
    words.push(arg);
  }
  return words;
}

function findCommand(
  words: readonly string[],
): { load(): Promise<Command>; readonly words: readonly string[] } | undefined {
  for (const length of [2, 1]) {
    const path = words.slice(0, length).join(" ");
    const found = words.length >= length ? commands.get(aliases.get(path) ?? path) : undefined;
    if (found) return { load: found, words: path.split(" ") };
  }
  return undefined;
}

/** `argv` without the words that called the command. */
function withoutWords(argv: readonly string[], path: readonly string[]): string[] {
  const left = [...path];
  const out: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] as string;
    if (left.length > 0 && arg === left[0]) left.shift();
    else {
      out.push(arg);
      if (takesValue.has(arg) && i + 1 < argv.length) out.push(argv[++i] as string);
    }
  }
  return out;
}

function unknownCommand(words: readonly string[]): string {
  const group = [...commands.keys()].some((path) => path.startsWith(`${words[0]} `));
  if (group) {
    const subcommands = [...commands.keys()].filter((p) => p.startsWith(`${words[0]} `)).map((p) => p.split(" ")[1]);
    return words.length === 1
      ? `error: kubectl ${words[0]} needs one of: ${subcommands.join(", ")}`
      : `error: unknown command "${words[1]}"\nSee 'kubectl ${words[0]} -h' for help and examples`;
  }
  return `error: unknown command "${words[0]}" for "kubectl"`;
}
