/** What this machine allows a node to do: asked of a node that is started for the question and ended again. */
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock as clock } from "../base/clock.ts";
import { createMachine, podCIDR, removeNodeFiles } from "../node/machine/index.ts";
import { whyNoNamespaces } from "./choose-runtime.ts";

export interface Finding {
  /** `ok`: works. `limit`: works, with less. `missing`: what depends on it does not work here. */
  readonly level: "ok" | "limit" | "missing";
  readonly subject: string;
  readonly detail: string;
}

/** What the probe inside the node reports. */
export interface ProbeReport {
  readonly limits: readonly string[];
  readonly nftables: boolean;
}

const probeEntry = fileURLToPath(new URL("./doctor-probe.js", import.meta.url));

export async function examine(): Promise<Finding[]> {
  const findings: Finding[] = [
    { level: "ok", subject: "Node.js", detail: `${process.version}, ${process.platform} ${process.arch}` },
    { level: "ok", subject: "user", detail: process.getuid?.() === 0 ? "root" : "unprivileged" },
  ];
  const why = await whyNoNamespaces();
  if (why !== undefined) {
    findings.push({
      level: "missing",
      subject: "namespaces",
      detail: `${why}; nodes are simulated, nothing runs in them`,
    });
  } else {
    findings.push({ level: "ok", subject: "namespaces", detail: "user, network, mount and PID namespaces work" });
    findings.push(...(await examineNode()));
  }
  findings.push(await loopback());
  return findings;
}

async function examineNode(): Promise<Finding[]> {
  const dir = mkdtempSync(join(tmpdir(), "wherry-doctor-"));
  try {
    const machine = await createMachine({ name: "doctor", stateDir: dir, index: 0, podCIDR: podCIDR(0), clock });
    try {
      const agent = machine.spawnAgent(probeEntry, [join(dir, "runtime")], { stdio: "ignore" });
      const report = await new Promise<ProbeReport>((resolve, reject) => {
        agent.child.once("message", (message) => resolve(message as ProbeReport));
        agent.exited.then(() => reject(new Error("the probe inside the node ended without a report")), reject);
      });
      const proxy: Finding = report.nftables
        ? { level: "ok", subject: "service proxy", detail: "nftables (in the kernel; keeps the client's address)" }
        : { level: "limit", subject: "service proxy", detail: "userspace: nft is not installed or not allowed here" };
      return [
        { level: "ok", subject: "node", detail: "starts, with containers" },
        proxy,
        ...report.limits.map((detail): Finding => ({ level: "limit", subject: "containers", detail })),
      ];
    } finally {
      await machine.stop();
    }
  } catch (error) {
    return [{ level: "missing", subject: "node", detail: error instanceof Error ? error.message : String(error) }];
  } finally {
    await removeNodeFiles(dir);
  }
}

/** LoadBalancers get addresses in 127/8, with the Service's own port where that is allowed. */
async function loopback(): Promise<Finding> {
  const tryListen = (host: string, port: number) =>
    new Promise<string>((resolve) => {
      const server = createServer();
      server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      server.listen({ host, port }, () => server.close(() => resolve("")));
    });
  const any = await tryListen("127.93.7.1", 0);
  if (any) {
    const detail = `addresses beside 127.0.0.1 cannot be used (${any}): LoadBalancers stay pending`;
    return { level: "missing", subject: "loopback", detail };
  }
  const low = await tryListen("127.93.7.1", 80);
  return low === "EACCES"
    ? {
        level: "limit",
        subject: "loopback",
        detail: "ports below 1024 need privileges: LoadBalancers get a high port for them",
      }
    : { level: "ok", subject: "loopback", detail: "every LoadBalancer gets an address of its own in 127/8" };
}
