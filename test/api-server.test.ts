/** The real kubectl against the API server alone: everything that needs no controller. */
import { execFile, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kubeconfigFor } from "../src/server/pki/kubeconfig.ts";
import { testServer } from "../src/testing/server-fixture.ts";
import { kubectl, kubectlVersions } from "./tools/clients.ts";

let server: Awaited<ReturnType<typeof testServer>>;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  server = await testServer();
  const { pki, port, dir } = server;
  const file = join(dir, "kubeconfig");
  const config = kubeconfigFor({ name: "t", server: `https://127.0.0.1:${port}`, ca: pki.ca, credentials: pki.admin });
  await writeFile(file, JSON.stringify(config));
  env = { ...process.env, KUBECONFIG: file, HOME: dir, HTTPS_PROXY: "", NO_PROXY: "*" };
});
afterAll(() => server.close());

interface Output {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

describe.each(kubectlVersions)("kubectl %s", (version) => {
  const program = kubectl(version);
  const run = (line: string, stdin?: string) =>
    new Promise<Output>((resolve) => {
      const child = execFile(program, line.split(" "), { env }, (error, out, err) =>
        resolve({ code: typeof error?.code === "number" ? error.code : error ? 1 : 0, out, err }),
      );
      child.stdin?.end(stdin ?? "");
    });
  const n = version.replace(".", "");
  const from = Number(n) >= 134 ? " from default namespace" : "";
  const manifest = (data: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cm${n}\ndata:\n  key: ${data}\n`;

  test("creates, changes, shows and deletes a deployment", async () => {
    const web = `web${n}`;
    expect((await run(`create deployment ${web} --image=app:1`)).out).toBe(`deployment.apps/${web} created\n`);
    expect((await run(`create deployment ${web} --image=app:1`)).err).toBe(
      `error: failed to create deployment: deployments.apps "${web}" already exists\n`,
    );
    expect((await run(`get deployment ${web}`)).out).toBe(
      `NAME     READY   UP-TO-DATE   AVAILABLE   AGE\n${web}   0/1     0            0           0s\n`,
    );
    expect((await run(`scale deployment ${web} --replicas=3`)).out).toBe(`deployment.apps/${web} scaled\n`);
    expect((await run(`set image deployment/${web} app=app:2`)).out).toBe(`deployment.apps/${web} image updated\n`);
    expect((await run(`get deployment ${web} -o jsonpath={.spec.replicas}/{..image}`)).out).toBe("3/app:2");
    expect((await run(`expose deployment ${web} --port=80 --type=NodePort`)).out).toBe(`service/${web} exposed\n`);
    expect((await run(`get service ${web} -o name`)).out).toBe(`service/${web}\n`);
    expect((await run(`delete service ${web}`)).out).toBe(`service "${web}" deleted${from}\n`);
    expect((await run(`delete deployment ${web}`)).out).toBe(`deployment.apps "${web}" deleted${from}\n`);
    expect(await run(`get deployment ${web}`)).toEqual({
      code: 1,
      out: "",
      err: `Error from server (NotFound): deployments.apps "${web}" not found\n`,
    });
  });

  test("applies, on the client's side and on ours", async () => {
    expect((await run("apply -f -", manifest("a"))).out).toBe(`configmap/cm${n} created\n`);
    expect((await run("apply -f -", manifest("a"))).out).toBe(`configmap/cm${n} unchanged\n`);
    const diff = await run("diff -f -", manifest("b"));
    expect([diff.code, diff.out.includes("-  key: a\n+  key: b\n")]).toEqual([1, true]);
    expect((await run("apply -f -", manifest("b"))).out).toBe(`configmap/cm${n} configured\n`);
    expect((await run("apply --server-side -f -", manifest("b"))).out).toBe(`configmap/cm${n} serverside-applied\n`);
    const other = await run("apply --server-side --field-manager=other -f -", manifest("c"));
    expect(other.err).toContain('Apply failed with 1 conflict: conflict with "kubectl": .data.key');
    expect((await run(`patch configmap cm${n} -p {"data":{"more":"1"}}`)).out).toBe(`configmap/cm${n} patched\n`);
    expect((await run("replace -f -", manifest("d"))).out).toBe(`configmap/cm${n} replaced\n`);
    expect((await run("delete -f -", manifest("d"))).out).toBe(`configmap "cm${n}" deleted${from}\n`);
  });

  test("is told what is wrong", async () => {
    const unknown = await run("create -f -", manifest("a").replace("\ndata:", "\ndatas:"));
    expect(unknown.err).toContain('strict decoding error: unknown field "datas"');
    const name = await run("create -f -", manifest("a").replace(`cm${n}`, "CM"));
    expect(name.err).toContain('The ConfigMap "CM" is invalid: metadata.name: Invalid value: "CM"');
    expect((await run("get nothings")).err).toBe('error: the server doesn\'t have a resource type "nothings"\n');
    expect((await run("get pods --field-selector spec.nothing=x")).err).toContain(
      "field label not supported: spec.nothing",
    );
  });

  test("watches", async () => {
    const child = spawn(program, `get configmaps -w --no-headers --field-selector metadata.name=w${n}`.split(" "), {
      env,
    });
    let text = "";
    // What comes at a time may be less than a line.
    const lines = () => text.split("\n").slice(0, -1);
    const seen = (count: number) =>
      new Promise<void>((resolve) => {
        const check = () => lines().length >= count && resolve();
        child.stdout.on("data", check);
        check();
      });
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    await run(`create configmap w${n} --from-literal=a=1`);
    await seen(1);
    await run(`patch configmap w${n} -p {"data":{"b":"2"}}`);
    await seen(2);
    child.kill("SIGINT");
    await new Promise((resolve) => child.once("close", resolve));
    expect(lines().map((line) => line.split(/ +/).slice(0, 2))).toEqual([
      [`w${n}`, "1"],
      [`w${n}`, "2"],
    ]);
    await run(`delete configmap w${n}`);
  });

  test("explains, lists resources, and knows who it is", async () => {
    expect((await run("explain deployment.spec.replicas")).out).toContain("FIELD: replicas <integer>");
    expect((await run("api-resources --api-group=apps -o name")).out).toBe(
      "controllerrevisions.apps\ndaemonsets.apps\ndeployments.apps\nreplicasets.apps\nstatefulsets.apps\n",
    );
    expect((await run("auth whoami -o jsonpath={.status.userInfo.username}")).out).toBe("kubernetes-admin");
    expect((await run("auth can-i delete pods")).out).toBe("yes\n");
    const asked = await run("auth can-i list secrets --as=system:kube-scheduler");
    expect([asked.code, asked.out]).toEqual([1, "no\n"]);
    expect((await run("version")).out).toContain("Server Version: v1.34.");
    const token = (await run("create token default --duration=10m")).out.trim();
    const robot = await server.call("/apis/authentication.k8s.io/v1/selfsubjectreviews", {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: {},
      as: null,
    });
    expect(robot.json().status.userInfo.username).toBe("system:serviceaccount:default:default");
  });
});
