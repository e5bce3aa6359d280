import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Clock, systemClock, systemRandom } from "../../base/clock.ts";
import { kubeconfigFor } from "./kubeconfig.ts";
import { ensurePki } from "./pki.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "wherry-pki-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const options = { clock: systemClock, random: systemRandom };

test("makes an authority and what it signs, once", async () => {
  const first = await ensurePki(dir, options);
  const ca = new X509Certificate(first.ca);
  expect(ca.ca).toBe(true);
  const server = new X509Certificate(first.server.cert);
  expect(server.verify(ca.publicKey)).toBe(true);
  expect(server.checkHost("kubernetes.default.svc")).toBeDefined();
  expect(server.checkIP("::1")).toBeDefined();
  expect(server.checkIP("10.96.0.1")).toBeDefined();
  expect(new X509Certificate(first.admin.cert).subject).toBe("O=system:masters\nCN=kubernetes-admin");
  const node = new X509Certificate((await first.node("n1")).cert);
  expect(node.subject).toBe("O=system:nodes\nCN=system:node:n1");
  expect(node.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);

  const again = await ensurePki(dir, options);
  expect([again.ca, again.server, again.admin]).toEqual([first.ca, first.server, first.admin]);
  expect(await again.node("n1")).toEqual(await first.node("n1"));
  expect((await stat(join(dir, "ca.key"))).mode & 0o777).toBe(0o600);
});

test("a new host gets a new server certificate from the same authority", async () => {
  const first = await ensurePki(dir, options);
  const second = await ensurePki(dir, { ...options, hosts: ["wherry.example", "192.0.2.7"] });
  expect(second.ca).toBe(first.ca);
  expect(second.admin).toEqual(first.admin);
  const server = new X509Certificate(second.server.cert);
  expect(server.checkHost("wherry.example")).toBeDefined();
  expect(server.checkIP("192.0.2.7")).toBeDefined();
  expect(await readFile(join(dir, "apiserver.crt"), "utf8")).toBe(second.server.cert);
});

test("certificates are renewed when they end within 30 days", async () => {
  const first = await ensurePki(dir, options);
  const later: Clock = { ...systemClock, now: () => systemClock.now() + 340 * 86_400_000 };
  const second = await ensurePki(dir, { ...options, clock: later });
  expect(second.ca).toBe(first.ca);
  expect(second.admin.cert).not.toBe(first.admin.cert);
});

test("a kubeconfig carries everything a client needs", async () => {
  const pki = await ensurePki(dir, options);
  const config = kubeconfigFor({
    name: "wherry",
    server: "https://127.0.0.1:6443",
    ca: pki.ca,
    credentials: pki.admin,
  });
  expect(config["current-context"]).toBe("wherry");
  expect(Buffer.from(config.clusters[0]?.cluster["certificate-authority-data"] ?? "", "base64").toString()).toBe(
    pki.ca,
  );
});
