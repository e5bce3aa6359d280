/** Clients that are not who they should be, or do not behave. */
import { readFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { describe, expect, test } from "vitest";
import { systemClock, systemRandom } from "../../src/base/clock.ts";
import { makeLeaf } from "../../src/server/pki/certificates.ts";
import { type TestProtocol, testServer } from "../../src/testing/server-fixture.ts";
import { eventually } from "../tools/eventually.ts";
import { configMap, configMaps, create, expectStatus, pods, raw, revision, send, server, types } from "./wire.ts";

describe("who asks", () => {
  test.each<TestProtocol>(["HTTP/1.1", "HTTP/2"])("nobody, by %s", async (protocol) => {
    for (const headers of [{}, { authorization: "Basic YTpi" }, { authorization: "Bearer x.y.z" }] as Record<
      string,
      string
    >[]) {
      expectStatus(await server.call(configMaps, { as: null, headers }, protocol), 401, "Unauthorized", "Unauthorized");
    }
  });

  test("a certificate of another cluster, and one that has expired", async () => {
    const other = await testServer();
    expectStatus(await server.call(configMaps, { as: other.pki.admin }), 401, "Unauthorized", "Unauthorized");
    // And the other way round: who knows another CA does not talk to this server at all.
    const tls = connectTls({ port: server.port, host: "127.0.0.1", servername: "localhost", ca: other.pki.ca });
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => tls.once("error", resolve));
    expect(error.message).toMatch(/self-signed certificate in certificate chain|unable to verify|signature failure/);
    await other.close();
    // Certificates made two years ago by the same authority.
    const authority = { cert: server.pki.ca, key: readFileSync(join(server.dir, "ca.key"), "utf8") };
    const clock = { ...systemClock, now: () => systemClock.now() - 2 * 365 * 86_400_000 };
    const wanted = { commonName: "kubernetes-admin", organizations: ["system:masters"], use: "client" } as const;
    const expired = await makeLeaf(authority, wanted, { clock, random: systemRandom });
    for (const protocol of ["HTTP/1.1", "HTTP/2"] as const) {
      expectStatus(await server.call(configMaps, { as: expired }, protocol), 401, "Unauthorized", "Unauthorized");
    }
    const fresh = await makeLeaf(authority, wanted, { clock: systemClock, random: systemRandom });
    expect((await server.call(configMaps, { as: fresh })).status).toBe(200);
  });

  test("impersonation without the right to", async () => {
    const as = await server.pki.node("n1");
    const answer = await server.call(pods, { as, headers: { "impersonate-user": "joe" } });
    expectStatus(
      answer,
      403,
      "Forbidden",
      'users "joe" is forbidden: User "system:node:n1" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
    const joe = await server.call(configMaps, { headers: { "impersonate-user": "joe" } });
    expectStatus(
      joe,
      403,
      "Forbidden",
      'configmaps is forbidden: User "joe" cannot list resource "configmaps" in API group "" in the namespace "default"',
    );
    const nobody = await server.call(configMaps, { headers: { "impersonate-group": "g" } });
    expectStatus(nobody, 500, "InternalError", /without impersonating a user$/);
  });
});

describe("clients that misbehave", () => {
  const session = () => {
    const made = connectHttp2(`https://127.0.0.1:${server.port}`, server.tls(undefined));
    made.on("error", () => {});
    return made;
  };

  test("bodies that never end are answered when their time is up", async () => {
    const head = `POST ${configMaps} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`;
    const before = revision();
    const slow = raw(head, "never");
    const client = session();
    const stream = client.request({ ":method": "POST", ":path": configMaps, "content-type": types.json });
    stream.write("{");
    const status = new Promise((resolve) => stream.once("response", (headers) => resolve(headers[":status"])));
    stream.on("error", () => {});
    // Both requests are there when a later one is.
    await server.call("/version");
    await eventually(async () => {
      await server.clock.advance(61_000);
      expect(await Promise.race([status, Promise.resolve(0)])).toBe(504);
    });
    expect(await slow).toMatch(/^HTTP\/1.1 504 /);
    client.destroy();
    expect(revision()).toBe(before);
  });

  test("uploads that break off leave nothing", async () => {
    const before = revision();
    const text = JSON.stringify(configMap("half"));
    for (let i = 0; i < 20; i++) {
      const client = session();
      const stream = client.request({ ":method": "POST", ":path": configMaps, "content-type": types.json });
      stream.on("error", () => {});
      await new Promise<void>((resolve) => stream.write(text.slice(0, -1), () => resolve()));
      client.destroy();
    }
    expect((await server.call(`${configMaps}/half`)).status).toBe(404);
    expect(revision()).toBe(before);
  });

  test("three hundred watches, one of which is never read", async () => {
    const clients = [session(), session()];
    const opened = Array.from({ length: 300 }, (_, i) => {
      const stream = (clients[i % 2] as ReturnType<typeof session>).request({
        ":path": `${configMaps}?watch=1&fieldSelector=metadata.name%3Dwatched`,
      });
      stream.on("error", () => {});
      return stream;
    });
    const [unread, ...read] = opened;
    unread?.pause();
    const seen = read.map((stream) => {
      let events = 0;
      stream.on("data", (chunk: Buffer) => {
        for (const byte of chunk) if (byte === 10) events++;
      });
      return () => events;
    });
    await Promise.all(opened.map((stream) => new Promise((resolve) => stream.once("response", resolve))));
    await create(configMaps, configMap("watched"));
    // More than the connection's window: the one that does not read must not hold up its neighbours.
    const data = { a: "x".repeat(10_000) };
    for (let n = 0; n < 20; n++)
      expect(
        (await send("PATCH", `${configMaps}/watched`, { data: { ...data, n: String(n) } }, types.merge)).status,
      ).toBe(200);
    await eventually(() => expect(new Set(seen.map((count) => count()))).toEqual(new Set([21])));
    for (const client of clients) client.destroy();
  });
});
