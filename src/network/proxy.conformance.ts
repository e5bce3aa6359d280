/** What every service proxy must do. Runs inside a network namespace of its own, with stand-ins for pods. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createTestPod, prepareNode, type TestPod } from "../../test/tools/pods.ts";
import type { ServicePort, ServiceProxy } from "./proxy.ts";

/** Prints its own name and the client's address to every connection, then closes it. */
const tcpServer = (name: string) =>
  `require("net").createServer((s) => { s.on("error", () => {}); s.end("${name} " + s.remoteAddress); }).listen(8080, () => console.log("up"))`;
const udpServer = (name: string) =>
  `const s = require("dgram").createSocket("udp4"); s.on("message", (m, f) => s.send("${name} " + m, f.port, f.address)); s.bind(8080, () => console.log("up"))`;
/**
 * Connects `times` times, one after the other, and prints the answers, or the error code.
 * @param timeout milliseconds; only where no answer is what is expected does it come to an end
 */
const client = (host: string, port: number, times = 1, timeout = 60_000) => `
  const once = () => new Promise((done) => {
    let text = ""; const s = require("net").connect(${port}, "${host}");
    s.setTimeout(${timeout}, () => { s.destroy(); done("TIMEOUT"); });
    s.on("data", (d) => text += d); s.on("end", () => done(text)); s.on("error", (e) => done(e.code));
  });
  (async () => { const all = []; for (let i = 0; i < ${times}; i++) all.push(await once()); console.log(all.join(",")); process.exit(0); })()`;
const udpClient = (host: string, port: number) => `
  const s = require("dgram").createSocket("udp4"); s.on("message", (m) => { console.log(String(m)); s.close(); });
  s.send("hello", ${port}, "${host}");`;

export function proxyConformance(create: () => ServiceProxy): void {
  const clusterIP = "10.96.0.20";
  let one: TestPod;
  let two: TestPod;
  let caller: TestPod;
  let proxy: ServiceProxy;

  beforeAll(async () => {
    prepareNode("10.96.0.0/16");
    [one, two, caller] = [
      await createTestPod("10.244.0.2"),
      await createTestPod("10.244.0.3"),
      await createTestPod("10.244.0.4"),
    ];
    await Promise.all([one.start(tcpServer("one")), two.start(tcpServer("two")), one.start(udpServer("one"))]);
    proxy = create();
  });
  afterEach(() => proxy.apply([]));
  afterAll(async () => {
    await proxy.close();
    await Promise.all([one.stop(), two.stop(), caller.stop()]);
  });

  const port = (more: Partial<ServicePort> = {}): ServicePort => ({
    id: "default/web:http",
    protocol: "TCP",
    clusterIP,
    port: 80,
    backends: [one, two].map(({ ip }) => ({ ip, port: 8080 })),
    drop: false,
    ...more,
  });
  const names = (answers: string) => new Set(answers.split(",").map((a) => a.split(" ")[0]));

  test("spreads connections over the backends", async () => {
    await proxy.apply([port()]);
    expect(names(await caller.run(client(clusterIP, 80, 40)))).toEqual(new Set(["one", "two"]));
  });

  test("a pod reaches itself through its Service", async () => {
    await proxy.apply([port({ backends: [{ ip: one.ip, port: 8080 }] })]);
    expect(await one.run(client(clusterIP, 80))).toMatch(/^one /);
  });

  test("the node itself reaches a Service", async () => {
    await proxy.apply([port({ backends: [{ ip: two.ip, port: 8080 }] })]);
    const { connect } = await import("node:net");
    const answer = await new Promise<string>((resolve, reject) => {
      connect(80, clusterIP)
        .on("data", (d) => resolve(String(d)))
        .on("error", reject);
    });
    expect(answer).toMatch(/^two /);
  });

  test("once applied, a backend that was taken out gets no new connection", async () => {
    await proxy.apply([port()]);
    await proxy.apply([port({ backends: [{ ip: two.ip, port: 8080 }] })]);
    expect(names(await caller.run(client(clusterIP, 80, 40)))).toEqual(new Set(["two"]));
  });

  test("hundreds of endpoints", async () => {
    const gone = (i: number) => Array.from({ length: 20 }, (_, j) => ({ ip: `10.245.${i}.${j}`, port: 8080 }));
    const others = Array.from({ length: 40 }, (_, i) =>
      port({ id: `default/s${i}:http`, clusterIP: `10.96.1.${i}`, backends: gone(i) }),
    );
    await proxy.apply([...others, port()]);
    expect(names(await caller.run(client(clusterIP, 80, 40)))).toEqual(new Set(["one", "two"]));
    await proxy.apply([port({ backends: [{ ip: two.ip, port: 8080 }] }), ...others.slice(20)]);
    expect(names(await caller.run(client(clusterIP, 80, 20)))).toEqual(new Set(["two"]));
    expect(await proxy.connections()).toHaveLength(401);
  });

  test("open connections outlive a change", async () => {
    const echo = await one.start(`require("net").createServer((s) => s.pipe(s)).listen(9090, () => console.log("up"))`);
    await proxy.apply([port({ backends: [{ ip: one.ip, port: 9090 }] })]);
    const talk = await caller.start(
      `const s = require("net").connect(80, "${clusterIP}"); s.write("a"); s.on("data", (d) => { console.log(String(d)); }); process.once("SIGUSR2", () => s.write("b"));`,
    );
    const next = new Promise<string>((resolve) => talk.stdout?.once("data", (d) => resolve(String(d).trim())));
    await proxy.apply([port({ backends: [{ ip: two.ip, port: 8080 }] })]);
    // nsenter became the program: its pid is the program's.
    talk.kill("SIGUSR2");
    expect(await next).toBe("b");
    talk.kill("SIGKILL");
    echo.kill("SIGKILL");
  });

  test("a Service without endpoints refuses, and so does an address or a port of no Service", async () => {
    await proxy.apply([port({ backends: [] })]);
    expect(await caller.run(client(clusterIP, 80))).toBe("ECONNREFUSED");
    expect(await caller.run(client("10.96.9.9", 80))).toBe("ECONNREFUSED");
    expect(await caller.run(client(clusterIP, 81))).toBe("ECONNREFUSED");
  });

  test("a backend that is to answer through the node does not see the caller", async () => {
    await proxy.apply([port({ masquerade: true })]);
    expect((await caller.run(client(clusterIP, 80))).split(" ")[1]).not.toContain(caller.ip);
  });

  test("affinity keeps a client at its backend, and survives changes elsewhere", async () => {
    const affine = port({ affinitySeconds: 100 });
    await proxy.apply([affine]);
    const before = names(await caller.run(client(clusterIP, 80, 10)));
    expect(before.size).toBe(1);
    await proxy.apply([affine, port({ id: "default/other:http", clusterIP: "10.96.0.21" })]);
    expect(names(await caller.run(client(clusterIP, 80, 10)))).toEqual(before);
  });

  test("forwards UDP", async () => {
    await proxy.apply([port({ protocol: "UDP", backends: [{ ip: one.ip, port: 8080 }] })]);
    expect(await caller.run(udpClient(clusterIP, 80))).toBe("one hello");
  });

  describe("counts the connections that it sends to each backend", () => {
    const counts = async () =>
      Object.fromEntries(
        (await proxy.connections()).map(({ id, backend, count }) => [`${id} ${backend.ip}:${backend.port}`, count]),
      );
    const first = "default/web:http 10.244.0.2:8080";
    const second = "default/web:http 10.244.0.3:8080";

    test("from 0, and all of them", async () => {
      await proxy.apply([port()]);
      expect(await counts()).toEqual({ [first]: 0, [second]: 0 });
      const answers = (await caller.run(client(clusterIP, 80, 25))).split(",").map((answer) => answer.split(" ")[0]);
      const of = (name: string) => answers.filter((answer) => answer === name).length;
      expect(await counts()).toEqual({ [first]: of("one"), [second]: of("two") });
    });

    test("through changes elsewhere, and of other backends", async () => {
      const only = port({ backends: [{ ip: one.ip, port: 8080 }] });
      await proxy.apply([only]);
      await caller.run(client(clusterIP, 80, 5));
      await proxy.apply([port(), port({ id: "default/other:http", clusterIP: "10.96.0.21", backends: only.backends })]);
      expect(await counts()).toEqual({ [first]: 5, [second]: 0, "default/other:http 10.244.0.2:8080": 0 });
      await proxy.apply([port({ backends: [{ ip: two.ip, port: 8080 }] })]);
      expect(await counts()).toEqual({ [second]: 0 });
      await proxy.apply([only]);
      expect(await counts()).toEqual({ [first]: 0 });
    });

    test("each connection once, however much it says; with affinity; those that are refused; and flows of UDP", async () => {
      const talk = `const s = require("net").connect(80, "${clusterIP}"); let n = 0;
        const say = () => s.write("x"); s.on("connect", say);
        s.on("data", () => { if (++n === 50) s.end(); else say(); }); s.on("close", () => console.log(n));`;
      const echo = await one.start(
        `require("net").createServer((s) => s.pipe(s)).listen(9091, () => console.log("up"))`,
      );
      await proxy.apply([port({ affinitySeconds: 100, backends: [{ ip: one.ip, port: 9091 }] })]);
      expect([await caller.run(talk), await caller.run(talk)]).toEqual(["50", "50"]);
      expect(await counts()).toEqual({ "default/web:http 10.244.0.2:9091": 2 });
      echo.kill("SIGKILL");
      await proxy.apply([port({ backends: [{ ip: one.ip, port: 9999 }] })]);
      expect(await caller.run(client(clusterIP, 80))).toMatch(/^ECONN/);
      expect(await counts()).toEqual({ "default/web:http 10.244.0.2:9999": 1 });
      await proxy.apply([port({ protocol: "UDP", backends: [{ ip: one.ip, port: 8080 }] })]);
      await caller.run(udpClient(clusterIP, 80));
      expect(await counts()).toEqual({ [first]: 1 });
    });
  });

  describe("declared capabilities", () => {
    test("keepsClientAddress", async () => {
      await proxy.apply([port()]);
      const seen = (await caller.run(client(clusterIP, 80))).split(" ")[1];
      expect(seen?.endsWith(caller.ip)).toBe(proxy.capabilities.keepsClientAddress);
    });
    test("dropsSilently", async () => {
      await proxy.apply([port({ backends: [], drop: true })]);
      expect(await caller.run(client(clusterIP, 80, 1, 300))).toBe(
        proxy.capabilities.dropsSilently ? "TIMEOUT" : "ECONNREFUSED",
      );
    });
  });
}
