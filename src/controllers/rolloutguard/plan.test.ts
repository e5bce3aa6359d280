import { describe, expect, test } from "vitest";
import { deployment } from "../../testing/deployment-fixture.ts";
import { GuardModel } from "../../testing/guard-fixture.ts";

const onFailure = { "rollout.wherry.dev/on-failure": "undo" };
const record = { "rollout.wherry.dev/record": "true" };
const changeCause = "kubernetes.io/change-cause";

function model(annotations: Readonly<Record<string, string>>, ...broken: string[]): GuardModel {
  const made = new GuardModel(deployment({ image: "app:1" }));
  made.broken = new Set(broken);
  made.annotate(annotations);
  made.rest();
  return made;
}

describe("on-failure: undo", () => {
  test("goes back to the last complete revision and says why", () => {
    const web = model(onFailure, "app:10");
    web.setImage("app:2");
    web.rest();
    web.setImage("app:10");
    web.rest();
    expect(web.image).toBe("app:2");
    expect(web.said).toEqual([
      'Rolled back deployment "web" to revision 2 (image app:2): revision 3 (image app:10) exceeded its progress deadline',
    ]);
    expect(web.history).toEqual([
      "1 <none>",
      "3 <none>",
      "4 back to revision 2: image app:2 (revision 3 (image app:10) exceeded its progress deadline)",
    ]);
    expect(web.sizes()).toEqual({ "app:1": 0, "app:2": 3, "app:10": 0 });
  });

  test("takes template and annotations back as kubectl does, and leaves its own settings and no change-cause", () => {
    const web = model({ ...onFailure, team: "a", [changeCause]: "first" }, "app:10");
    web.annotate({ "kubectl.kubernetes.io/last-applied-configuration": "{}" });
    web.rest();
    web.edit(() => ({ replicas: 5 }));
    web.setImage("app:10", "second");
    web.annotate({ team: "b", extra: "c" });
    web.rest();
    expect(web.deployment.spec?.replicas).toBe(5);
    expect(web.deployment.metadata?.annotations).toEqual({
      ...onFailure,
      team: "a",
      "kubectl.kubernetes.io/last-applied-configuration": "{}",
      "deployment.kubernetes.io/revision": "3",
    });
    expect(web.history[0]).toBe("2 second");
  });

  test("keeps its settings also when it goes back to before they were made", () => {
    const web = new GuardModel(deployment({ image: "app:1" }));
    web.broken = new Set(["app:10"]);
    web.annotate(onFailure);
    web.rest();
    web.setImage("app:10");
    web.annotate(record);
    web.rest();
    expect(web.deployment.metadata?.annotations).toMatchObject({ ...onFailure, ...record });
  });

  test("a first revision that fails has nowhere to go: an event says so, once", () => {
    const web = model(onFailure, "app:1");
    web.rest();
    expect(web.image).toBe("app:1");
    expect(web.said).toEqual([
      "Revision 1 (image app:1) exceeded its progress deadline and is left as it is: no complete revision is known to go back to",
    ]);
  });

  test("a revision without pods has shown nothing", () => {
    const web = model(onFailure);
    web.edit(() => ({ replicas: 0 }));
    web.rest();
    web.broken = new Set(["app:2", "app:3"]);
    web.setImage("app:2");
    web.rest();
    web.edit(() => ({ replicas: 2 }));
    web.setImage("app:3");
    web.rest();
    expect(web.image).toBe("app:1");
  });

  test("a paused Deployment is left alone, also when its deadline passed before", () => {
    const web = model({}, "app:10");
    web.setImage("app:10");
    web.rest();
    web.edit(() => ({ paused: true }));
    web.annotate(onFailure);
    web.rest();
    expect([web.image, web.steps]).toEqual(["app:10", []]);
  });

  test("a revision gone back to is not undone, whatever becomes of it", () => {
    const web = model(onFailure, "app:10");
    web.setImage("app:2");
    web.rest();
    web.setImage("app:10");
    // Nothing that was made of 2 is left when it comes back, and it makes some progress only.
    for (let i = 0; i < 20; i++) {
      web.sync();
      web.podsCome();
    }
    web.now += 700_000;
    web.sync();
    while (web.image === "app:10") web.guard();
    web.sync();
    web.observe(web.find("app:2"), 0);
    web.sync();
    web.observe(web.find("app:2"), 1);
    web.broken = new Set(["app:10", "app:2"]);
    web.sync();
    web.rest();
    expect(web.condition("Progressing")?.reason).toBe("ProgressDeadlineExceeded");
    expect([web.image, web.undos.length]).toEqual(["app:2", 1]);
    expect(web.said.at(-1)).toBe(
      "Revision 4 (image app:2) exceeded its progress deadline and is left as it is: it was gone back to when revision 3 failed",
    );
  });

  test("a template that comes again is not undone again, until it has been complete", () => {
    const web = model(onFailure, "app:10");
    for (let i = 0; i < 3; i++) {
      web.setImage("app:10");
      web.rest();
    }
    expect([web.image, web.undos.length]).toEqual(["app:10", 1]);
    expect(web.said.slice(1)).toEqual([
      "Revision 4 (image app:10) exceeded its progress deadline and is left as it is: it was undone as revision 2 before and has not been complete since",
    ]);
    web.broken = new Set();
    web.rest();
    web.setImage("app:1");
    web.rest();
    web.broken = new Set(["app:10"]);
    web.setImage("app:10");
    web.rest();
    expect([web.image, web.undos.length]).toEqual(["app:1", 2]);
  });

  test("another template after an undo is guarded anew", () => {
    const web = model(onFailure, "app:10", "app:11");
    for (const image of ["app:10", "app:11"]) {
      web.setImage(image);
      web.rest();
      expect(web.image).toBe("app:1");
    }
    expect(web.undos.length).toBe(2);
  });

  test("what a deadline says of another template is not held against this one", () => {
    const web = model(onFailure);
    web.setImage("app:2");
    web.rest();
    web.annotate({ "rollout.wherry.dev/on-failure": undefined });
    web.broken = new Set(["app:10", "app:1"]);
    web.setImage("app:10");
    web.rest();
    web.annotate(onFailure);
    web.undo("app:1");
    web.sync();
    web.sync();
    expect(web.condition("Progressing")?.reason).toBe("ProgressDeadlineExceeded");
    expect(web.deployment.status?.observedGeneration).toBe(web.deployment.metadata?.generation);
    while (web.guard()) web.sync();
    expect([web.image, web.undos]).toEqual(["app:1", []]);
  });

  test("a revision that was complete is not undone", () => {
    const web = model(onFailure);
    web.setImage("app:2");
    web.rest();
    web.edit(() => ({ paused: true }));
    web.rest();
    web.broken = new Set(["app:2"]);
    web.edit(() => ({ paused: false }));
    web.podsCome();
    web.rest();
    expect(web.condition("Progressing")?.reason).toBe("ProgressDeadlineExceeded");
    expect([web.image, web.undos]).toEqual(["app:2", []]);
    expect(web.said).toEqual([expect.stringContaining("it was complete, so there is no rollout to undo")]);
  });

  test("a fix that comes between its two writes stands", () => {
    const web = model(onFailure, "app:10");
    web.setImage("app:10");
    web.rest(false);
    web.guard();
    expect([web.image, web.steps.at(-1)?.act]).toEqual(["app:10", "revision 2 failed"]);
    web.setImage("app:3");
    web.rest();
    expect([web.image, web.undos]).toEqual(["app:3", []]);
  });
});

describe('record: "true"', () => {
  test("every revision says what changed", () => {
    const web = model(record);
    const generation = web.deployment.metadata?.generation;
    web.setImage("app:2");
    web.rest();
    web.setImage("app:3");
    web.edit(({ template }) => ({
      template: {
        ...template,
        metadata: { ...template.metadata, annotations: { "kubectl.kubernetes.io/restartedAt": "now" } },
      },
    }));
    web.edit(() => ({ replicas: 5 }));
    web.rest();
    expect(web.history).toEqual([
      "1 created with image app:1",
      "2 image app:1 → app:2",
      "3 image app:2 → app:3, restarted",
    ]);
    // The Deployment was not written to: every generation is the user's.
    expect(web.deployment.metadata?.generation).toBe((generation ?? 0) + 4);
  });

  test("going back says so, by undo and by hand", () => {
    const web = model(record);
    web.setImage("app:2");
    web.rest();
    web.undo("app:1");
    web.rest();
    expect(web.history).toEqual(["2 image app:1 → app:2", "3 back to revision 1: image app:1"]);
    web.setImage("app:2");
    web.rest();
    expect(web.history).toEqual(["3 back to revision 1: image app:1", "4 back to revision 2: image app:2"]);
    web.undo("app:1");
    web.rest();
    expect(web.history.at(-1)).toBe("5 back to revision 3: image app:1");
  });

  test("what a user writes for a change stays, what is left over does not", () => {
    const web = model({ ...record, [changeCause]: "first" });
    web.setImage("app:2");
    web.rest();
    web.setImage("app:3", "third");
    web.rest();
    web.setImage("app:4");
    web.rest();
    // A manifest that says the same at every change.
    web.setImage("app:5", "first");
    web.rest();
    web.setImage("app:6");
    web.rest();
    web.annotate({ [changeCause]: "said later" });
    web.rest();
    expect(web.history).toEqual([
      "1 first",
      "2 image app:1 → app:2",
      "3 third",
      "4 image app:3 → app:4",
      "5 image app:4 → app:5",
      "6 said later",
    ]);
    web.undo("app:3");
    web.rest();
    expect(web.history.at(-1)).toBe("7 back to revision 3: image app:3");
    web.undo("app:6");
    web.rest();
    expect(web.history.at(-1)).toBe("8 back to revision 6: image app:6");
    web.undo("app:2");
    web.annotate({ [changeCause]: "my own words" });
    // It waits until the Deployment's controller has given the revision its number.
    expect(web.guard()).toBe(false);
    web.rest();
    expect(web.history.at(-1)).toBe("9 my own words");
  });

  test("with on-failure: both", () => {
    const web = model({ ...record, ...onFailure }, "app:10");
    web.setImage("app:10");
    web.rest();
    expect(web.history).toEqual([
      "2 image app:1 → app:10",
      "3 back to revision 1: image app:1 (revision 2 (image app:10) exceeded its progress deadline)",
    ]);
    web.setImage("app:3");
    web.rest();
    expect(web.history.at(-1)).toBe("4 image app:1 → app:3");
  });

  test("switched on later, it begins with the present revision", () => {
    const web = model({ [changeCause]: "first" });
    web.setImage("app:2");
    web.rest();
    expect(web.history.at(-1)).toBe("2 first");
    web.annotate(record);
    web.rest();
    expect(web.history).toEqual(["1 first", "2 image app:1 → app:2"]);
  });
});

test.each<Readonly<Record<string, string>>>([
  {},
  { "rollout.wherry.dev/on-failure": "revert", "rollout.wherry.dev/record": "yes" },
  { "rollout.wherry.dev/record": "false" },
])("off unless asked for: %j", (annotations) => {
  const web = model(annotations, "app:10");
  web.setImage("app:10");
  web.rest();
  expect([web.image, web.steps]).toEqual(["app:10", []]);
  expect(web.condition("Progressing")?.reason).toBe("ProgressDeadlineExceeded");
});
