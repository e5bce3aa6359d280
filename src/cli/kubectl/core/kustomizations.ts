/** Kustomizations, for `kustomize` and for the `-k` of other commands. */
import type { BuildOptions } from "../kustomize/build.ts";
import type { ResMap } from "../kustomize/res-map.ts";
import { ContentError, type Io } from "./command.ts";

/** @throws ContentError in kustomize's words */
export async function buildKustomization(path: string, io: Io, options: Partial<BuildOptions> = {}): Promise<ResMap> {
  const [{ build }, { diskAndWeb }, { KustomizeError }, { klogLine }] = await Promise.all([
    import("../kustomize/build.ts"),
    import("../kustomize/files.ts"),
    import("../kustomize/failure.ts"),
    import("./klog.ts"),
  ]);
  const warn = (line: string) => void io.stderr.write(`${line}\n`);
  const logLine = (text: string) => klogLine("log.go:245", text);
  try {
    return await build(path, { files: diskAndWeb(io.env), warn, log: (line) => warn(logLine(line)), ...options });
  } catch (error) {
    if (error instanceof KustomizeError) throw new ContentError(error.message.replace(/\n$/, ""));
    throw error;
  }
}

/** The resources of a kustomization, as the text of a manifest. */
export async function kustomizationText(path: string, io: Io): Promise<string> {
  const map = await buildKustomization(path, io);
  const { asYaml } = await import("../kustomize/build.ts");
  return asYaml(map);
}
