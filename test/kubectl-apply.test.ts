/** Who owns which field, as the real kubectl sees it: server-side apply, conflicts, and the three kinds of patch. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kubeconfigFor } from "../src/server/pki/kubeconfig.ts";
import { testServer } from "../src/testing/server-fixture.ts";
import { kubectl, kubectlVersions } from "./tools/clients.ts";

let server: Awaited<ReturnType<typeof testServer>>;
let kubeconfig: string;

beforeAll(async () => {
  server = await testServer();
  kubeconfig = join(server.dir, "kubeconfig");
  const { ca, admin } = server.pki;
  const config = kubeconfigFor({ name: "test", server: `https://127.0.0.1:${server.port}`, ca, credentials: admin });
  writeFileSync(kubeconfig, JSON.stringify(config));
});
afterAll(() => server.close());

describe.each(kubectlVersions)("kubectl %s", (version) => {
  const name = `web-${version.replace(".", "-")}`;
  const home = () => join(server.dir, version);
  const run = (...args: string[]) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const env = { PATH: "/usr/bin:/bin", HOME: home(), KUBECONFIG: kubeconfig };
      execFile(kubectl(version), args, { env }, (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, out, err }),
      );
    });
  const file = (spec: object, metadata: object = {}): string => {
    mkdirSync(home(), { recursive: true });
    const path = join(home(), "object.json");
    const object = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, ...metadata }, spec };
    writeFileSync(path, JSON.stringify(object));
    return path;
  };
  const get = async () => JSON.parse((await run("get", "deployment", name, "--show-managed-fields", "-o", "json")).out);
  const managers = async () =>
    (await get()).metadata.managedFields.map((e: { manager: string; operation: string; subresource?: string }) =>
      [e.manager, e.operation, ...(e.subresource ? [e.subresource] : [])].join(" "),
    );
  const template = (image: string, more: object = {}) => ({
    metadata: { labels: { app: name } },
    spec: { containers: [{ name: "a", image, ports: [{ containerPort: 80 }], ...more }] },
  });
  const whole = (replicas: number, image: string) => ({
    replicas,
    selector: { matchLabels: { app: name } },
    template: template(image),
  });

  test("an apply over another's fields is refused with upstream's advice, and forced through", async () => {
    await run("create", "deployment", name, "--image=a:1", "--replicas=1", "--port=80");
    const applied = file({ replicas: 3 });
    const refused = await run("apply", "--server-side", "-f", applied);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(
      /^(error|Error from server): Apply failed with 1 conflict: conflict with "kubectl-create" using apps\/v1: \.spec\.replicas\nPlease review the fields above/,
    );
    expect((await run("apply", "--server-side", "--force-conflicts", "-f", applied)).out).toBe(
      `deployment.apps/${name} serverside-applied\n`,
    );
    expect((await get()).spec.replicas).toBe(3);
    expect(await managers()).toEqual(["kubectl Apply", "kubectl-create Update"]);
  });

  test("what is applied no more goes away; what another owns stays", async () => {
    const env = (...names: string[]) =>
      file({ template: { spec: { containers: [{ name: "web", env: names.map((n) => ({ name: n, value: "1" })) }] } } });
    const apply = (path: string, manager: string) =>
      run("apply", "--server-side", "--field-manager", manager, "-f", path);
    const names = async () => {
      const { containers } = (await get()).spec.template.spec;
      return containers.find((c: { name: string }) => c.name === "web")?.env?.map((e: { name: string }) => e.name);
    };
    await run("delete", "deployment", name);
    await run("create", "deployment", name, "--image=web:1");
    expect((await apply(env("A", "B"), "one")).err).toBe("");
    expect((await apply(env("B", "C"), "two")).err).toBe("");
    expect((await names()).sort()).toEqual(["A", "B", "C"]);
    await apply(env(), "one");
    expect((await names()).sort()).toEqual(["B", "C"]);
  });

  test("an object applied by the client changes over to the server's side, and back", async () => {
    await run("delete", "deployment", name);
    expect((await run("apply", "-f", file(whole(1, "a:1")))).out).toBe(`deployment.apps/${name} created\n`);
    expect((await run("apply", "--server-side", "-f", file(whole(2, "a:2")))).out).toBe(
      `deployment.apps/${name} serverside-applied\n`,
    );
    const { metadata, spec } = await get();
    expect([spec.replicas, spec.template.spec.containers[0].image]).toEqual([2, "a:2"]);
    const kept = JSON.parse(metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]);
    expect(kept.spec.replicas).toBe(2);
    expect((await run("apply", "-f", file(whole(4, "a:2")))).out).toBe(`deployment.apps/${name} configured\n`);
    expect((await get()).spec.replicas).toBe(4);
  });

  test("an apply twice changes nothing, not even a time", async () => {
    await run("delete", "deployment", name);
    const path = file(whole(1, "a:1"));
    await run("apply", "--server-side", "-f", path);
    const before = await get();
    await run("apply", "--server-side", "-f", path);
    expect(await get()).toEqual(before);
  });

  test("the three kinds of patch do what they do upstream", async () => {
    const patch = (type: string, body: unknown) =>
      run("patch", "deployment", name, "--type", type, "-p", JSON.stringify(body));
    const sidecar = { spec: { template: { spec: { containers: [{ name: "b", image: "b:1" }] } } } };
    const images = async () => (await get()).spec.template.spec.containers.map((c: { image: string }) => c.image);
    expect((await patch("strategic", sidecar)).out).toBe(`deployment.apps/${name} patched\n`);
    expect((await images()).sort()).toEqual(["a:1", "b:1"]);
    expect((await patch("strategic", sidecar)).out).toBe(`deployment.apps/${name} patched (no change)\n`);
    await patch("merge", sidecar);
    expect(await images()).toEqual(["b:1"]);
    await patch("json", [{ op: "replace", path: "/spec/replicas", value: 7 }]);
    expect((await get()).spec.replicas).toBe(7);
    expect(await patch("json", [{ op: "test", path: "/spec/replicas", value: 8 }])).toEqual({
      code: 1,
      out: "",
      err: "The request is invalid: the server rejected our request due to an error in our request\n",
    });
    const nameless = await patch("strategic", { spec: { template: { spec: { containers: [{ image: "x" }] } } } });
    expect(nameless.err).toBe("Error from server: map: map[image:x] does not contain declared merge key: name\n");
    expect(await managers()).toContain("kubectl-patch Update");
  });
});
