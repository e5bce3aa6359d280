// `wherry kubectl` beside the real kubectl 1.34: the same commands on the same cluster, taking turns.
import { writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { startCluster } from "../lib/cluster.mjs";
import { programs, realKubectl, timed } from "../lib/kubectl.mjs";
import { median } from "../lib/report.mjs";

const pod = (name) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels: { app: "bench", tier: "backend" }, annotations: { note: "a pod of a benchmark" } },
  spec: {
    // Nobody places them: what is measured is the client.
    schedulerName: "nobody",
    containers: [
      { name: "web", image: "web:1", env: [{ name: "MODE", value: "bench" }], ports: [{ containerPort: 80 }] },
    ],
  },
});

/** Makes pods until there are `count`, 16 at a time. */
async function makePods({ url, ca, cert, key }, namespace, from, count) {
  const agent = new Agent({ keepAlive: true, maxSockets: 16, ca, cert, key });
  let next = from;
  const post = (body) =>
    new Promise((resolve, reject) => {
      const options = { agent, method: "POST", headers: { "content-type": "application/json" } };
      const sent = request(`${url}/api/v1/namespaces/${namespace}/pods`, options, (response) => {
        response
          .resume()
          .once("end", () => (response.statusCode === 201 ? resolve() : reject(new Error(`${response.statusCode}`))));
      });
      sent.once("error", reject).end(body);
    });
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (next < count) await post(JSON.stringify(pod(`bench-${String(next++).padStart(5, "0")}`)));
    }),
  );
  agent.destroy();
}

const manifest = (count) =>
  Array.from({ length: count }, (_, i) =>
    [
      "apiVersion: v1",
      "kind: ConfigMap",
      "metadata:",
      `  name: bench-${i}`,
      "data:",
      ...Array.from({ length: 10 }, (_, line) => `  key-${line}: "value ${line} of ${i}"`),
    ].join("\n"),
  ).join("\n---\n");

export async function measure(row) {
  const cluster = await startCluster("--runtime", "simulated", "--port", "0");
  try {
    const env = { ...process.env, HOME: cluster.home, KUBECONFIG: join(cluster.home, "kubeconfig") };
    const all = programs(realKubectl(cluster.home));
    /** Runs the command in turns; the first round, which fills caches, does not count. */
    const beside = async (what, args, rounds, names = ["kubectl", "wherry kubectl"], goal = "") => {
      const results = new Map(names.map((name) => [name, []]));
      for (let round = 0; round <= rounds; round++)
        for (const name of names) {
          const result = await timed(all[name], name === "node -e 0" ? [] : args, env);
          if (round > 0) results.get(name).push(result);
        }
      const text = (name) => {
        const list = results.get(name);
        return `${Math.round(median(list.map((r) => r.ms)))} ms, ${Math.round(Math.max(...list.map((r) => r.rss)) / 1e6)} MB`;
      };
      const others = names.filter((name) => name !== "wherry kubectl").map((name) => `${name} ${text(name)}`);
      row(what, text("wherry kubectl"), others.join("; "), goal);
    };
    const small = [["kubectl", "wherry kubectl", "node -e 0"], "40 ms over node -e 0"];
    await beside("version --client", ["version", "--client"], 11, ...small);
    await makePods(cluster.connection, "default", 0, 1);
    await beside("get pods, 1 pod", ["get", "pods"], 11, ...small);
    await makePods(cluster.connection, "default", 1, 500);
    await beside("get pods, 500 pods", ["get", "pods"], 7);
    const file = join(cluster.home, "bench.yaml");
    writeFileSync(file, manifest(200));
    await beside("apply -f, 200 objects that are as they should be", ["apply", "-f", file], 3);
    await makePods(cluster.connection, "default", 500, 10_000);
    await beside("get pods, 10,000 pods", ["get", "pods"], 3, undefined, "ahead of kubectl");
    await beside("get pods -o yaml, 10,000 pods", ["get", "pods", "-o", "yaml"], 2, undefined, "ahead of kubectl");
  } finally {
    await cluster.stop();
  }
}
