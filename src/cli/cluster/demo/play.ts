/** The story that the demo plays: deploy, update, a bad image, undo, history, a revision by number, delete. */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../../base/clock.ts";
import type { Stage } from "./stage.ts";
import { startTraffic, type TrafficCounts } from "./traffic.ts";

const appPath = fileURLToPath(new URL("../../../../examples/first-app", import.meta.url));
/** As somebody in this directory would type it. */
const app = relative(process.cwd(), appPath).startsWith("..") ? appPath : relative(process.cwd(), appPath);
const image = (version: number) => `axel9309/kub-first-app:${version}`;
const deployment = "deployment/first-app";
/** Requests per second that flow through the Service. */
export const requestRate = 100;

export interface PlayOptions {
  readonly stage: Stage;
  readonly cluster: string;
  readonly clock: Clock;
}

export async function play({ stage, cluster, clock }: PlayOptions): Promise<TrafficCounts> {
  const kubectl = (...args: string[]) => stage.run(["kubectl", ...args]);

  stage.tell("Three versions of a small HTTP server that names its version and its pod");
  for (const version of [3, 4, 5]) {
    const args = ["image", "build", "--name", cluster, "-t", image(version), "--build-arg", `VERSION=${version}`, app];
    await stage.run(args, { quiet: true });
  }

  stage.tell("Version 3 runs as a Deployment, and is reached through a Service");
  await kubectl("create", "deployment", "first-app", `--image=${image(3)}`, "--replicas=3");
  await kubectl("rollout", "status", deployment);
  await kubectl("expose", "deployment", "first-app", "--type=LoadBalancer", "--port=8080");
  const address = await addressOf(stage, clock);
  await kubectl("get", "pods,services");

  stage.tell(`Requests flow: ${requestRate} a second, each on a new connection to http://${address}:8080`);
  const traffic = startTraffic({ host: address, port: 8080, perSecond: requestRate, clock });
  stage.live(() => line(traffic.counts()));
  await clock.sleep(1000);
  stage.note();

  stage.tell("Version 4: new pods become Ready before old ones go");
  await kubectl("set", "image", deployment, `kub-first-app=${image(4)}`);
  await kubectl("rollout", "status", deployment);
  stage.note();

  stage.tell("Version 10 does not exist: the rollout stalls, and the old pods go on serving");
  await kubectl("set", "image", deployment, `kub-first-app=${image(10)}`);
  await stage.run(["kubectl", "rollout", "status", deployment], { interruptAfter: 3000 });
  await kubectl("get", "pods");
  stage.note();

  stage.tell("Back to what worked");
  await kubectl("rollout", "undo", deployment);
  await kubectl("rollout", "status", deployment);
  await kubectl("rollout", "history", deployment);
  await kubectl("rollout", "history", deployment, "--revision=4");
  stage.note();

  stage.tell("Any kept revision can be gone back to by its number");
  await kubectl("rollout", "undo", deployment, "--to-revision=1");
  await kubectl("rollout", "status", deployment);
  stage.note();

  stage.tell("And on to version 5");
  await kubectl("set", "image", deployment, `kub-first-app=${image(5)}`);
  await kubectl("rollout", "status", deployment);
  await clock.sleep(500);
  stage.note();

  stage.tell("Done: the Service goes, and the Deployment with its pods");
  const counts = await traffic.stop();
  await kubectl("delete", "service", "first-app");
  await kubectl("delete", "deployment", "first-app");
  return counts;
}

/** The load balancer's address, once it has one. */
async function addressOf(stage: Stage, clock: Clock): Promise<string> {
  for (let tries = 0; tries < 50; tries++) {
    const jsonpath = "-o=jsonpath={.status.loadBalancer.ingress[0].ip}";
    const address = (await stage.ask(["kubectl", "get", "service", "first-app", jsonpath])).trim();
    if (address !== "") return address;
    await clock.sleep(100);
  }
  throw new Error("the Service got no address");
}

function line({ served, failed, versions }: TrafficCounts): string {
  const by = Object.entries(versions)
    .sort()
    .map(([version, count]) => `v${version}: ${count}`)
    .join(", ");
  return `requests: ${served} served, ${failed} failed${by ? `  (${by})` : ""}`;
}
