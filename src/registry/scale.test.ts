import { expect, test } from "vitest";
import { deploymentKind } from "../api/apps/deployment.ts";
import type { ManagedFieldsEntry } from "../api/generated/types.ts";
import { testRegistry } from "../testing/registry-fixture.ts";

const at = { namespace: "default", name: "web" };
const deployment = (replicas?: number) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    ...(replicas === undefined ? {} : { replicas }),
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: "i:1" }] } },
  },
});
const scale = (replicas?: number, metadata: object = { name: "web" }) => ({
  apiVersion: "autoscaling/v1",
  kind: "Scale",
  metadata,
  ...(replicas === undefined ? {} : { spec: { replicas } }),
});

const owns = ({ fieldsV1 }: ManagedFieldsEntry) => JSON.stringify(fieldsV1).includes("f:replicas");

async function scaled(replicas?: number, apply = false) {
  const { registry, ctx } = await testRegistry();
  if (apply)
    await registry.patch(deploymentKind, at, { type: "apply", body: deployment(replicas), fieldManager: "owner" }, ctx);
  else await registry.create(deploymentKind, "default", deployment(replicas), { fieldManager: "owner" }, ctx);
  const patch = (type: "apply" | "merge", fieldManager: string, body: object, more: object = {}) =>
    registry.patch(deploymentKind, at, { type, body, fieldManager, subresource: "scale", ...more }, ctx);
  return {
    apply: (manager: string, body: object, more?: object) => patch("apply", manager, body, more),
    merge: (manager: string, body: object) => patch("merge", manager, body),
    put: (fieldManager: string, body: object) =>
      registry.update(deploymentKind, at, body, { fieldManager, subresource: "scale" }, ctx),
    /** Managers of the number of replicas, as upstream shows them. */
    async owners() {
      const { object } = await registry.get(deploymentKind, at, ctx);
      const owners = (object.metadata?.managedFields ?? []).filter(owns).map((entry) => {
        const { manager, operation, apiVersion, subresource = "", time } = entry;
        return [manager, operation, apiVersion, subresource, time === undefined ? "no time" : "time"].join(" ");
      });
      return { replicas: object.spec?.replicas, owners };
    },
  };
}

test("an apply of a scale: conflicts, force, shared and given up fields", async () => {
  const web = await scaled(1);
  await expect(web.apply("x", scale(2))).rejects.toMatchObject({
    code: 409,
    message: 'Apply failed with 1 conflict: conflict with "owner" using autoscaling/v1: .spec.replicas',
  });
  await web.apply("x", scale(1));
  // Upstream loses, on the way, that an updater of the object and one of its scale are the same.
  expect(await web.owners()).toEqual({
    replicas: 1,
    owners: ["x Apply apps/v1 scale no time", "owner Update apps/v1  no time"],
  });
  const { stored } = await web.apply("x", scale(2), { force: true });
  expect(stored.object).toMatchObject({ kind: "Scale", apiVersion: "autoscaling/v1", spec: { replicas: 2 } });
  expect(stored.object.metadata).not.toHaveProperty("managedFields");
  expect(await web.owners()).toEqual({ replicas: 2, owners: ["x Apply apps/v1 scale no time"] });
  await web.apply("x", scale(3));
  await expect(web.apply("y", scale(4))).rejects.toMatchObject({
    message: 'Apply failed with 1 conflict: conflict with "x" with subresource "scale": .spec.replicas',
  });
  await web.apply("x", scale());
  expect(await web.owners()).toEqual({ replicas: 0, owners: [] });
});

test("where nobody owns the replicas, a first apply finds an owner before it", async () => {
  const web = await scaled(undefined, true);
  await web.merge("m", { spec: { replicas: 3 } });
  expect(await web.owners()).toEqual({ replicas: 3, owners: [] });
  await expect(web.apply("x", scale(2))).rejects.toMatchObject({
    message:
      'Apply failed with 1 conflict: conflict with "before-first-apply" with subresource "scale" using autoscaling/v1: .spec.replicas',
  });
  await web.apply("x", scale(3));
  expect(await web.owners()).toEqual({
    replicas: 3,
    owners: ["x Apply apps/v1 scale no time", "before-first-apply Update apps/v1 scale no time"],
  });
});

test("an apply of the object keeps its replicas when its scale is applied alike, and loses them to a patch", async () => {
  const web = await scaled(2, true);
  await web.apply("x", scale(2));
  expect((await web.owners()).owners).toEqual(["x Apply apps/v1 scale no time", "owner Apply apps/v1  time"]);
  await web.merge("m", { spec: { replicas: 4 } });
  expect((await web.owners()).owners).toEqual(["m Update apps/v1 scale no time"]);
});

test("a scale is refused when it is of another kind, name, namespace or uid", async () => {
  const web = await scaled(1);
  const refused = (write: Promise<unknown>, code: number, message: string) =>
    expect(write).rejects.toMatchObject({ code, message });
  await refused(
    web.apply("x", { ...scale(2), apiVersion: "apps/v1", kind: "Deployment" }),
    400,
    "invalid object type: apps/v1, Kind=Deployment",
  );
  await refused(
    web.apply("x", scale(2, { name: "other" }), { force: true }),
    400,
    "the name of the object (other) does not match the name on the URL (web)",
  );
  const elsewhere = "the namespace of the provided object does not match the namespace sent on the request";
  await refused(web.apply("x", scale(2, { name: "web", namespace: "other" }), { force: true }), 400, elsewhere);
  await refused(web.merge("x", { metadata: { namespace: "other" } }), 400, elsewhere);
  await refused(web.put("x", scale(2, { name: "web", namespace: "other" })), 400, elsewhere);
  await expect(web.merge("x", { metadata: { uid: "u" } })).rejects.toMatchObject({
    code: 409,
    message: expect.stringMatching(
      /^Operation cannot be fulfilled on deployments\/scale.apps "web": Precondition failed: UID in precondition: u, UID in object meta: /,
    ),
    status: { details: { name: "web", group: "apps", kind: "deployments/scale" } },
  });
  await refused(
    web.apply("x", scale(-1), { force: true }),
    422,
    'Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  );
  expect((await web.owners()).replicas).toBe(1);
});
