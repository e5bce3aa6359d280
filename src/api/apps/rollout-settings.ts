/**
 * wherry's own settings of a Deployment: annotations under `rollout.wherry.dev/`, all off unless set. They are read by
 * the rollout guard (`controllers/rolloutguard`), in wherry's own control plane or, as `wherry guard`, beside any cluster.
 */
import type { Deployment } from "../generated/types.ts";

export const settingPrefix = "rollout.wherry.dev/";

export interface RolloutSettings {
  /** `on-failure: undo`. When the progress deadline passes, go back to the last complete revision. */
  readonly undoOnFailure: boolean;
  /** `record: "true"`. Say in the change-cause of every revision what changed. */
  readonly record: boolean;
}

const allowed: Readonly<Record<string, readonly string[]>> = {
  "on-failure": ["undo"],
  record: ["true", "false"],
};

const settingOf = ({ metadata }: Deployment, setting: string): string | undefined =>
  metadata?.annotations?.[settingPrefix + setting];

/** A value that is not allowed counts as not set. */
export const rolloutSettings = (deployment: Deployment): RolloutSettings => ({
  undoOnFailure: settingOf(deployment, "on-failure") === "undo",
  record: settingOf(deployment, "record") === "true",
});

/** What is wrong with the settings, one sentence each, naming the annotation and what is allowed. */
export function rolloutSettingProblems({ metadata }: Deployment): readonly string[] {
  return Object.entries(metadata?.annotations ?? {}).flatMap(([key, value]) => {
    if (!key.startsWith(settingPrefix)) return [];
    const values = allowed[key.slice(settingPrefix.length)];
    if (values?.includes(value)) return [];
    const where = `metadata.annotations[${key}]`;
    if (!values) {
      const known = Object.keys(allowed).map((setting) => `"${settingPrefix}${setting}"`);
      return [`${where}: unknown, and without effect; known: ${known.join(", ")}`];
    }
    const choice = values.map((v) => `"${v}"`).join(", ");
    return [`${where}: ${JSON.stringify(value)} is not supported, and without effect; supported values: ${choice}`];
  });
}
