import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { silentLogger } from "../../base/logger.ts";
import { testAgent } from "../../testing/agent-fixture.ts";
import type { NodeImages } from "./images.ts";
import { serveAgentApi } from "./server.ts";

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function served(fixture: Parameters<typeof testAgent>[0] = {}, images?: (own: NodeImages) => NodeImages) {
  const cluster = await testAgent(fixture);
  const directory = await mkdtemp(join(tmpdir(), "agent-"));
  const socketPath = join(directory, "agent.sock");
  const api = await serveAgentApi({
    agent: cluster.agent,
    ...(images ? { images: images(cluster.runtime.images) } : {}),
    socketPath,
    clock: cluster.clock,
    logger: silentLogger,
  });
  ends.push(
    () => rm(directory, { recursive: true }),
    () => cluster.agent.stop(),
    () => api.close(),
  );
  const ask = (method: string, path: string, body?: string | Buffer) =>
    new Promise<{ code: number; text: string }>((resolve, reject) => {
      const req = request({ socketPath, method, path }, (res) => {
        const chunks: Buffer[] = [];
        res.on("data", (chunk: Buffer) => chunks.push(chunk));
        res.on("end", () => resolve({ code: res.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      });
      req.on("error", reject);
      if (body !== undefined) req.setHeader("transfer-encoding", "chunked");
      req.end(body);
    });
  return { ...cluster, socketPath, ask, get: (path: string) => ask("GET", path) };
}

test("health and pods", async () => {
  const { run, clock, get } = await served();
  await run("web");
  await clock.settle();
  expect(await get("/healthz")).toEqual({ code: 200, text: "ok" });
  const list = JSON.parse((await get("/pods")).text);
  expect(list.kind).toBe("PodList");
  expect(list.items.map((p: { metadata: { name: string } }) => p.metadata.name)).toEqual(["web"]);
  expect((await get("/nothing")).code).toBe(404);
  expect(await get("/metrics/proxy")).toEqual({ code: 404, text: "this node has no service proxy" });
});

test("container logs: options, previous, and what is wrong in the kubelet's words", async () => {
  const images = [
    { pattern: "talk:1", output: ["one", "two", "three"], crashAfter: 1000 },
    { pattern: "gone:1", pullError: "no" },
  ];
  const { run, clock, get } = await served({ images });
  await run("talk", { containers: [{ name: "main", image: "talk:1" }] });
  await run("gone", { containers: [{ name: "main", image: "gone:1" }] });
  await clock.settle();
  const logs = (query = "") => get(`/containerLogs/default/talk/main${query}`);
  expect((await logs()).text).toBe("one\ntwo\nthree\n");
  expect((await logs("?tailLines=1")).text).toBe("three\n");
  expect((await logs("?limitBytes=5")).text).toBe("one\nt");
  expect((await logs("?timestamps=true&tailLines=1")).text).toBe("2025-01-01T00:00:00.000000000Z three\n");
  expect(await logs("?previous=true")).toEqual({
    code: 400,
    text: 'previous terminated container "main" in pod "talk" not found',
  });
  expect((await logs("?tailLines=x")).code).toBe(422);
  await clock.advance(1100);
  expect((await logs("?previous=true")).text).toBe("one\ntwo\nthree\n");
  expect(await get("/containerLogs/default/gone/main")).toEqual({
    code: 400,
    text: 'container "main" in pod "gone" is waiting to start: trying and failing to pull image',
  });
  expect(await get("/containerLogs/default/talk/nope")).toEqual({
    code: 404,
    text: 'container "nope" not found in pod "talk"',
  });
  expect((await get("/containerLogs/default/nope/main")).code).toBe(404);
});

test("HTTP to a pod's port, and to one that does not answer", async () => {
  const backend = createServer((req, res) => {
    let body = "";
    req.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    req.on("end", () => {
      res.writeHead(201, { "x-seen": req.url });
      res.end(`${req.method} ${body}`);
    });
  });
  await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
  const { port } = backend.address() as { port: number };
  const { run, clock, runtime, ask, get } = await served();
  ends.push(() => new Promise((resolve) => backend.close(resolve)));
  await run("web");
  await clock.settle();
  expect(await get("/podProxy/default/web/http/80/")).toMatchObject({
    code: 503,
    text: expect.stringContaining(
      "error trying to reach service: dial tcp 10.244.0.2:80: nothing listens at port 80: the containers of a simulated node do not run",
    ),
  });
  Object.assign(runtime, {
    connect: (_: string, wanted: number) =>
      new Promise((resolve, reject) => {
        const socket = connect(wanted === 80 ? port : 1, "127.0.0.1", () => resolve(socket));
        socket.once("error", reject);
      }),
  });
  for (const method of ["POST", "DELETE"]) {
    expect(await ask(method, "/podProxy/default/web/http/80/a%2Fb/c?x=/1", "hello")).toEqual({
      code: 201,
      text: `${method} hello`,
    });
  }
  const refused = JSON.parse((await get("/podProxy/default/web/http/81/")).text);
  expect(refused).toMatchObject({
    kind: "Status",
    reason: "ServiceUnavailable",
    message: "error trying to reach service: dial tcp 10.244.0.2:81: connect: connection refused",
  });
  expect(await get("/podProxy/default/nope/http/80/")).toMatchObject({
    code: 503,
    text: expect.stringContaining('error trying to reach service: pod \\"nope\\" does not run on this node'),
  });
  // Dots are the pod's to make sense of: they lead to no other path of the agent.
  expect((await get("/podProxy/default/web/http/80/../../../../../../pods")).code).toBe(201);
});

test("images: list, pull, load, build, remove", async () => {
  const readAll = async (stream: Readable) => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  };
  const { ask } = await served({ images: [{ pattern: "no:1", pullError: "manifest unknown" }] }, (own) => ({
    ...own,
    async load(archive) {
      const text = await readAll(archive);
      if (text !== "good") throw new Error("not an image archive");
      return ["loaded:1"];
    },
    async build(context, { tag, output }) {
      output(`context of ${(await readAll(context)).length} bytes\n`);
      return own.pull(tag ?? "");
    },
  }));
  expect((await ask("POST", "/wherry/images/pull?reference=app:1")).code).toBe(200);
  expect(await ask("POST", "/wherry/images/pull?reference=no:1")).toEqual({ code: 400, text: "manifest unknown" });
  expect(JSON.parse((await ask("GET", "/wherry/images")).text).images[0].tags).toEqual(["app:1"]);
  expect(JSON.parse((await ask("POST", "/wherry/images/load", "good")).text)).toEqual({ loaded: ["loaded:1"] });
  expect(await ask("POST", "/wherry/images/load", "bad")).toEqual({ code: 400, text: "not an image archive" });
  const lines = (await ask("POST", "/wherry/images/build?tag=mine:1", "12345")).text.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { output: "context of 5 bytes\n" },
    { image: expect.stringMatching(/^sha256:/), tags: ["mine:1"] },
  ]);
  expect((await ask("DELETE", "/wherry/images?reference=app:1")).code).toBe(200);
  expect((await ask("DELETE", "/wherry/images?reference=app:1")).code).toBe(404);
});
