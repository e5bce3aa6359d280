/** The sections that are recorded from an upstream server: those of `upstream/`, and some of `commands/`. */
import { fileURLToPath } from "node:url";
import { type CommandLine, readCommandFiles, type Section } from "./command-file.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const manifests = here("manifests");
export const recordingFile = here("upstream/exchanges.jsonl.br");

/** Their titles: what upstream answers otherwise than wherry. */
const also: ReadonlySet<string> = new Set(["explain"]);

export const upstreamSections = (): Section[] => [
  ...readCommandFiles(here("upstream")),
  ...readCommandFiles(here("commands")).filter(({ title }) => also.has(title)),
];

/** Ours keeps nothing of what a server serves: each line asks for what it needs. */
export const uncached = { KUBECACHEDIR: "/dev/null" };

/** A namespace of the section's own, the same in every recording. */
export const namespaceOf = ({ title }: Pick<Section, "title">): string =>
  `recorded-${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`.slice(0, 50).replace(/-$/, "");

/** Those that ours runs. */
export const recordedLines = ({ commands }: Section): CommandLine[] => commands.filter(({ mode }) => mode !== "~");

/** One context for whatever server stands in for the cluster. */
export function kubeconfigOf(server: string, namespace: string): string {
  const cluster = { name: "upstream", cluster: { server } };
  const context = { name: "upstream", context: { cluster: "upstream", user: "", namespace } };
  const own = { clusters: [cluster], contexts: [context], users: [], "current-context": "upstream" };
  return JSON.stringify({ apiVersion: "v1", kind: "Config", ...own });
}
