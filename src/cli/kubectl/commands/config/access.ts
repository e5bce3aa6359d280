/** The kubeconfig files that a `config` command reads and changes. */

import { defaultFile, type MergedKubeconfig, mergeKubeconfigs } from "../../../../client/kubeconfig/files.ts";
import { modifyKubeconfig } from "../../../../client/kubeconfig/modify.ts";
import type { ListName } from "../../../../client/kubeconfig/schema.ts";
import type { Kubeconfig } from "../../../../client/kubeconfig/types.ts";
import { kubeconfigPaths } from "../../../../client/kubeconfig.ts";
import type { Invocation } from "../../core/command.ts";
import { type Flag, textFlag } from "../../core/flags.ts";
import { writeKubeconfigFile } from "../../print/kubeconfig.ts";

const pathsOf = ({ flags, io }: Invocation): string[] =>
  kubeconfigPaths(io.env, flags.string("kubeconfig") || undefined);

/** The merged configuration, lists sorted by name, paths as they stand in the files. */
export const readConfig = (invocation: Invocation): Promise<MergedKubeconfig> => mergeKubeconfigs(pathsOf(invocation));

/** The file that commands name when they say where something is, or is not. */
export const configFile = (invocation: Invocation): string => defaultFile(pathsOf(invocation));

/** @param relativePaths are paths of files written relative to the kubeconfig, as all but `set` and `unset` do? */
export const changeConfig = (
  invocation: Invocation,
  edit: (config: Kubeconfig) => void,
  relativePaths = true,
): Promise<void> => {
  const explicit = invocation.flags.string("kubeconfig") !== "";
  return modifyKubeconfig({ paths: pathsOf(invocation), explicit, relativePaths, write: writeKubeconfigFile }, edit);
};

/** Is an entry there? */
export const hasEntry = (config: Kubeconfig, list: ListName, name: string): boolean =>
  config[list]?.some((entry) => entry.name === name) ?? false;

/** Flags that say what an entry is to have, in place of those by the same names that say whom to connect to. */
export const entryFlags = (entry: "cluster" | "context" | "user", names: readonly string[]): Flag[] =>
  names.map((name) => textFlag(name, `${name} of the ${entry} entry in kubeconfig`));
