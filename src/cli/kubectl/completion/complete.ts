/**
 * `__complete`: what may come next on a command line, in the protocol of kubectl's command library: a line each, perhaps
 * with a tab and a description, and at the end `:` and the sum of what the shell shall heed.
 */
import { kubeconfigPaths, loadKubeconfig } from "../../../client/kubeconfig.ts";
import { aliases, commands } from "../commands.ts";
import type { Command, Io } from "../core/command.ts";
import type { Flag, FlagValues } from "../core/flags.ts";
import { parseFlags } from "../core/flags.ts";
import { globalFlags } from "../core/global-flags.ts";
import { openSession, type Session } from "../core/session.ts";
import { completePods, completeResources, containersOf, namesOf, typesOf } from "./resources.ts";
import { scripts } from "./scripts.ts";

/** No space behind it; no names of files. */
const [noSpace, noFiles] = [2, 4];
const directiveNames: Readonly<Record<number, string>> = {
  0: "ShellCompDirectiveDefault",
  4: "ShellCompDirectiveNoFileComp",
  6: "ShellCompDirectiveNoSpace, ShellCompDirectiveNoFileComp",
};

export interface Completions {
  readonly words: readonly string[];
  readonly directive: number;
}

const just = (words: readonly string[]): Completions => ({ words, directive: noFiles });
const files: Completions = { words: [], directive: 0 };

/** @param argv the words so far, the last one being typed */
export async function complete(argv: readonly string[], describe: boolean, io: Io): Promise<number> {
  const { words, directive } = await completions(joined(argv), io).catch(() => just([]));
  for (const word of words) io.stdout.write(`${describe ? word : word.split("\t")[0]}\n`);
  io.stdout.write(`:${directive}\n`);
  io.stderr.write(`Completion ended with directive: ${directiveNames[directive]}\n`);
  return 0;
}

/** Bash parts words at `=`. */
function joined(argv: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    const last = out.at(-1);
    if (word === "=" && last?.startsWith("--")) out[out.length - 1] = `${last}=${argv[++i] ?? ""}`;
    else out.push(word);
  }
  return out;
}

async function completions(argv: readonly string[], io: Io): Promise<Completions> {
  const typed = argv.at(-1) ?? "";
  const before = argv.slice(0, -1);
  const words = before.filter((word) => !word.startsWith("-"));
  const path = [2, 1].map((n) => words.slice(0, n).join(" ")).find((p) => commands.has(aliases.get(p) ?? p));
  const command = path === undefined ? undefined : await commands.get(aliases.get(path) ?? path)?.();
  const flags = [...(command?.flags ?? []), ...globalFlags].filter((flag) => !flag.hidden);
  const byName = new Map<string, Flag>(
    flags.flatMap((f) => [[`--${f.name}`, f] as const, ...(f.short ? [[`-${f.short}`, f] as const] : [])]),
  );
  const session = openLater(before, flags, path, io);
  const previous = byName.get(before.at(-1) ?? "");
  if (previous && takesValue(previous)) return flagValues(previous, typed, words, session, io);
  const [, name = "", value] = /^(--[^=]+)=(.*)$/s.exec(typed) ?? [];
  const assigned = byName.get(name);
  if (assigned && value !== undefined) return flagValues(assigned, value, words, session, io);
  if (typed.startsWith("-")) return just(flagNames(flags, typed));
  const below = subcommands(words, typed);
  if (!command || (words.length === path?.split(" ").length && below.length > 0))
    return just(await described(words, below));
  const args = words.slice((path ?? "").split(" ").length);
  return argumentsOf(command, args, typed, session, io);
}

const takesValue = (flag: Flag): boolean => flag.type !== "bool" && flag.noValue === undefined;

function flagNames(flags: readonly Flag[], typed: string): string[] {
  const shown = flags.filter(({ name }) => `--${name}`.startsWith(typed));
  return shown.map(({ name, usage }) => `--${name}\t${usage}`).sort();
}

/** The next words of the commands that begin with these words. */
function subcommands(words: readonly string[], typed: string): string[] {
  const next = [...commands.keys()].flatMap((path) => {
    const parts = path.split(" ");
    const matches = parts.length > words.length && words.every((word, i) => word === parts[i]);
    return matches ? [parts[words.length] ?? ""] : [];
  });
  return [...new Set(next)].filter((word) => word.startsWith(typed)).sort();
}

async function described(words: readonly string[], next: readonly string[]): Promise<string[]> {
  return Promise.all(
    next.map(async (word) => {
      const command = await commands.get([...words, word].join(" "))?.();
      return command ? `${word}\t${command.short}` : word;
    }),
  );
}

type LaterSession = () => Promise<Session>;

/** The connection that the flags typed so far lead to. */
function openLater(before: readonly string[], flags: readonly Flag[], path: string | undefined, io: Io): LaterSession {
  return () => {
    let values: FlagValues;
    try {
      values = parseFlags(flags, path === undefined ? [] : before);
    } catch {
      values = parseFlags(flags, []);
    }
    return openSession(values, io, () => {});
  };
}

const outputFormats =
  "json yaml name go-template go-template-file template templatefile jsonpath jsonpath-as-json jsonpath-file custom-columns custom-columns-file wide".split(
    " ",
  );

async function flagValues(
  { name }: Flag,
  typed: string,
  words: readonly string[],
  session: LaterSession,
  io: Io,
): Promise<Completions> {
  const starting = (all: readonly string[]) => just(all.filter((word) => word.startsWith(typed)));
  switch (name) {
    case "namespace":
      return starting(await namesOf(await session(), "namespaces"));
    case "context":
    case "cluster":
    case "user":
      return starting(await configNames(`${name}s`, io));
    case "output":
      return starting(outputFormats);
    case "container":
      return starting(await containersOf(await session(), words.at(-1) ?? ""));
    case "dry-run":
      return starting(["client", "server", "none"]);
    default:
      return files;
  }
}

async function configNames(list: "contexts" | "clusters" | "users", io: Io): Promise<string[]> {
  const config = await loadKubeconfig(kubeconfigPaths(io.env));
  return (config[list] ?? []).map(({ name }) => name).sort();
}

/** Commands whose arguments are a type and names, or `type/name`; with the only types that they take, if not all. */
const resourceCommands: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...["get", "describe", "delete", "edit", "label", "annotate", "patch", "expose", "wait", "events"].map(
    (path) => [path, []] as const,
  ),
  ["scale", ["deployment", "replicaset", "replicationcontroller", "statefulset"]],
  ["autoscale", ["deployment", "replicaset", "replicationcontroller", "statefulset"]],
  ...["history", "restart", "status", "undo"].map(
    (word) => [`rollout ${word}`, ["deployment", "daemonset", "statefulset"]] as const,
  ),
  ...["pause", "resume"].map((word) => [`rollout ${word}`, ["deployment"]] as const),
]);
const podCommands = new Set(["logs", "exec", "attach", "port-forward"]);
const nodeCommands = new Set(["cordon", "uncordon", "drain", "top node"]);
const configLists: Readonly<Record<string, "contexts" | "clusters" | "users">> = {
  "config use-context": "contexts",
  "config delete-context": "contexts",
  "config rename-context": "contexts",
  "config set-context": "contexts",
  "config get-contexts": "contexts",
  "config delete-cluster": "clusters",
  "config delete-user": "users",
};

async function argumentsOf(
  { path }: Command,
  args: readonly string[],
  typed: string,
  session: LaterSession,
  io: Io,
): Promise<Completions> {
  const starting = (all: readonly string[]) => just(all.filter((word) => word.startsWith(typed)));
  const types = resourceCommands.get(path);
  if (types) {
    const { words, open } = await completeResources(await session(), args, typed, types);
    return { words, directive: noFiles + (open ? noSpace : 0) };
  }
  if (podCommands.has(path)) {
    if (args.length > 0)
      return path === "logs" && args.length === 1
        ? starting(await containersOf(await session(), args[0] ?? ""))
        : files;
    const { words, open } = await completePods(await session(), typed);
    return { words, directive: noFiles + (open ? noSpace : 0) };
  }
  const list = configLists[path];
  if (list) return args.length === 0 ? starting(await configNames(list, io)) : just([]);
  if (nodeCommands.has(path)) return starting(await namesOf(await session(), "nodes"));
  if (path === "explain") return starting(await typesOf(await session()));
  if (path === "completion") return starting(Object.keys(scripts));
  return files;
}
