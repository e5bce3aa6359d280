/** What a cluster has on a machine while it runs: processes, namespaces, addresses, routes and firewall rules. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, dirname } from "node:path";
import { run } from "./run.ts";

const pids = () => readdirSync("/proc").filter((name) => /^\d+$/.test(name));

const read = (path: string): string => {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
};

const namespacesOf = (pid: string): string[] => {
  try {
    return readdirSync(`/proc/${pid}/ns`).map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`));
  } catch {
    return [];
  }
};

/**
 * Processes that name a cluster's directory in their arguments, or have something of it mounted, and its server:
 * `pid: command line`.
 */
export const marked = (dir: string): string[] =>
  pids()
    .filter((pid) => {
      const command = read(`/proc/${pid}/cmdline`);
      if (command.includes("server-process.js") && command.includes(`"name":"${basename(dir)}"`))
        return read(`/proc/${pid}/environ`)
          .split("\0")
          .includes(`WHERRY_HOME=${dirname(dir)}`);
      return [command, read(`/proc/${pid}/mountinfo`)].some((text) => text.includes(`${dir}/`));
    })
    .map((pid) => `${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`.trim());

/** The namespaces that only the processes of a cluster are in. */
export function tracesOf(dir: string): ReadonlySet<string> {
  const ours = new Set(namespacesOf("self"));
  const found = marked(dir).flatMap((line) => namespacesOf(line.slice(0, line.indexOf(":"))));
  const init = new Set(namespacesOf("1"));
  return new Set(found.filter((namespace) => !ours.has(namespace) && !init.has(namespace)));
}

/** Processes that are in one of these namespaces. */
export const sameNamespaces = (namespaces: ReadonlySet<string>): string[] =>
  pids()
    .filter((pid) => namespacesOf(pid).some((namespace) => namespaces.has(namespace)))
    .map((pid) => `${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`.trim());

/** All processes of the cluster whose directory this is. */
export const processesOf = (dir: string): number[] => [
  ...new Set([...marked(dir), ...sameNamespaces(tracesOf(dir))].map((line) => Number.parseInt(line, 10))),
];

/** Links, addresses, routes and firewall rules of this machine. */
export async function hostState(): Promise<string> {
  const parts = [
    ["ip", "-o", "link"],
    ["ip", "-o", "-4", "addr"],
    ["ip", "route", "show", "table", "all"],
    ["nft", "list", "ruleset"],
  ] as const;
  const texts = await Promise.all(
    parts.map(async ([program, ...args]) => {
      const { out } = await run(program, args, { env: process.env });
      // Counters, times and states of other people's links are not ours.
      return out.replace(/packets \d+ bytes \d+|valid_lft \S+|preferred_lft \S+|expires \S+/g, "");
    }),
  );
  return texts.join("\n");
}
