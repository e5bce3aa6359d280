// From creating a pod to Ready, with a real container from an image that is on the node.

import { client } from "../lib/client.mjs";
import { startCluster } from "../lib/cluster.mjs";
import { median } from "../lib/report.mjs";

export async function measure(row) {
  const cluster = await startCluster("--runtime", "linux");
  const api = client(cluster.connection);
  try {
    const times = [];
    for (let i = 0; i < 11; i++) {
      const name = `bench-${i}`;
      const began = performance.now();
      await api.send("POST", "/api/v1/namespaces/default/pods", {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name },
        spec: {
          containers: [{ name: "c", image: "wherry/node", command: ["node", "-e", "setInterval(() => {}, 1e9)"] }],
          terminationGracePeriodSeconds: 0,
        },
      });
      await api.watchUntil(
        `/api/v1/namespaces/default/pods?watch=true&fieldSelector=metadata.name%3D${name}`,
        ({ object }) => object.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True"),
      );
      times.push(performance.now() - began);
      await api.send("DELETE", `/api/v1/namespaces/default/pods/${name}`);
    }
    row("create to Ready, one real container (median of 10)", `${Math.round(median(times.slice(1)))} ms`);
  } finally {
    api.close();
    await cluster.stop();
  }
}
