import { type ClientHttp2Stream, connect } from "node:http2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { configMapKind } from "../../api/core/configmap.ts";
import type { Registry, Stored, WatchEvent } from "../../registry/registry.ts";
import { testServer } from "../../testing/server-fixture.ts";

let server: Awaited<ReturnType<typeof testServer>>;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const configMaps = "/api/v1/namespaces/default/configmaps";

/** A watch over HTTP/2, read frame by frame. */
function openWatch(path: string, port = server.port, accept = "application/json") {
  const session = connect(`https://127.0.0.1:${port}`, server.tls(undefined));
  const stream: ClientHttp2Stream = session.request({ ":path": path, accept });
  stream.setEncoding("utf8");
  const frames = (async function* () {
    let rest = "";
    for await (const chunk of stream) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) yield JSON.parse(line);
    }
  })();
  return {
    stream,
    next: async () => (await frames.next()).value,
    ended: async () => (await frames.next()).done,
    close: () => session.destroy(),
  };
}

const create = (name: string) =>
  server.registry.create(configMapKind, "default", { metadata: { name }, data: { a: "1" } }, {}, server.ctx);

test("frames carry each change, from a revision on", async () => {
  const { revision } = await create("first");
  const watch = openWatch(`${configMaps}?watch=true&resourceVersion=${revision}`);
  await create("second");
  expect(await watch.next()).toMatchObject({
    type: "ADDED",
    object: { kind: "ConfigMap", metadata: { name: "second" } },
  });
  await server.registry.delete(configMapKind, { namespace: "default", name: "second" }, {}, server.ctx);
  expect(await watch.next()).toMatchObject({ type: "DELETED", object: { metadata: { name: "second" } } });
  watch.close();
});

test("a streaming list ends its first part with a bookmark", async () => {
  const query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
  const watch = openWatch(`${configMaps}?${query}`);
  expect((await watch.next()).type).toBe("ADDED");
  expect(await watch.next()).toMatchObject({
    type: "BOOKMARK",
    object: { kind: "ConfigMap", metadata: { annotations: { "k8s.io/initial-events-end": "true" } } },
  });
  watch.close();
});

test("tables tell their columns once", async () => {
  const watch = openWatch(`${configMaps}?watch=1`, server.port, "application/json;as=Table;v=v1;g=meta.k8s.io");
  const first = await watch.next();
  expect(first.object.columnDefinitions.map((c: { name: string }) => c.name)).toEqual(["Name", "Data", "Age"]);
  expect(first.object.rows[0].cells.slice(0, 2)).toEqual(["first", 1]);
  await create("third");
  const second = await watch.next();
  expect(second.object.columnDefinitions).toBeNull();
  expect(second.object.rows[0].cells[0]).toBe("third");
  watch.close();
});

test("ends after timeoutSeconds", async () => {
  const watch = openWatch(`${configMaps}?watch=1&timeoutSeconds=5`);
  expect((await watch.next()).type).toBe("ADDED");
  expect((await watch.next()).type).toBe("ADDED");
  await server.clock.advance(5000);
  expect(await watch.ended()).toBe(true);
  watch.close();
});

test("HTTP/1.1 gets the same frames", async () => {
  const before = server.clock.pending;
  const answer = server.call(`${configMaps}?watch=1&timeoutSeconds=5`, {}, "HTTP/1.1");
  while (server.clock.pending === before) await new Promise(setImmediate);
  await server.clock.advance(5000);
  const { status, headers, text } = await answer;
  expect([status, headers["transfer-encoding"]]).toEqual([200, "chunked"]);
  const frames = text.trimEnd().split("\n");
  expect(frames.map((frame) => JSON.parse(frame).object.metadata.name)).toEqual(["first", "third"]);
});

test("a revision that is compacted away is told in the stream", async () => {
  await create("fourth");
  await server.store.compact(server.store.progress());
  const watch = openWatch(`${configMaps}?watch=1&resourceVersion=1`);
  expect(await watch.next()).toMatchObject({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } });
  expect(await watch.ended()).toBe(true);
  watch.close();
});

test("a client that does not read is not read ahead for", async () => {
  const stored: Stored = {
    object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } },
    revision: 1,
    json: () => Buffer.from(JSON.stringify({ kind: "ConfigMap", data: { filler: "x".repeat(50_000) } })),
  };
  let pulled = 0;
  let closed = false;
  const registry: Registry = {
    ...server.registry,
    watch: async () => ({
      close() {
        closed = true;
      },
      async *[Symbol.asyncIterator]() {
        const batch: WatchEvent[] = [{ type: "MODIFIED", stored }];
        while (!closed) {
          pulled++;
          yield batch as never;
          await new Promise(setImmediate); // an endless supply that leaves others their turn
        }
      },
    }),
  };
  const endless = await testServer({ registry, pki: server.pki });
  const watch = openWatch(`${configMaps}?watch=1`, endless.port);
  watch.stream.pause();
  // Stalled once the windows of TCP and HTTP/2 are full: many turns of the event loop go by without another pull.
  let before = -1;
  while (before !== pulled || pulled === 0) {
    before = pulled;
    for (let turn = 0; turn < 2000; turn++) await new Promise(setImmediate);
  }
  expect(pulled).toBeLessThan(400); // 20 MB, kernel buffers included
  expect((await watch.next()).type).toBe("MODIFIED");
  watch.close();
  while (!closed) await new Promise(setImmediate);
  await endless.close();
});
