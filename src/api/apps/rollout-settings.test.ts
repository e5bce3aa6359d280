import { expect, test } from "vitest";
import type { Deployment } from "../generated/types.ts";
import { deploymentKind } from "./deployment.ts";
import { rolloutSettings } from "./rollout-settings.ts";

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
