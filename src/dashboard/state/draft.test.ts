import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { KubeObject } from "../../api/kind.ts";
import { conflict, invalid } from "../../base/errors.ts";
import { Draft } from "./draft.ts";

interface Thing extends KubeObject {
  readonly spec: { readonly replicas: number };
  readonly status?: { readonly ready: number };
}

/** A server with one object, which takes a version only when it is a change of the newest. */
class Server {
  /** Called once, when a write is on its way. */
  onWay = async () => {};
  newest: Thing = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default", uid: "1", resourceVersion: "9", labels: {} },
    spec: { replicas: 2 },
  };

  /** Somebody else's write. */
  write(change: (object: Thing) => Partial<Thing>): Thing {
    const resourceVersion = String(Number(this.newest.metadata?.resourceVersion) + 1);
    const next = { ...this.newest, ...change(this.newest) };
    this.newest = { ...next, metadata: { ...next.metadata, resourceVersion } };
    return this.newest;
  }

  readonly status = (ready: number) => this.write(() => ({ status: { ready } }));
  readonly label = (team: string) =>
    this.write(({ metadata }) => ({ metadata: { ...metadata, labels: { ...metadata?.labels, team } } }));

  readonly draft = () =>
    new Draft(this.newest, {
      print: (object) => stringify(object),
      parse: (text) => parse(text) as KubeObject,
      read: async () => this.newest,
      replace: async (object, dryRun) => {
        const { onWay } = this;
        this.onWay = async () => {};
        await onWay();
        const { metadata, spec } = object as Thing;
        const at = { group: "apps", resource: "deployments" };
        if (metadata?.resourceVersion !== this.newest.metadata?.resourceVersion)
          throw conflict(at, "web", "the object has been modified");
        if (spec.replicas < 0) throw invalid("apps", "Deployment", "web", [{ field: "spec.replicas" }]);
        if (dryRun) return { object: { ...object, status: this.newest.status } as KubeObject, warnings: [] };
        return { object: this.write(() => ({ metadata, spec })), warnings: ["mind the gap"] };
      },
    });
}

const replicas = (draft: Draft, n: number) => draft.type(draft.text.peek().replace(/replicas: .*/, `replicas: ${n}`));

test("what others change is shown as long as nothing was typed", () => {
  const server = new Server();
  const draft = server.draft();
  draft.see(server.label("one"));
  expect(draft.text.value).toContain("team: one");
  replicas(draft, 3);
  draft.see(server.label("two"));
  expect(draft.text.value).toContain("team: one");
  expect(draft.text.value).toContain("replicas: 3");
  draft.load();
  expect(draft.text.value).toContain("team: two");
  expect(draft.text.value).toContain("replicas: 2");
  expect(draft.changed.value).toBe(false);
});

test.each(["before it is seen", "while it is on its way", "before and while"])(
  "a status that changes %s is no conflict",
  async (when) => {
    const server = new Server();
    const draft = server.draft();
    replicas(draft, 3);
    if (when !== "while it is on its way") server.status(1);
    if (when !== "before it is seen")
      server.onWay = async () => {
        server.status(2);
      };
    await draft.send(true);
    expect(draft.outcome.value).toMatchObject({ is: "checked", before: { spec: { replicas: 2 } } });
    server.status(3);
    await draft.send(false);
    expect(draft.outcome.value).toEqual({ is: "saved" });
    expect(server.newest).toMatchObject({ spec: { replicas: 3 }, status: { ready: 3 } });
    expect(draft.warnings.value).toEqual(["mind the gap"]);
  },
);

test("who was quicker is not overwritten, also when the page has not seen it yet", async () => {
  const server = new Server();
  const draft = server.draft();
  replicas(draft, 3);
  server.onWay = async () => {
    server.label("other");
  };
  await draft.send(false);
  const theirs = { before: { metadata: { labels: {} } }, after: { metadata: { labels: { team: "other" } } } };
  expect(draft.outcome.value).toMatchObject({ is: "conflict", ...theirs });
  expect(server.newest.spec.replicas).toBe(2);
  expect(draft.text.value).toContain("replicas: 3");

  // What they change after that is theirs too.
  draft.see(server.label("another"));
  expect(draft.outcome.value).toMatchObject({ after: { metadata: { labels: { team: "another" } } } });
  draft.load();
  expect(draft.outcome.value).toBeUndefined();
  replicas(draft, 3);
  await draft.send(false);
  expect(server.newest).toMatchObject({ metadata: { labels: { team: "another" } }, spec: { replicas: 3 } });
});

test("a version that somebody typed is the one that they mean", async () => {
  const server = new Server();
  const draft = server.draft();
  draft.type(draft.text.peek().replace(/resourceVersion: .*/, 'resourceVersion: "1"'));
  await draft.send(false);
  expect(draft.outcome.value).toMatchObject({ is: "conflict" });
});

test("what the page sees later than the answer to a write takes nothing back", async () => {
  const server = new Server();
  const draft = server.draft();
  replicas(draft, 3);
  const earlier = server.label("before");
  draft.load();
  draft.see(earlier);
  replicas(draft, 3);
  await draft.send(false);
  const saved = draft.text.value;
  draft.see(earlier);
  expect(draft.text.value).toBe(saved);
  draft.see(server.status(3));
  expect(draft.text.value).toBe(saved);
  expect(draft.outcome.value).toEqual({ is: "saved" });
  draft.see(server.label("after"));
  expect(draft.text.value).toContain("team: after");
  expect(draft.outcome.value).toEqual({ is: "saved" });
});

test("what is typed while it is saved stays, and is a change of what was saved", async () => {
  const server = new Server();
  const draft = server.draft();
  replicas(draft, 3);
  server.onWay = async () => replicas(draft, 4);
  await draft.send(false);
  expect(server.newest.spec.replicas).toBe(3);
  expect(draft.text.value).toContain("replicas: 4");
  expect(draft.changed.value).toBe(true);
  await draft.send(false);
  expect(draft.outcome.value).toEqual({ is: "saved" });
  expect(server.newest.spec.replicas).toBe(4);
  expect(draft.changed.value).toBe(false);
});

test("what cannot be read or is refused is said, and stays", async () => {
  const server = new Server();
  const draft = server.draft();
  replicas(draft, -1);
  await draft.send(true);
  expect(draft.outcome.value).toMatchObject({ is: "problem", error: { reason: "Invalid" } });
  draft.type("a: [");
  expect(draft.outcome.value).toBeUndefined();
  await draft.send(false);
  expect(draft.outcome.value).toMatchObject({ is: "problem" });
  expect(draft.text.value).toBe("a: [");
  expect(draft.busy.value).toBe(false);
});
