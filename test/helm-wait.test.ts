/** Real Helm, with `--wait`, against real containers: what it has waited for is there when it returns. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HelmVersion, helmVersions } from "./tools/clients.ts";
import { repository, startTestCluster, succeeded, type TestCluster } from "./tools/cluster.ts";
import { eventually } from "./tools/eventually.ts";
import { oneAfterTheOther } from "./tools/sequence.ts";

let cluster: TestCluster;
const chart = join(repository, "test/fixtures/chart");

beforeAll(async () => {
  cluster = await startTestCluster();
  await cluster.buildFirstApp(3, 4);
});
afterAll(() => cluster?.stop());

describe.each(helmVersions)("Helm %s", (version: HelmVersion) => {
  oneAfterTheOther();
  const release = `app-${version}`;
  const helm = async (...args: string[]) => succeeded(await cluster.helm(version, args), `helm ${args.join(" ")}`);
  const wait = ["--wait", "--timeout", "90s"];

  /** Each time on a connection of its own: one that is kept may belong to a pod that has ended. */
  const answer = async (ip: string) => (await fetch(`http://${ip}:8080/`, { headers: { connection: "close" } })).text();
  /** Exactly so many pods are ready, all of one version, and the Service leads to them. */
  const serves = async (appVersion: number, replicas: number) => {
    const { status } = await cluster.object("deployment", release);
    expect(status.updatedReplicas).toBe(replicas);
    // Helm 3 looks at the new ReplicaSet alone: the Deployment may yet have to count, and the last old pod to go.
    await eventually(async () => {
      const { status } = await cluster.object("deployment", release);
      expect(status).toMatchObject({ replicas, readyReplicas: replicas, updatedReplicas: replicas });
    });
    const { ip } = (await cluster.object("service", release)).status.loadBalancer.ingress[0];
    // Terminated pods may take a moment to leave the node's proxy; Helm waits for the Deployment only.
    await eventually(async () => {
      expect(await answer(ip)).toMatch(new RegExp(`^first-app version ${appVersion} on ${release}-`));
    });
  };

  test("install", async () => {
    const out = await helm("install", release, chart, ...wait);
    expect(out).toContain("STATUS: deployed\nREVISION: 1\n");
    expect(out).toContain(`${release} runs version 3.`);
    await serves(3, 2);
  });

  test("upgrade", async () => {
    const out = await helm("upgrade", release, chart, "--set", "version=4,replicas=3", ...wait);
    expect(out).toContain(`Release "${release}" has been upgraded. Happy Helming!`);
    await serves(4, 3);
  });

  test("an upgrade that cannot become ready fails, and the app goes on", async () => {
    const { code, err } = await cluster.helm(version, [
      ...["upgrade", release, chart, "--set", "version=10", "--wait", "--timeout", "3s"],
    ]);
    expect(code).toBe(1);
    expect(err).toMatch(/UPGRADE FAILED/);
    const { ip } = (await cluster.object("service", release)).status.loadBalancer.ingress[0];
    expect(await answer(ip)).toMatch(/^first-app version 4 /);
  });

  test("rollback", async () => {
    expect(await helm("rollback", release, "1", ...wait)).toContain("Rollback was a success! Happy Helming!");
    await serves(3, 2);
    const history: { revision: number; status: string }[] = JSON.parse(await helm("history", release, "-o", "json"));
    expect(history.map(({ revision, status }) => [revision, status])).toEqual([
      [1, "superseded"],
      [2, "superseded"],
      [3, "failed"],
      [4, "deployed"],
    ]);
    expect(JSON.parse(await helm("list", "-o", "json"))).toMatchObject([
      { name: release, revision: "4", status: "deployed", chart: "small-1.0.0" },
    ]);
  });

  test("uninstall", async () => {
    expect(await helm("uninstall", release, ...wait)).toContain(`release "${release}" uninstalled\n`);
    for (const kind of ["deployment", "service", "configmap"])
      expect((await cluster.kubectl("1.34", ["get", kind, release])).err).toContain("(NotFound)");
    await eventually(async () => expect((await cluster.object("pods")).items).toEqual([]));
    expect(JSON.parse(await helm("list", "--all", "-o", "json").catch(() => helm("list", "-o", "json")))).toEqual([]);
  });
});
