/**
 * wherry's own settings of a Deployment: annotations under `rollout.wherry.dev/`, all off unless set. They are read by
 * the rollout guard (`controllers/rolloutguard`), in wherry's own control plane or, as `wherry guard`, beside any cluster.
 */
import { semanticEqual } from "../equal.ts";
import type { DaemonSet, Deployment, PodTemplateSpec, StatefulSet } from "../generated/types.ts";

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
export function rolloutSettingProblems({ metadata, spec }: Deployment): readonly string[] {
  const own = Object.entries(metadata?.annotations ?? {}).flatMap(([key, value]) => {
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
  return [...own, ...misplacedInTemplate(spec?.template, "they are settings of the Deployment: metadata.annotations")];
}

/** Pods are not undone: only their Deployment reads settings. */
const misplacedInTemplate = (template: PodTemplateSpec | undefined, why: string): readonly string[] =>
  settingsIn(template?.metadata?.annotations).map(
    (key) => `spec.template.metadata.annotations[${key}]: without effect; ${why}`,
  );

const settingsIn = (annotations: Readonly<Record<string, string>> | undefined): readonly string[] =>
  Object.keys(annotations ?? {}).filter((key) => key.startsWith(settingPrefix));

/**
 * Settings of an object that has none: its kind reports no rollout as failed, so there is nothing to act upon.
 * @returns a sentence for each annotation, naming it; none when neither annotations nor template have changed
 */
export function unsupportedSettings(
  object: StatefulSet | DaemonSet,
  previous: StatefulSet | DaemonSet | undefined,
): string[] {
  const annotationsOf = ({ metadata, spec }: StatefulSet | DaemonSet) => ({
    own: metadata?.annotations,
    template: spec?.template?.metadata?.annotations,
  });
  if (previous && semanticEqual(annotationsOf(object), annotationsOf(previous))) return [];
  const why = `only Deployments have rollout settings: a ${object.kind} reports no rollout as failed`;
  return [
    ...settingsIn(object.metadata?.annotations).map((key) => `metadata.annotations[${key}]: without effect; ${why}`),
    ...misplacedInTemplate(object.spec?.template, why),
  ];
}
