/** Kustomizations, for `kustomize` and for the `-k` of other commands. */
import { systemClock } from "../../../base/clock.ts";
import type { BuildOptions } from "../kustomize/build.ts";
import type { ResMap } from "../kustomize/res-map.ts";
import { ContentError, type Io } from "./command.ts";

/** @throws ContentError in kustomize's words */
export async function buildKustomization(path: string, io: Io, options: Partial<BuildOptions> = {}): Promise<ResMap> {
  const [{ build }, { disk }, { KustomizeError }] = await Promise.all([
    import("../kustomize/build.ts"),
    import("../kustomize/files.ts"),
    import("../kustomize/failure.ts"),
  ]);
  const warn = (line: string) => void io.stderr.write(`${line}\n`);
  try {
    return await build(path, { files: disk, warn, log: (line) => warn(logLine(line)), ...options });
  } catch (error) {
    if (error instanceof KustomizeError) throw new ContentError(error.message.replace(/\n$/, ""));
    throw error;
  }
}

/** A line of the log has its time, the process and its place in the source in front (klog). */
function logLine(text: string): string {
  const now = new Date(systemClock.now()).toISOString();
  return `I${now.slice(5, 7)}${now.slice(8, 10)} ${now.slice(11, 23)}000 ${String(process.pid).padStart(7)} log.go:245] ${text}`;
}

/** The resources of a kustomization, as the text of a manifest. */
export async function kustomizationText(path: string, io: Io): Promise<string> {
  const map = await buildKustomization(path, io);
  const { asYaml } = await import("../kustomize/build.ts");
  return asYaml(map);
}
