/** Real kubectl writes to a real API server over an in-memory store: what it sends is decoded, validated and patched. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
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

const file = (object: object): string => {
  const path = join(server.dir, "object.json");
  writeFileSync(path, JSON.stringify(object));
  return path;
};

const deployment = (name: string, changes: object = {}, container: object = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "a", image: "b:1", ports: [{ containerPort: 80 }], ...container }] },
    },
    ...changes,
  },
});

describe.each(kubectlVersions)("kubectl %s", (version) => {
  const run = (...args: string[]) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const env = { PATH: "/usr/bin:/bin", HOME: join(server.dir, version), KUBECONFIG: kubeconfig };
      execFile(kubectl(version), args, { env }, (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, out, err }),
      );
    });
  const name = `web-${version.replace(".", "-")}`;
  const cannot = (kind: string, why: string) => `${kind} in version "v1" cannot be handled as a ${kind}: ${why}\n`;

  test("a generated object arrives whole", async () => {
    const other = `${name}-generated`;
    expect(await run("create", "deployment", other, "--image=b:1", "--port=80", "--replicas=0")).toEqual({
      code: 0,
      out: `deployment.apps/${other} created\n`,
      err: "",
    });
    const { out } = await run("get", "deployment", other, "-o", "json");
    expect(JSON.parse(out).spec).toMatchObject({
      replicas: 0,
      selector: { matchLabels: { app: other } },
      template: {
        spec: { containers: [{ name: "b", image: "b:1", ports: [{ containerPort: 80, protocol: "TCP" }] }] },
      },
    });
  });

  test("apply creates, leaves alone, and changes; diff shows what it would change", async () => {
    expect((await run("apply", "-f", file(deployment(name)))).out).toBe(`deployment.apps/${name} created\n`);
    expect((await run("apply", "-f", file(deployment(name)))).out).toBe(`deployment.apps/${name} unchanged\n`);
    const changed = file(deployment(name, { replicas: 0 }, { image: "b:2" }));
    const diff = await run("diff", "-f", changed);
    expect(diff.code).toBe(1);
    const lines = diff.out.split("\n").filter((line) => /^[-+] /.test(line));
    expect(lines.map((line) => line.replace(/\s+/g, " "))).toEqual([
      "- generation: 1",
      "+ generation: 2",
      "- replicas: 2",
      "+ replicas: 0",
      "- - image: b:1",
      "+ - image: b:2",
    ]);
    expect((await run("apply", "-f", changed)).out).toBe(`deployment.apps/${name} configured\n`);
    expect((await run("diff", "-f", changed)).code).toBe(0);
    expect((await run("apply", "--server-side", "-f", changed)).out).toBe(
      `deployment.apps/${name} serverside-applied\n`,
    );
  });

  test("an unknown field is refused, or named in a warning", async () => {
    const wrong = file(deployment(`${name}-strict`, { foo: 1 }, { imag: "x" }));
    const refused = await run("create", "-f", wrong);
    expect(refused.code).toBe(1);
    const fields = 'unknown field "spec.foo", unknown field "spec.template.spec.containers[0].imag"';
    expect(refused.err).toBe(
      `Error from server (BadRequest): error when creating "${wrong}": ${cannot("Deployment", `strict decoding error: ${fields}`)}`,
    );
    const warned = await run("create", "--validate=warn", "-f", wrong);
    expect(warned.err).toBe(
      'Warning: unknown field "spec.foo"\nWarning: unknown field "spec.template.spec.containers[0].imag"\n',
    );
    expect(warned.out).toBe(`deployment.apps/${name}-strict created\n`);
  });

  test("a value of the wrong type is refused in Go's words", async () => {
    const cases: [object, string][] = [
      [
        deployment(`${name}-type`, { replicas: "many" }),
        cannot(
          "Deployment",
          "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
      ],
      [
        { apiVersion: "v1", kind: "Secret", metadata: { name: `${name}-type` }, data: { a: "%%%" } },
        cannot("Secret", "illegal base64 data at input byte 0"),
      ],
      [
        deployment(`${name}-type`, {}, { resources: { limits: { cpu: "much" } } }),
        cannot(
          "Deployment",
          "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
      ],
    ];
    for (const [object, message] of cases) {
      const path = file(object);
      const { code, err } = await run("create", "-f", path);
      expect(code).toBe(1);
      expect(err).toBe(`Error from server (BadRequest): error when creating "${path}": ${message}`);
    }
  });

  test("a patch whose result is not of its type is invalid, and shown", async () => {
    const target = `${name}-patched`;
    await run("create", "-f", file(deployment(target)));
    const patch = async (type: string, body: object) =>
      (await run("patch", "deployment", target, `--type=${type}`, "-p", JSON.stringify(body))).err;
    const invalid = (value: string, why: string) =>
      `The request is invalid: patch: Invalid value: "${value}": ${why}\n`;
    expect(await patch("strategic", { spec: { replicas: "many", paused: null } })).toBe(
      invalid("map[spec:map[paused:<nil> replicas:many]]", "unrecognized type: int32"),
    );
    expect(await patch("merge", { spec: { replicas: "many" } })).toMatch(
      /^The request is invalid: patch: Invalid value: "\{.*\}": json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32\n$/,
    );
    const applied = await run("apply", "-f", file(deployment(target, { foo: 1 })));
    expect(applied.code).toBe(1);
    expect(applied.err).toContain('strict decoding error: unknown field "spec.foo"');
  });

  test("explain reads the server's documents, old and new", async () => {
    const text = await run("explain", "deploy.spec.template.spec.containers.image");
    expect(text.err).toBe("");
    expect(text.out).toContain("FIELD: image <string>");
    expect((await run("explain", "deploy.spec", "--output=plaintext-openapiv2")).out).toContain("replicas\t<integer>");
  });
});
