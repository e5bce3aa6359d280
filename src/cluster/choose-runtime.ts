/** What `--runtime auto` comes to on this machine. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type RuntimeName, readRecord } from "./record.ts";

export interface RuntimeChoice {
  /** Absent: as the cluster was started before. */
  readonly runtime?: RuntimeName;
  /** Why nodes are only simulated, when nobody asked for that. */
  readonly why?: string;
}

export async function chooseRuntime(
  asked: "auto" | RuntimeName | undefined,
  name: string,
  env: NodeJS.ProcessEnv,
): Promise<RuntimeChoice> {
  if (asked === "linux" || asked === "simulated") return { runtime: asked };
  const before = readRecord(name, env);
  if (asked === undefined && before) return {};
  const why = await whyNoNamespaces();
  return why === undefined ? { runtime: "linux" } : { runtime: "simulated", why };
}

/** Why there can be no real nodes here, in a sentence; undefined when there can. */
export async function whyNoNamespaces(): Promise<string | undefined> {
  if (process.platform !== "linux") return `real containers need Linux, and this is ${process.platform}`;
  const run = promisify(execFile);
  try {
    await run("unshare", ["--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "true"]);
  } catch (error) {
    const { code, stderr } = error as { code?: string | number; stderr?: string };
    if (code === "ENOENT") return "util-linux's unshare is not installed";
    return `this machine does not allow user namespaces: ${(stderr ?? String(error)).trim()}`;
  }
  try {
    await run("ip", ["-V"]);
  } catch {
    return "iproute2's ip is not installed";
  }
  return undefined;
}
