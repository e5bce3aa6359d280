import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, connect, createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { type ExecResult, type Runtime, RuntimeError } from "../runtime/runtime.ts";
import { encodeRequest } from "./grpc-health.ts";
import { runProbe } from "./probe-runner.ts";

const open: { close(done: () => void): unknown }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await new Promise<void>((resolve) => server.close(resolve));
});

async function listen<
  T extends { listen(port: number, host: string, done: () => void): unknown; close(done: () => void): unknown },
>(server: T & { address(): AddressInfo | string | null }): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(server);
  return (server.address() as AddressInfo).port;
}

const target = (exec?: () => Promise<ExecResult>) => ({
  runtime: {
    connect: (_: string, port: number) =>
      new Promise((resolve, reject) => {
        const socket = connect(port, "127.0.0.1", () => resolve(socket));
        socket.once("error", reject);
      }),
    exec,
  } as unknown as Runtime,
  clock: systemClock,
  sandboxId: "s",
  podIP: "127.0.0.1",
  containerId: "c",
  container: { name: "main", ports: [{ name: "web", containerPort: 8080 }], env: [{ name: "A", value: "1" }] },
});

const http = async (listener: RequestListener): Promise<number> => listen(createHttpServer(listener) as Server);

test("HTTP: success, failure, refused, named port that is not there", async () => {
  let seen: Record<string, unknown> = {};
  const port = await http((req, res) => {
    seen = req.headers;
    res.statusCode = req.url === "/ok?x=1" ? 200 : 500;
    res.end("body");
  });
  const get = (path: string, p: number | string = port) =>
    runProbe({ httpGet: { path, port: p, httpHeaders: [{ name: "X-A", value: "b" }] } }, target());
  expect(await get("/ok?x=1")).toEqual({ result: "success", output: "body" });
  expect(seen).toMatchObject({ "user-agent": "kube-probe/1.34", accept: "*/*", "x-a": "b" });
  expect(await get("/bad")).toEqual({ result: "failure", output: "HTTP probe failed with statuscode: 500" });
  expect(await get("/", 1)).toEqual({
    result: "failure",
    output: 'Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused',
  });
  expect((await get("/", "nope")).result).toBe("error");
});

test("HTTP: redirects on the same host are followed, others are a warning", async () => {
  const port = await http((req, res) => {
    if (req.url === "/a") res.writeHead(302, { location: "/b" });
    else if (req.url === "/away") res.writeHead(302, { location: "http://example.invalid/" });
    else res.writeHead(200);
    res.end(req.url);
  });
  const get = (path: string) => runProbe({ httpGet: { path, port } }, target());
  expect(await get("/a")).toEqual({ result: "success", output: "/b" });
  expect(await get("/away")).toEqual({
    result: "warning",
    output: "Probe terminated redirects, Response body: /away",
  });
});

test("HTTP: no answer in time, and a closed connection", async () => {
  const silent = await listen(createServer((socket) => socket.on("error", () => {}).resume()));
  const outcome = runProbe({ httpGet: { path: "/", port: silent }, timeoutSeconds: 0.05 }, target());
  expect(await outcome).toEqual({
    result: "failure",
    output: `Get "http://127.0.0.1:${silent}/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
  });
  const hangUp = await listen(createServer((socket) => socket.destroy()));
  expect((await runProbe({ httpGet: { path: "/", port: hangUp } }, target())).result).toBe("failure");
});

test("TCP", async () => {
  const port = await listen(createServer((socket) => socket.on("error", () => {}).resume()));
  expect(await runProbe({ tcpSocket: { port } }, target())).toEqual({ result: "success", output: "" });
  expect(await runProbe({ tcpSocket: { port: 1 } }, target())).toEqual({
    result: "failure",
    output: "dial tcp 127.0.0.1:1: connect: connection refused",
  });
});

test("exec: exit code, output, time-out, and a runtime that fails", async () => {
  const exec = (answer: () => Promise<ExecResult>) => runProbe({ exec: { command: ["test", "$(A)"] } }, target(answer));
  const done =
    (exitCode: number, stdout: string, stderr = "") =>
    async () => ({
      exitCode,
      stdout: Buffer.from(stdout),
      stderr: Buffer.from(stderr),
    });
  expect(await exec(done(0, "fine"))).toEqual({ result: "success", output: "fine" });
  expect(await exec(done(1, "", "no such file"))).toEqual({ result: "failure", output: "no such file" });
  const late = async () => Promise.reject(new RuntimeError("Timeout", "timed out"));
  expect(await exec(late)).toEqual({ result: "failure", output: 'command timed out: "test 1" timed out after 1s' });
  const broken = async () => Promise.reject(new RuntimeError("NotFound", "no container"));
  expect(await exec(broken)).toEqual({ result: "error", output: "no container" });
});

test("gRPC health", async () => {
  let asked = Buffer.alloc(0);
  const server = createHttp2Server();
  server.on("stream", (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      asked = Buffer.concat(chunks);
      const service = asked.subarray(7).toString();
      const code = service === "missing" ? "12" : "0";
      expect(headers[":path"]).toBe("/grpc.health.v1.Health/Check");
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () =>
        stream.sendTrailers({ "grpc-status": code, "grpc-message": code === "0" ? "" : "unknown" }),
      );
      stream.end(code === "0" ? Buffer.from([0, 0, 0, 0, 2, 0x08, service === "sick" ? 2 : 1]) : undefined);
    });
  });
  const port = await listen(server);
  const check = (service?: string) => runProbe({ grpc: { port, ...(service ? { service } : {}) } }, target());
  expect(await check()).toEqual({ result: "success", output: "service healthy" });
  expect(asked).toEqual(encodeRequest(""));
  expect(await check("sick")).toEqual({
    result: "failure",
    output: 'service unhealthy (responded with "NOT_SERVING")',
  });
  expect((await check("missing")).output).toBe(
    "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown",
  );
});
