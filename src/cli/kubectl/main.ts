/** `wherry kubectl …`: finds the command, parses its flags, runs it, and says failures in kubectl's words. */

import type { WriteStream } from "node:tty";
import { kubeconfigPaths } from "../../client/kubeconfig.ts";
import { aliases, commands } from "./commands.ts";
import { type Command, CommandError, type Invocation, type Io, ShowHelp } from "./core/command.ts";
import { exitCodeOf, failureLines } from "./core/failure.ts";
import { type FlagValues, missingFlags, parseFlags, UsageError } from "./core/flags.ts";
import { globalFlags, refuseUnsupported } from "./core/global-flags.ts";
import { openSession, type Session } from "./core/session.ts";
import { helpText, rootHelp } from "./help.ts";

/** Runs one command line (without the leading `kubectl`). @returns the exit code */
export async function kubectl(argv: readonly string[], io: Io): Promise<number> {
  const print = (line: string) => void io.stdout.write(`${line}\n`);
  const warn = (line: string) => void io.stderr.write(`${line}\n`);
  const words = wordsOf(argv);
  const found = findCommand(words);
  const [first] = argv;
  if (first === "__complete" || first === "__completeNoDesc") {
    const { complete } = await import("./completion/complete.ts");
    return complete(argv.slice(1), first === "__complete", io);
  }
  // `create` alone may have plugins below it.
  if (
    words.length > 0 &&
    words[0] !== "help" &&
    (found === undefined || (words[0] === "create" && found.words.length === 1))
  ) {
    const { findPlugin, runPlugin } = await import("./core/plugins.ts");
    const below = found !== undefined;
    const plugin = below && !argv[1]?.match(/^[^-]/) ? undefined : findPlugin(argv, below ? 2 : 1, io.env);
    if (plugin) return runPlugin(plugin, io.env);
    if (!below && first?.startsWith("-")) {
      const name = first.replace(/=.*/s, "");
      const known = globalFlags.some((flag) => name === `--${flag.name}` || name === `-${flag.short}`);
      if (known) warn(`Error: flags cannot be placed before plugin name: ${first}`);
      else warn(`error: unknown flag: ${name}\nSee 'kubectl --help' for usage.`);
      return 1;
    }
  }
  if (found === undefined) {
    if (words.length === 0 || words[0] === "help") {
      print(rootHelp());
      return 0;
    }
    for (const line of await unknown(words, io)) warn(line);
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
  let flags: FlagValues | undefined;
  try {
    flags = parseFlags([...command.flags, ...globalFlags], withoutWords(argv, found.words));
    if (flags.bool("help")) {
      print(helpText(command));
      return 0;
    }
    for (const { name, deprecated } of command.flags)
      if (deprecated && flags.changed(name)) warn(`Flag --${name} has been deprecated, ${deprecated}`);
    const missing = missingFlags(command.flags, flags);
    if (missing.length > 0) throw new CommandError(`required flag(s) ${missing.join(", ")} not set`);
    const given = flags;
    refuseUnsupported(given, warn);
    const interrupted = command.interruptExitCode?.(flags);
    if (interrupted !== undefined) io.onInterrupt?.(interrupted);
    const invocation: Invocation = {
      io,
      flags,
      args: flags.args,
      commandLine: [
        "kubectl",
        ...found.words,
        ...flags.args,
        ...flags.given.map(([name, value]) => `--${name}=${value}`),
      ].join(" "),
      print,
      warn,
      session: () => {
        session ??= openSession(given.of(globalFlags), io, warnOnce);
        return session;
      },
    };
    const code = (await command.run(invocation)) ?? 0;
    if (warnings.size === 0 || !flags.bool("warnings-as-errors")) return code;
    warn(`error: ${warnings.size} warning${warnings.size === 1 ? "" : "s"} received`);
    return 1;
  } catch (error) {
    if (error instanceof ShowHelp) {
      print(helpText(command));
      if (error.exitCode === 0) return 0;
    }
    const server = (await session?.catch(() => undefined))?.rest.config.server ?? "";
    for (const line of failureLines(error, server)) io.stderr.write(line.endsWith("\n") ? line : `${line}\n`);
    if (error instanceof UsageError) warn(`See 'kubectl ${command.path} --help' for usage.`);
    if (isTerminal(io.stderr)) {
      const { suggestion } = await import("./core/suggest.ts");
      const meant = await suggestion(error, {
        flags: [...command.flags, ...globalFlags].map((flag) => flag.name),
        kubeconfigs: kubeconfigPaths(io.env, flags?.string("kubeconfig")),
        session,
      });
      if (meant) warn(didYouMean(meant));
    }
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
  for (const length of [3, 2, 1]) {
    const path = words.slice(0, length).join(" ");
    if (length < 3 && isGroup(path) && !commands.has(path)) return undefined;
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

const canonical = (path: string): string => aliases.get(path) ?? path;

/** The names below a group of commands: `config` → `current-context`, … */
function subcommandsOf(group: string): string[] {
  const path = canonical(group);
  const depth = path.split(" ").length;
  const below = [...commands.keys()].filter((p) => p.startsWith(`${path} `)).map((p) => p.split(" ")[depth] ?? "");
  return [...new Set(below)];
}

const isGroup = (path: string): boolean => subcommandsOf(path).length > 0;

async function unknown(words: readonly string[], { stderr }: Io): Promise<string[]> {
  const [first = "", second] = words;
  const group = second !== undefined && isGroup(`${first} ${second}`) ? canonical(`${first} ${second}`) : first;
  const rest = words.slice(group === first ? 1 : 2);
  const subcommands = subcommandsOf(group);
  const absent = (await import("./core/not-there.ts")).notThere(first);
  if (absent) return [absent];
  if (subcommands.length === 0) return [(await import("./core/unknown-command.ts")).unknownCommand(group)];
  const [word] = rest;
  if (word === undefined) return [`error: kubectl ${group} needs one of: ${subcommands.join(", ")}`];
  const lines = [`error: unknown command "${rest.join(" ")}"\nSee 'kubectl ${group} -h' for help and examples`];
  const meant = isTerminal(stderr) ? (await import("./core/nearest.ts")).nearest(word, subcommands) : undefined;
  return meant ? [...lines, didYouMean(meant)] : lines;
}

const isTerminal = (stream: Io["stderr"]): boolean => (stream as Partial<WriteStream>).isTTY === true;
const didYouMean = (word: string): string => `Did you mean "${word}"?`;
