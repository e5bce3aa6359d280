/**
 * What one cluster has on a machine while it runs: processes, namespaces, mounts, listening sockets. All of it is found
 * by what is the cluster's own, so that others may come and go meanwhile.
 */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, dirname } from "node:path";

export interface Traces {
  readonly dir: string;
  /** The namespaces that only its processes are in. */
  readonly namespaces: ReadonlySet<string>;
  /** Inodes of its sockets. */
  readonly sockets: ReadonlySet<string>;
  /** Lets go of the namespaces. Until then their numbers are given to no others. */
  release(): void;
}

const pids = () => readdirSync("/proc").filter((name) => /^\d+$/.test(name));

const read = (path: string): string => {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
};

/** Where the links in a directory of `/proc` lead, each with its own path. */
const pathsIn = (dir: string): [target: string, path: string][] => {
  try {
    return readdirSync(dir).flatMap((name): [string, string][] => {
      const path = `${dir}/${name}`;
      try {
        return [[readlinkSync(path), path]];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
};

const linksIn = (dir: string): string[] => pathsIn(dir).map(([target]) => target);
const namespacePathsOf = (pid: string) => pathsIn(`/proc/${pid}/ns`);
const namespacesOf = (pid: string): string[] => linksIn(`/proc/${pid}/ns`);

const shown = (pid: string) => `${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`.trim();

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
    .map(shown);

const numbersOf = (lines: readonly string[]) => lines.map((line) => String(Number.parseInt(line, 10)));

/** The namespaces of a cluster that runs, and where one can be had by opening it. */
function namespacesIn(dir: string): Map<string, string> {
  const others = new Set([...namespacesOf("self"), ...namespacesOf("1")]);
  const found = new Map<string, string>();
  for (const pid of numbersOf(marked(dir)))
    for (const [namespace, path] of namespacePathsOf(pid)) if (!others.has(namespace)) found.set(namespace, path);
  return found;
}

/** Keeps what a path names from going away. @returns how to let go of it */
function hold(path: string): () => void {
  try {
    const file = openSync(path, "r");
    return () => closeSync(file);
  } catch {
    // It is gone already.
    return () => {};
  }
}

/** Taken while the cluster whose directory this is runs. */
export function tracesOf(dir: string): Traces {
  const paths = namespacesIn(dir);
  const held = [...paths.values()].map(hold);
  const namespaces = new Set(paths.keys());
  const processes = numbersOf(processesWith({ dir, namespaces }));
  const sockets = processes
    .flatMap((pid) => linksIn(`/proc/${pid}/fd`))
    .flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
  const release = () => {
    for (const letGo of held.splice(0)) letGo();
  };
  return { dir, namespaces, sockets: new Set(sockets), release };
}

/** Processes that are the cluster's by their mark or by their namespaces: `pid: command line`. */
export const processesWith = ({ dir, namespaces }: Pick<Traces, "dir" | "namespaces">): string[] => [
  ...new Set([
    ...marked(dir),
    ...pids()
      .filter((pid) => namespacesOf(pid).some((namespace) => namespaces.has(namespace)))
      .map(shown),
  ]),
];

/** All processes of the cluster whose directory this is. */
export const processesOf = (dir: string): number[] =>
  numbersOf(processesWith({ dir, namespaces: new Set(namespacesIn(dir).keys()) })).map(Number);

/** Its sockets that still listen in the host's network: `protocol address:port`, as `/proc/net` has them. */
const listenersWith = ({ sockets }: Traces): string[] =>
  // States: 0A listens, and 07 is a UDP socket without a peer.
  [...["tcp", "tcp6"].map((p) => [p, "0A"] as const), ...["udp", "udp6"].map((p) => [p, "07"] as const)].flatMap(
    ([protocol, listening]) =>
      read(`/proc/net/${protocol}`)
        .split("\n")
        .map((line) => line.trim().split(/\s+/))
        .filter(([, , , state, , , , , , inode]) => state === listening && sockets.has(inode ?? ""))
        .map(([, address]) => `${protocol} ${address}`),
  );

/** What is still there of a cluster that is down and whose data was not kept; nothing, if all is well. */
export const leftoversOf = (traces: Traces) => ({
  processes: processesWith(traces),
  listeners: listenersWith(traces),
  mounts: read("/proc/self/mountinfo")
    .split("\n")
    .filter((line) => line.includes(dirname(traces.dir))),
  directory: existsSync(traces.dir) ? readdirSync(traces.dir) : undefined,
});

export const nothingLeft: ReturnType<typeof leftoversOf> = {
  processes: [],
  listeners: [],
  mounts: [],
  directory: undefined,
};
