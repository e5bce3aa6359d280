import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { KubeconfigError, kubeconfigPaths, loadKubeconfig, readKubeconfig, resolveContext } from "./kubeconfig.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "wherry-kubeconfig-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
};
const base64 = (text: string) => Buffer.from(text).toString("base64");
const config = (name: string, server: string, user = "") => `
apiVersion: v1
kind: Config
clusters: [{name: ${name}, cluster: {server: ${server}, certificate-authority-data: ${base64("CA")}}}]
users: [{name: ${name}, user: {${user || `token: t-${name}`}}}]
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}, namespace: ns-${name}}}]
current-context: ${name}
`;

test("the files that count: the flag, else KUBECONFIG, else the home directory's", () => {
  expect(kubeconfigPaths({ KUBECONFIG: "/a:/b::/a", HOME: "/h" }, "/flag")).toEqual(["/flag"]);
  expect(kubeconfigPaths({ KUBECONFIG: "/a:/b::/a", HOME: "/h" })).toEqual(["/a", "/b"]);
  expect(kubeconfigPaths({ HOME: "/h" })).toEqual(["/h/.kube/config"]);
});

test("files merge, the first to name a thing wins, missing ones are skipped", async () => {
  const paths = [
    file("one", config("one", "https://1:1")),
    join(dir, "missing"),
    file(
      "two",
      `${config("two", "https://2:2")}`.replace("clusters: [", "clusters: [{name: one, cluster: {server: no}}, "),
    ),
  ];
  const merged = await loadKubeconfig(paths);
  expect(resolveContext(merged, "ua")).toEqual({
    rest: { server: "https://1:1", ca: "CA", token: "t-one", userAgent: "ua" },
    context: "one",
    cluster: "one",
    namespace: "ns-one",
  });
  expect(resolveContext(merged, "ua", { context: "two", namespace: "other" })).toMatchObject({
    rest: { server: "https://2:2", token: "t-two" },
    namespace: "other",
  });
  expect(resolveContext(merged, "ua", { cluster: "two", user: "one" }).rest).toMatchObject({
    server: "https://2:2",
    token: "t-one",
  });
});

test("certificates inline or in files beside the kubeconfig; inline wins", async () => {
  file("client.crt", "FILE CERT");
  file("client.key", "FILE KEY");
  const inline = `client-certificate: client.crt, client-key: client.key, client-key-data: ${base64("KEY")}`;
  const read = await readKubeconfig(file("config", config("a", "https://a", inline)));
  expect(resolveContext(read ?? {}, "ua").rest).toMatchObject({ cert: "FILE CERT", key: "KEY" });
  rmSync(join(dir, "client.crt"));
  expect(() => resolveContext(read ?? {}, "ua")).toThrow(/unable to read .*client\.crt/);
});

test("what cannot be used says so", async () => {
  const load = (text: string) => loadKubeconfig([file("config", text)]);
  await expect(load("a: b: c")).rejects.toBeInstanceOf(KubeconfigError);
  await expect(load("[1]")).rejects.toThrow("it holds no kubeconfig");
  const good = await load(config("a", "https://a"));
  expect(() => resolveContext(good, "ua", { context: "x" })).toThrow('context "x" does not exist');
  expect(() => resolveContext(good, "ua", { cluster: "x" })).toThrow('cluster "x" does not exist');
  expect(() => resolveContext(good, "ua", { user: "x" })).toThrow('auth info "x" does not exist');
  const plugin = await load(config("a", "https://a", "exec: {command: x}"));
  expect(() => resolveContext(plugin, "ua")).toThrow("exec and auth-provider credentials are not supported");
});
