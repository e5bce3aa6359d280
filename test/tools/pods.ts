/**
 * Stand-ins for pods in tests that run in a network namespace of their own: a network namespace joined by a veth pair,
 * and Node.js programs that run in it.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";

export interface TestPod {
  readonly ip: string;
  /** Runs a program in the pod's network; resolves with what it prints. */
  run(program: string): Promise<string>;
  /** Starts a program that goes on; resolves at its first output. */
  start(program: string): Promise<ChildProcess>;
  stop(): Promise<void>;
}

const ip = (text: string) => execFileSync("ip", text.split(" "), { stdio: ["ignore", "pipe", "pipe"] });

/** Loopback up, and the service range routed to this namespace itself, as in a node. */
export function prepareNode(serviceRange: string): void {
  ip("link set lo up");
  ip(`route replace local ${serviceRange} dev lo`);
  execFileSync("sysctl", ["-q", "-w", "net.ipv4.ip_forward=1"]);
}

let count = 0;

export async function createTestPod(address: string): Promise<TestPod> {
  const holder = spawn("unshare", ["--net", "sh", "-c", "ip link set lo up; echo up; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  const pid = String(holder.pid);
  const link = `pod${count++}`;
  ip(`link add ${link} type veth peer name eth0 netns ${pid}`);
  ip(`link set ${link} up`);
  ip(`addr add 169.254.1.1/32 dev ${link}`);
  ip(`route add ${address}/32 dev ${link}`);
  const inside = ["-t", pid, "-n"];
  execFileSync("nsenter", [...inside, "ip", "-batch", "-"], {
    input: `link set eth0 up\naddr add ${address}/32 dev eth0\nroute add 169.254.1.1 dev eth0\nroute add default via 169.254.1.1 dev eth0\n`,
  });
  const children = new Set<ChildProcess>();
  const node = (program: string) => {
    const child = spawn("nsenter", [...inside, process.execPath, "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.add(child);
    child.once("exit", () => children.delete(child));
    return child;
  };
  return {
    ip: address,
    async run(program) {
      const child = node(program);
      let out = "";
      child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
        out += chunk;
      });
      await once(child, "close");
      return out.trim();
    },
    async start(program) {
      const child = node(program);
      if (child.stdout) await once(child.stdout, "data");
      return child;
    },
    async stop() {
      for (const child of children) child.kill("SIGKILL");
      holder.kill("SIGKILL");
      await once(holder, "exit");
    },
  };
}
