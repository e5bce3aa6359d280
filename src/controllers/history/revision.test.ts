import { expect, test } from "vitest";
import { records, templateOf, templatePatch } from "../../api/apps/template-patch.ts";
import type { ControllerRevision, PodTemplateSpec } from "../../api/generated/types.ts";
import { byRevision, revisionHash, revisionName, surplus } from "./revision.ts";

const template: PodTemplateSpec = {
  metadata: { labels: { app: "foo" }, annotations: { test: "value" } },
  spec: {
    restartPolicy: "Always",
    containers: [
      {
        name: "test",
        image: "test",
        imagePullPolicy: "Always",
        terminationMessagePath: "/dev/termination-log",
        terminationMessagePolicy: "File",
      },
    ],
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    securityContext: {},
    terminationGracePeriodSeconds: 30,
  },
};

test("a template is recorded, named and hashed as 1.34 does", () => {
  const patch = templatePatch(template);
  expect(JSON.stringify(patch)).toBe(
    '{"spec":{"template":{"$patch":"replace","metadata":{"annotations":{"test":"value"},"labels":{"app":"foo"}},"spec":{"containers":[{"image":"test","imagePullPolicy":"Always","name":"test","resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}],"dnsPolicy":"ClusterFirst","restartPolicy":"Always","schedulerName":"default-scheduler","securityContext":{},"terminationGracePeriodSeconds":30}}}}',
  );
  expect(revisionName("test", revisionHash(patch, 0))).toBe("test-776999688b");
  expect(revisionHash(patch, 1)).not.toBe(revisionHash(patch, 0));
});

test("what is recorded comes back, and equals itself however its keys are ordered", () => {
  const patch = templatePatch(template);
  const revision: ControllerRevision = { revision: 1, data: patch };
  expect(templatePatch(templateOf(revision))).toEqual(patch);
  const shuffled: PodTemplateSpec = {
    spec: { ...template.spec, containers: template.spec?.containers ?? [], volumes: [] },
    metadata: template.metadata ?? {},
  };
  expect(records(revision, templatePatch(shuffled))).toBe(true);
  expect(records(revision, templatePatch({ ...template, metadata: {} }))).toBe(false);
});

test("a long name leaves room for the hash", () => {
  expect(revisionName("a".repeat(253), "776999688b")).toHaveLength(234);
});

test("the oldest unused revisions go", () => {
  const all = [3, 1, 2].map((revision): ControllerRevision => ({ metadata: { name: `r${revision}` }, revision }));
  expect([...all].sort(byRevision).map(({ revision }) => revision)).toEqual([1, 2, 3]);
  expect(surplus(all, 1).map(({ revision }) => revision)).toEqual([1, 2]);
  expect(surplus(all, 5)).toEqual([]);
  expect(surplus(all, -1)).toEqual([]);
});
