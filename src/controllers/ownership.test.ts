import { expect, test } from "vitest";
import type { Pod } from "../api/generated/types.ts";
import { selectorOfSet } from "../api/labels.ts";
import { replicaSets } from "../client/kinds.ts";
import { adoptPatch, claim, releasePatch } from "./ownership.ts";

const owner = { metadata: { name: "web", uid: "me" } };
const selector = selectorOfSet({ app: "web" });
const pod = (uid: string, app: string, controller?: string, deleting = false): Pod => ({
  metadata: {
    name: uid,
    uid,
    labels: { app },
    ...(controller
      ? {
          ownerReferences: [
            { apiVersion: "apps/v1", kind: "ReplicaSet", name: "x", uid: controller, controller: true },
          ],
        }
      : {}),
    ...(deleting ? { deletionTimestamp: "2025-01-01T00:00:00Z" } : {}),
  },
});
const names = (pods: readonly Pod[]) => pods.map((p) => p.metadata?.name);

test("matching orphans are adopted, own strangers released, others left alone", () => {
  const pods = [
    pod("mine", "web", "me"),
    pod("lost", "other", "me"),
    pod("theirs", "web", "them"),
    pod("orphan", "web"),
    pod("dying orphan", "web", undefined, true),
    pod("stranger", "other"),
  ];
  const { owned, adopt, release } = claim(owner, selector, pods);
  expect([names(owned), names(adopt), names(release)]).toEqual([["mine"], ["orphan"], ["lost"]]);
});

test("an owner that is being deleted keeps what it has and takes nothing", () => {
  const dying = { metadata: { ...owner.metadata, deletionTimestamp: "2025-01-01T00:00:00Z" } };
  const { owned, adopt, release } = claim(dying, selector, [
    pod("mine", "web", "me"),
    pod("lost", "other", "me"),
    pod("orphan", "web"),
  ]);
  expect([names(owned), names(adopt), names(release)]).toEqual([["mine"], [], []]);
});

test("patches name the object's UID, so that a namesake is not touched", () => {
  const orphan = pod("orphan", "web");
  expect(adoptPatch(replicaSets, owner, orphan)).toEqual({
    metadata: {
      uid: "orphan",
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: "web",
          uid: "me",
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
  });
  expect(releasePatch(owner, orphan)).toEqual({
    metadata: { uid: "orphan", ownerReferences: [{ $patch: "delete", uid: "me" }] },
  });
});
