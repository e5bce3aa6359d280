/**
 * wherry's own settings of a Deployment: annotations under `rollout.wherry.dev/`, all off unless set. They are read by
 * the rollout guard (`controllers/rolloutguard`), in wherry's own control plane or, as `wherry guard`, beside any cluster.
 */
import { semanticEqual } from "../equal.ts";
import type { DaemonSet, Deployment, StatefulSet } from "../generated/types.ts";

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

export interface SettingProblem {
  /** `metadata.annotations[rollout.wherry.dev/record]` */
  readonly field: string;
  /** Says that the annotation is without effect, and what is allowed. */
  readonly why: string;
}

/** Settings that have no effect where they are, or with the value that they have. */
export function settingProblems(object: Deployment | StatefulSet | DaemonSet): readonly SettingProblem[] {
  const { kind, metadata, spec } = object;
  const only = kind === "StatefulSet" || kind === "DaemonSet";
  const nowhere = `without effect; only Deployments have rollout settings: a ${kind} reports no rollout as failed`;
  const elsewhere = "without effect; they are settings of the Deployment: metadata.annotations";
  const own = settingsIn(metadata?.annotations).flatMap(([key, value]): SettingProblem[] => {
    const why = only ? nowhere : valueProblem(key, value);
    return why === undefined ? [] : [{ field: `metadata.annotations[${key}]`, why }];
  });
  const template = settingsIn(spec?.template?.metadata?.annotations).map(([key]) => ({
    field: `spec.template.metadata.annotations[${key}]`,
    why: only ? nowhere : elsewhere,
  }));
  return [...own, ...template];
}

const settingsIn = (annotations: Readonly<Record<string, string>> = {}): [key: string, value: string][] =>
  Object.entries(annotations).filter(([key]) => key.startsWith(settingPrefix));

function valueProblem(key: string, value: string): string | undefined {
  const values = allowed[key.slice(settingPrefix.length)];
  if (!values) {
    const known = Object.keys(allowed).map((setting) => `"${settingPrefix}${setting}"`);
    return `unknown, and without effect; known: ${known.join(", ")}`;
  }
  if (values.includes(value)) return undefined;
  const choice = values.map((v) => `"${v}"`).join(", ");
  return `${JSON.stringify(value)} is not supported, and without effect; supported values: ${choice}`;
}

/** {@link settingProblems} as warnings, one sentence each, naming the annotation. */
export const settingWarnings = (object: Deployment | StatefulSet | DaemonSet): string[] =>
  settingProblems(object).map(({ field, why }) => `${field}: ${why}`);

/** The same of an object whose generation does not count annotations: none when they have not changed. */
export function newSettingWarnings<T extends StatefulSet | DaemonSet>(object: T, previous: T | undefined): string[] {
  const annotationsOf = ({ metadata, spec }: T) => [metadata?.annotations, spec?.template?.metadata?.annotations];
  return previous && semanticEqual(annotationsOf(object), annotationsOf(previous)) ? [] : settingWarnings(object);
}
