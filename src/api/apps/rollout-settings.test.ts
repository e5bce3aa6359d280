import { expect, test } from "vitest";
import type { DaemonSet, Deployment, StatefulSet } from "../generated/types.ts";
import { daemonSetKind } from "./daemonset.ts";
import { deploymentKind } from "./deployment.ts";
import { rolloutSettings } from "./rollout-settings.ts";
import { statefulSetKind } from "./statefulset.ts";

const web = (annotations: Record<string, string>, generation = 1): Deployment => ({
  metadata: { name: "web", annotations, generation },
  spec: { selector: { matchLabels: { a: "b" } }, template: { metadata: { labels: { a: "b" } } } },
});

test("off unless set to what is allowed", () => {
  const settings = (onFailure: string, record: string) =>
    rolloutSettings(web({ "rollout.wherry.dev/on-failure": onFailure, "rollout.wherry.dev/record": record }));
  expect(rolloutSettings(web({}))).toEqual({ undoOnFailure: false, record: false });
  expect(settings("undo", "true")).toEqual({ undoOnFailure: true, record: true });
  expect(settings("Undo", "false")).toEqual({ undoOnFailure: false, record: false });
});

test("whoever writes anything else is warned, and not refused", () => {
  const odd = { "rollout.wherry.dev/on-failure": "revert", "rollout.wherry.dev/record": "yes" };
  const warnings = [
    'metadata.annotations[rollout.wherry.dev/on-failure]: "revert" is not supported, and without effect; supported values: "undo"',
    'metadata.annotations[rollout.wherry.dev/record]: "yes" is not supported, and without effect; supported values: "true", "false"',
  ];
  expect(deploymentKind.warnings(web(odd), undefined)).toEqual(warnings);
  expect(deploymentKind.warnings(web(odd, 2), web({}))).toEqual(warnings);
  // Not again with what does not concern them: a status, a label.
  expect(deploymentKind.warnings(web(odd, 2), web(odd, 2))).toEqual([]);
  expect(
    deploymentKind.warnings(web({ "rollout.wherry.dev/undo": "yes", "other.dev/record": "yes" }), undefined),
  ).toEqual([
    'metadata.annotations[rollout.wherry.dev/undo]: unknown, and without effect; known: "rollout.wherry.dev/on-failure", "rollout.wherry.dev/record"',
  ]);
});

test("whoever writes them in a pod template is told where they belong", () => {
  const misplaced = web({});
  const { spec } = misplaced as { spec: NonNullable<Deployment["spec"]> };
  spec.template.metadata = { labels: { a: "b" }, annotations: { "rollout.wherry.dev/record": "true" } };
  expect(deploymentKind.warnings(misplaced, undefined)).toEqual([
    "spec.template.metadata.annotations[rollout.wherry.dev/record]: without effect; they are settings of the Deployment: metadata.annotations",
  ]);
});

test.each([
  ["StatefulSet", statefulSetKind],
  ["DaemonSet", daemonSetKind],
] as const)("a %s has none, and says so once", (kind, { warnings }) => {
  const set = (annotations: Record<string, string>, inTemplate: Record<string, string> = {}) =>
    ({
      kind,
      metadata: { name: "db", generation: 1, annotations: { own: "x", ...annotations } },
      spec: { selector: {}, template: { metadata: { annotations: inTemplate } } },
    }) as StatefulSet & DaemonSet;
  const undo = { "rollout.wherry.dev/on-failure": "undo" };
  const why = `without effect; only Deployments have rollout settings: a ${kind} reports no rollout as failed`;
  const own = `metadata.annotations[rollout.wherry.dev/on-failure]: ${why}`;
  expect(warnings(set(undo), undefined)).toEqual([own]);
  expect(warnings(set(undo), set({}))).toEqual([own]);
  expect(warnings(set({}, undo), undefined)).toEqual([`spec.template.${own}`]);
  // Not again with what does not concern them, and not of what is somebody else's.
  expect(warnings(set(undo), set(undo))).toEqual([]);
  expect(warnings(set({ "other.dev/on-failure": "undo" }), undefined)).toEqual([]);
});
