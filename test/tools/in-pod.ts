/** Programs that run in pods of a test's cluster. */
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { TestCluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";

export interface InPodOptions {
  readonly namespace?: string;
  readonly node?: string;
  /** More of the pod's spec. */
  readonly spec?: object;
  /** More of the container. */
  readonly container?: object;
}

/** Runs a Node.js program in a pod of its own and returns what it prints. @throws Error when the pod fails */
export async function inPod(cluster: TestCluster, program: string, options: InPodOptions = {}): Promise<string> {
  const { namespace = "default", node, spec = {}, container = {} } = options;
  const name = `run-${randomUUID().slice(0, 8)}`;
  await cluster.apply(
    JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace },
      spec: {
        restartPolicy: "Never",
        terminationGracePeriodSeconds: 0,
        ...(node ? { nodeName: node } : {}),
        ...spec,
        containers: [
          {
            name: "main",
            image: "wherry/node",
            imagePullPolicy: "IfNotPresent",
            command: ["node", "-e", program],
            ...container,
          },
        ],
      },
    }),
  );
  const phase = await eventually(async () => {
    const { status } = await cluster.object("pod", name, "-n", namespace);
    expect(["Succeeded", "Failed"]).toContain(status.phase);
    return status.phase as string;
  });
  const log = await cluster.ask("logs", name, "-n", namespace);
  await cluster.ask("delete", "pod", name, "-n", namespace, "--wait=false");
  if (phase !== "Succeeded") throw new Error(`the pod ${name} failed:\n${log}`);
  return log;
}

/** For programs in pods: `get(url)` resolves with the answer's text or with the error's code, and never hangs. */
export const getter = `
const get = (url) => new Promise((resolve) => {
  const request = require("node:http").get(url, { agent: false, timeout: 20000 }, (response) => {
    let text = "";
    response.on("data", (chunk) => { text += chunk; });
    response.on("end", () => resolve(text));
  });
  request.on("timeout", () => request.destroy(new Error("timeout")));
  request.on("error", (error) => resolve(error.code ?? error.message));
});
`;

/** What each address answers, asked from one pod. */
export async function getFromPod<K extends string>(
  cluster: TestCluster,
  urls: Readonly<Record<K, string>>,
  options?: InPodOptions,
): Promise<Record<K, string>> {
  const program = `${getter}
    (async () => {
      const answers = {};
      for (const [name, url] of Object.entries(${JSON.stringify(urls)})) answers[name] = await get(url);
      console.log(JSON.stringify(answers));
    })();`;
  return JSON.parse(await inPod(cluster, program, options));
}
