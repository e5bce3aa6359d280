/**
 * The rollout story by `wherry kubectl` and by the real kubectl 1.34: either may type each line, and both print the same
 * bytes, also of whatever there is to see in between.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withoutAges } from "./kubectl/masks.ts";
import { repository, startTestCluster, type TestCluster } from "./tools/cluster.ts";
import { eventually } from "./tools/eventually.ts";
import type { Result } from "./tools/run.ts";
import { oneAfterTheOther } from "./tools/sequence.ts";

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
  await cluster.buildFirstApp(3, 4);
});
afterAll(() => cluster?.stop());

const programs = {
  kubectl: (args: readonly string[], input?: string) => cluster.kubectl("1.34", args, { input }),
  "wherry kubectl": (args: readonly string[], input?: string) => cluster.wherry(["kubectl", ...args], { input }),
} as const;
type Program = keyof typeof programs;

const aged = (result: Result): Result => ({ ...result, out: withoutAges(result.out) });

/**
 * Both programs say the same, but for ages, which pass a second between the two on a busy machine. What they show may
 * change between the two: then they are asked again.
 */
async function bothSay(...args: string[]): Promise<Result> {
  return eventually(async () => {
    const [theirs, ours] = await Promise.all([programs.kubectl(args), programs["wherry kubectl"](args)]);
    expect(aged(ours), args.join(" ")).toEqual(aged(theirs));
    return theirs;
  });
}

const show = async () => {
  const pods = (await cluster.ask("get", "pods", "-o", "name")).trim().split("\n").filter(Boolean);
  for (const args of [
    ["get", "pods"],
    ["get", "pods", "-o", "wide"],
    ["get", "deployments,replicasets,services"],
    ["get", "deployment", "first-app", "-o", "wide"],
    ["get", "deployment", "first-app", "-o", "yaml"],
    ["get", "deployment/first-app", "service/first-app", "-o", "json"],
    ["get", "pods", "-l", "app=first-app", "-o", "jsonpath={.items[*].spec.containers[*].image}"],
    ["describe", "deployment", "first-app"],
    ["describe", "service", "first-app"],
    ...pods.map((pod) => ["describe", pod]),
    ["rollout", "history", "deployment/first-app"],
  ])
    await bothSay(...args);
};

const image = (version: number) => `axel9309/kub-first-app:${version}`;

describe.each(Object.keys(programs) as Program[])("typed into %s", (program) => {
  oneAfterTheOther();
  const type = (line: string) => programs[program](line.split(" "));
  const said = (out: string) => ({ code: 0, out, err: "" });
  /** What there is to see does not depend on who typed: comparing it in one of the two plays is enough. */
  const everything = async () => void (program === "kubectl" && (await show()));
  const settled = () => bothSay("rollout", "status", "deployment/first-app");
  const onePod = () =>
    eventually(async () => expect((await cluster.object("pods", "-l", "app=first-app")).items).toHaveLength(1));

  afterAll(async () => {
    await cluster.ask("delete", "deployments,services", "--all", "--ignore-not-found");
    await eventually(async () => expect((await cluster.object("pods")).items).toEqual([]));
  });

  test("create, expose", async () => {
    expect(await type(`create deployment first-app --image=${image(3)}`)).toEqual(
      said("deployment.apps/first-app created\n"),
    );
    expect(await type("expose deployment first-app --type=LoadBalancer --port=8080")).toEqual(
      said("service/first-app exposed\n"),
    );
    const { code, out } = await type("rollout status deployment/first-app");
    expect(code).toBe(0);
    expect(out).toMatch(/(^|\n)deployment "first-app" successfully rolled out\n$/);
    await everything();
    await bothSay("logs", "deployment/first-app");
    expect(await type(`create deployment first-app --image=${image(3)}`)).toEqual({
      code: 1,
      out: "",
      err: 'error: failed to create deployment: deployments.apps "first-app" already exists\n',
    });
  });

  test("set image, rollout status", async () => {
    expect(await type(`set image deployment/first-app kub-first-app=${image(4)}`)).toEqual(
      said("deployment.apps/first-app image updated\n"),
    );
    const { out } = await type("rollout status deployment/first-app");
    expect(out).toMatch(/(^|\n)deployment "first-app" successfully rolled out\n$/);
    expect(await settled()).toEqual(said('deployment "first-app" successfully rolled out\n'));
    await onePod();
    await everything();
  });

  test("a version that is not there", async () => {
    expect(await type(`set image deployment/first-app kub-first-app=${image(10)}`)).toEqual(
      said("deployment.apps/first-app image updated\n"),
    );
    await eventually(async () => expect(await cluster.ask("get", "pods")).toContain("ImagePullBackOff"));
    // On a busy machine the time may be over before either has looked.
    await eventually(async () => {
      const stalled = await bothSay("rollout", "status", "deployment/first-app", "--timeout=1s");
      expect(stalled).toEqual({
        code: 1,
        out: 'Waiting for deployment "first-app" rollout to finish: 1 old replicas are pending termination...\n',
        err: "error: timed out waiting for the condition\n",
      });
    });
    expect(await bothSay("rollout", "status", "deployment/first-app", "--watch=false")).toMatchObject({ code: 0 });
    await everything();
    await bothSay("logs", "-l", "app=first-app");
  });

  test("rollout undo, history", async () => {
    expect(await type("rollout undo deployment/first-app")).toEqual(said("deployment.apps/first-app rolled back\n"));
    await onePod();
    await settled();
    expect((await bothSay("rollout", "history", "deployment/first-app")).out).toContain(
      "REVISION  CHANGE-CAUSE\n1         <none>\n3         <none>\n4         <none>\n",
    );
    const { out } = await bothSay("rollout", "history", "deployment/first-app", "--revision=4");
    expect(out).toContain(`Image:\t${image(4)}\n`);
    await bothSay("rollout", "history", "deployment/first-app", "--revision=2");
    expect(await type("rollout undo deployment/first-app --to-revision=1 --dry-run=server")).toEqual(
      said("deployment.apps/first-app rolled back (server dry run)\n"),
    );
    expect(await type("rollout undo deployment/first-app --to-revision=1")).toEqual(
      said("deployment.apps/first-app rolled back\n"),
    );
    await onePod();
    await settled();
    await everything();
    expect(await type("rollout undo deployment/first-app --to-revision=77")).toEqual({
      code: 1,
      out: "",
      err: "error: unable to find specified revision 77 in history\n",
    });
  });

  test("scale, pause, resume, restart", async () => {
    expect(await type("scale deployment/first-app --replicas=2")).toEqual(said("deployment.apps/first-app scaled\n"));
    expect(await type("rollout pause deployment/first-app")).toEqual(said("deployment.apps/first-app paused\n"));
    await bothSay("rollout", "pause", "deployment/first-app");
    expect((await type("rollout restart deployment/first-app")).err).toBe(
      'error: deployments.apps "first-app" can\'t restart paused deployment (run rollout resume first)\n',
    );
    expect(await type("rollout resume deployment/first-app")).toEqual(said("deployment.apps/first-app resumed\n"));
    await bothSay("rollout", "resume", "deployment/first-app");
    expect(await type("rollout restart deployment/first-app")).toEqual(said("deployment.apps/first-app restarted\n"));
    expect((await type("rollout status deployment/first-app")).out).toMatch(/successfully rolled out\n$/);
  });

  test("delete", async () => {
    expect(await type("delete service first-app")).toEqual(
      said('service "first-app" deleted from default namespace\n'),
    );
    expect(await type("delete deployment first-app")).toEqual(
      said('deployment.apps "first-app" deleted from default namespace\n'),
    );
    await eventually(async () => expect((await cluster.object("pods")).items).toEqual([]));
    await bothSay("get", "pods");
    await bothSay("get", "deployment", "first-app");
    await bothSay("delete", "deployment", "first-app");
  });

  test("the same declaratively", async () => {
    const file = join(repository, "examples/first-app/deployment.yaml");
    const next = readFileSync(file, "utf8").replace(image(3), image(4));
    expect(await type(`apply -f ${file}`)).toEqual(
      said("deployment.apps/first-app created\nservice/first-app created\n"),
    );
    expect(await type(`apply -f ${file}`)).toEqual(
      said("deployment.apps/first-app unchanged\nservice/first-app unchanged\n"),
    );
    expect((await type("rollout status deployment/first-app")).out).toMatch(/successfully rolled out\n$/);
    await everything();
    expect(await programs[program](["apply", "-f", "-"], next)).toEqual(
      said("deployment.apps/first-app configured\nservice/first-app unchanged\n"),
    );
    expect((await type("rollout status deployment/first-app")).out).toMatch(/successfully rolled out\n$/);
    // Each takes up what the other has applied.
    const other = Object.keys(programs).find((name) => name !== program) as Program;
    expect(await programs[other](["apply", "-f", "-"], next)).toEqual(
      said("deployment.apps/first-app unchanged\nservice/first-app unchanged\n"),
    );
    expect(await type(`delete -f ${file}`)).toEqual(
      said(
        'deployment.apps "first-app" deleted from default namespace\nservice "first-app" deleted from default namespace\n',
      ),
    );
    await eventually(async () => expect((await cluster.object("pods")).items).toEqual([]));
  });
});
