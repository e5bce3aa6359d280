import { expect, test } from "vitest";
import { deployment, Model, template } from "../../testing/deployment-fixture.ts";

test("nobody counts on pods of a ReplicaSet whose status is for an earlier size", () => {
  const model = new Model(deployment({ strategy: rolling }));
  model.settle();
  model.edit(() => ({ template: template("app:2") }));
  model.sync();
  model.observeAll();
  model.sync();
  expect(model.sizes()).toEqual({ "app:1": 2, "app:2": 1 });
  // Going back makes the old one grow again, before its controller has taken the pod that it was to lose.
  model.edit(() => ({ template: template("app:1") }));
  model.observeAll();
  model.sync();
  const late = model.find("app:1");
  expect(model.sizes()).toEqual({ "app:1": 3, "app:2": 1 });
  model.replicaSets = model.replicaSets.map((rs) =>
    rs === late ? { ...rs, status: { replicas: 3, availableReplicas: 3, observedGeneration: 1 } } : rs,
  );
  model.sync();
  expect(model.sizes()).toEqual({ "app:1": 3, "app:2": 1 });
  model.observeAll();
  model.sync();
  expect(model.sizes()).toEqual({ "app:1": 3, "app:2": 0 });
});

const rolling = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
