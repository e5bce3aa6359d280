/** `wherry kubectl …`: finds the command, parses its flags, runs it, and says failures in kubectl's words. */

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { kubeconfigPaths } from "../../client/kubeconfig.ts";
import { type Command, CommandError, type Invocation, type Io, ShowHelp } from "./core/command.ts";
import { exitCodeOf, failureLines } from "./core/failure.ts";
import { type FlagValues, missingFlags, parseFlags, UsageError } from "./core/flags.ts";
import { globalFlags, refuseUnsupported } from "./core/global-flags.ts";
import { openSession, type Session } from "./core/session.ts";
import { findCommand, groupOf, withoutWords, wordsOf } from "./lookup.ts";
import { isTerminal } from "./print/terminal.ts";

/** Is the first word one that commands are called by, and not a plugin or a mistake? Flags may come first. */
export function isKnown(argv: readonly string[]): boolean {
  const words = wordsOf(argv);
  return words[0] !== argv[0] || findCommand(words) !== undefined || groupOf(words) !== undefined;
}

/** Runs one command line (without the leading `kubectl`). @returns the exit code */
export async function kubectl(typed: readonly string[], io: Io): Promise<number> {
  let argv: readonly string[];
  try {
    argv = await preferred(typed, io);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    io.stderr.write(`error occurred while applying preferences ${error.message}\n`);
    return 1;
  }
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
    groupOf(words) === undefined &&
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
  if (found === undefined) return (await import("./without-command.ts")).withoutCommand(argv, words, io);
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
      print(await helpOf(command));
      return 0;
    }
    for (const { name, deprecated } of command.flags)
      if (deprecated && flags.changed(name)) warn(`Flag --${name} has been deprecated, ${deprecated}`);
    const missing = missingFlags(command.flags, flags);
    if (missing.length > 0) throw new CommandError(`required flag(s) ${missing.join(", ")} not set`);
    const given = flags;
    refuseUnsupported(given);
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
      print(await helpOf(command));
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
      if (meant) warn((await import("./core/nearest.ts")).didYouMean(meant));
    }
    return exitCodeOf(error);
  } finally {
    (await session?.catch(() => undefined))?.rest.close();
  }
}

/** The command line as the user's preferences make it. @throws CommandError when they cannot be used */
async function preferred(argv: readonly string[], io: Io): Promise<readonly string[]> {
  const { KUBECTL_KUBERC, KUBERC, HOME } = io.env;
  if (argv.length === 0 || argv[0]?.startsWith("__complete") || KUBECTL_KUBERC?.toLowerCase() === "false") return argv;
  const words = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  const at = words.findIndex((word) => word === "--kuberc" || word.startsWith("--kuberc="));
  const named = at < 0 ? undefined : words[at] === "--kuberc" ? argv[at + 1] : words[at]?.slice("--kuberc=".length);
  if (at >= 0 && !named) throw new CommandError("kuberc file is not found");
  if (KUBERC === "off") {
    if (!named) return argv;
    const why = "disabling kuberc via KUBERC=off and passing kuberc flag are mutually exclusive";
    throw new CommandError(`kuberc error ${why}`);
  }
  const file = named ?? join(HOME || homedir(), ".kube", "kuberc");
  if (!named && !existsSync(file)) return argv;
  const { withPreferences } = await import("./core/kuberc.ts");
  return withPreferences(argv, file, named !== undefined, io);
}

const helpOf = async (command: Command): Promise<string> => (await import("./help/help.ts")).commandHelp(command);
