import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { KubeconfigError, kubeconfigPaths, loadKubeconfig, resolveContext } from "../kubeconfig.ts";

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
      `${config("two", "https://2:2")}`.replace("clusters: [", "clusters: [{name: one, cluster: {server: other}}, "),
    ),
  ];
  const merged = await loadKubeconfig(paths);
  expect(await resolveContext(merged, "ua")).toEqual({
    rest: { server: "https://1:1", ca: "CA", token: "t-one", userAgent: "ua" },
    context: "one",
    cluster: "one",
    namespace: "ns-one",
  });
  expect(await resolveContext(merged, "ua", { context: "two", namespace: "other" })).toMatchObject({
    rest: { server: "https://2:2", token: "t-two" },
    namespace: "other",
  });
  expect((await resolveContext(merged, "ua", { cluster: "two", user: "one" })).rest).toMatchObject({
    server: "https://2:2",
    token: "t-one",
  });
});

test("certificates inline or in files beside the kubeconfig", async () => {
  file("client.crt", "FILE CERT");
  file("client.key", "FILE KEY");
  const path = file("config", config("a", "https://a", "client-certificate: client.crt, client-key: client.key"));
  expect((await resolveContext(await loadKubeconfig([path]), "ua")).rest).toMatchObject({
    cert: "FILE CERT",
    key: "FILE KEY",
  });
  const inline = `client-certificate-data: ${base64("CERT")}, client-key-data: ${base64("KEY")}`;
  const other = await loadKubeconfig([file("other", config("a", "https://a", inline))]);
  expect((await resolveContext(other, "ua")).rest).toMatchObject({ cert: "CERT", key: "KEY" });
  rmSync(join(dir, "client.crt"));
  const missing = loadKubeconfig([path]).then((read) => resolveContext(read, "ua"));
  await expect(missing).rejects.toThrow(`unable to read client-cert ${join(dir, "client.crt")} for a due to open`);
});

test("what cannot be used says so", async () => {
  const load = (text: string) => loadKubeconfig([file("config", text)]);
  await expect(load("a: b: c")).rejects.toBeInstanceOf(KubeconfigError);
  await expect(load("[1]")).rejects.toThrow(
    "couldn't get version/kind; json parse error: json: cannot unmarshal array",
  );
  const good = await load(config("a", "https://a"));
  const resolving = (overrides: Parameters<typeof resolveContext>[2], from = good) =>
    expect(resolveContext(from, "ua", overrides)).rejects;
  await resolving({ context: "x" }).toThrow('context "x" does not exist');
  await resolving({ cluster: "x" }).toThrow('no server found for cluster "x"');
  await resolving({ user: "x" }).toThrow('auth info "x" does not exist');
  await resolving({}, await load(config("a", "https://a", "exec: {command: x}"))).toThrow(
    "invalid configuration: [apiVersion must be specified for a to use exec authentication plugin, interactiveMode must be specified for a to use exec authentication plugin]",
  );
});

/** kubectl 1.34 takes it for YAML, whatever it begins with. */
test.each([
  ["{apiVersion: v1, kind: Config, current-context: x}", "x"],
  ['{"current-context": "x",}', "x"],
  ['{"current-context": "x"}{"current-context": "y"}', "x"],
  ["kind: Config\nkind: Config\ncurrent-context: x\n", "x"],
  ['{"current-context": "x"', "yaml: line 1: did not find expected ',' or '}'"],
  ["{current-context: x,,}", "yaml: did not find expected node content"],
  ["{{ x }}", 'yaml: invalid map key: map[interface {}]interface {}{"x":interface {}(nil)}'],
  ["current-context: *x", "yaml: unknown anchor 'x' referenced"],
])("a file that says %j", async (text, said) => {
  const path = file("config", text);
  const read = loadKubeconfig([path]);
  if (said === "x") expect((await read)["current-context"]).toBe("x");
  else await expect(read).rejects.toThrow(`error loading config file "${path}": ${said}`);
});

test("a server without TLS gets no credentials; flags replace fields", async () => {
  const read = await loadKubeconfig([file("config", config("a", "http://a:1"))]);
  expect((await resolveContext(read, "ua")).rest).toEqual({ server: "http://a:1", userAgent: "ua" });
  const fields = {
    clusterFields: { server: "https://b", "insecure-skip-tls-verify": true },
    userFields: { as: "u", "as-groups": ["g"] },
  };
  expect((await resolveContext(read, "ua", fields)).rest).toEqual({
    server: "https://b",
    insecureSkipTlsVerify: true,
    token: "t-a",
    impersonate: { user: "u", groups: ["g"] },
    userAgent: "ua",
  });
});
