/** kubeconfigs as kubectl prints and writes them. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type ListName, lists } from "../../../client/kubeconfig/schema.ts";
import type { Kubeconfig } from "../../../client/kubeconfig/types.ts";
import { toYaml } from "./yaml.ts";

/** Go writes an empty list as null. */
export function printable(config: Kubeconfig): object {
  const out: Record<string, unknown> = { ...config };
  for (const list of Object.keys(lists) as ListName[]) if (!config[list]?.length) out[list] = null;
  return out;
}

/** Writes in place, so that links to the file stay; a new one is for its owner only. */
export function writeKubeconfigFile(file: string, config: Kubeconfig): void {
  if (!existsSync(dirname(file))) mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeFileSync(file, toYaml(printable(config)), { mode: 0o600 });
}
