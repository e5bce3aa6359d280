// GET, LIST of 500 pods and durable POST over TLS with 1 and 16 connections. Beside GET and LIST: a bare Node.js server
// that sends the same bytes to the same client. Beside POST: the store's own durable writes.
import { fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { client } from "../lib/client.mjs";
import { root, startCluster } from "../lib/cluster.mjs";
import { load } from "../lib/load.mjs";
import { percent, rate } from "../lib/report.mjs";

const length = Number(process.env.BENCH_SECONDS ?? 5);

export async function measure(row) {
  const cluster = await startCluster("--runtime", "simulated");
  const scratch = mkdtempSync(join(tmpdir(), "wb-"));
  try {
    const api = client(cluster.connection);
    for (let i = 0; i < 500; i++) {
      await api.send("POST", "/api/v1/namespaces/default/pods", {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: `pod-${i}`, labels: { app: "bench" } },
        spec: { nodeSelector: { nowhere: "at-all" }, containers: [{ name: "c", image: "bench:1" }] },
      });
    }
    for (const [what, path] of [
      ["GET of a pod", "/api/v1/namespaces/default/pods/pod-7"],
      ["LIST of 500 pods", "/api/v1/namespaces/default/pods?labelSelector=app%3Dbench"],
    ]) {
      await reads(row, cluster, api, scratch, what, path);
    }
    await writes(row, cluster, scratch);
    api.close();
  } finally {
    await cluster.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function reads(row, cluster, api, scratch, what, path) {
  const { text } = await api.send("GET", path);
  const file = join(scratch, "body.json");
  writeFileSync(file, text);
  const { ca, cert, key } = cluster.connection;
  const bare = fork(join(root, "bench/lib/bare-server.mjs"), [
    JSON.stringify({ ca, file, ...serverIdentity(cluster) }),
  ]);
  const port = await new Promise((resolve) => bare.once("message", resolve));
  const upstream = { GET: { 1: "950/s", 16: "2350/s" }, LIST: { 1: "", 16: "115/s" } }[what.split(" ")[0]];
  for (const connections of [1, 16]) {
    const options = { method: "GET", path, connections, seconds: length };
    const ours = await load({ ...options, connection: cluster.connection });
    const theirs = await load({ ...options, connection: { url: `https://127.0.0.1:${port}`, ca, cert, key } });
    if (ours.failed > 0) throw new Error(`${what}: ${ours.failed} requests failed`);
    row(
      `${what} (${(ours.bytes / 1000).toFixed(1)} KB), ${connections} connection${connections > 1 ? "s" : ""}`,
      rate(ours.perSecond),
      `bare Node.js ${rate(theirs.perSecond)}: ${percent(ours.perSecond, theirs.perSecond)}${upstream[connections] ? `; upstream ${upstream[connections]}` : ""}`,
      connections === 16 ? "70 % of bare" : "",
    );
  }
  bare.disconnect();
}

/** The bare server shows the cluster's own certificate. */
const serverIdentity = (cluster) => ({
  cert: readPki(cluster, "apiserver.crt"),
  key: readPki(cluster, "apiserver.key"),
});
const readPki = (cluster, name) => readFileSync(join(cluster.home, "b/pki", name), "utf8");

async function writes(row, cluster, scratch) {
  const body = JSON.stringify({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "bench-{n}" },
    data: { k: "v".repeat(200) },
  });
  const own = await storeWrites(scratch);
  for (const connections of [1, 16]) {
    const path = "/api/v1/namespaces/default/configmaps";
    const { perSecond, failed } = await load({
      connection: cluster.connection,
      method: "POST",
      path,
      body,
      connections,
      seconds: length,
    });
    if (failed > 0) throw new Error(`POST: ${failed} requests failed`);
    row(
      `durable POST of a ConfigMap (${body.length} B), ${connections} connection${connections > 1 ? "s" : ""}`,
      rate(perSecond),
      `the store alone ${rate(own[connections])}: ${percent(perSecond, own[connections])}; upstream ${connections === 1 ? "435/s" : "1530/s"}`,
      connections === 1 ? "70 % of the store" : "4590/s",
    );
  }
}

/** Durable writes of 400 bytes per second with 1 and 16 writers. */
async function storeWrites(scratch) {
  const { openLmdbStore } = await import(join(root, "dist/store/lmdb/lmdb.js"));
  const store = await openLmdbStore(join(scratch, "store"));
  const value = Buffer.alloc(400, 120);
  const result = {};
  for (const writers of [1, 16]) {
    const end = performance.now() + (length / 2) * 1000;
    let count = 0;
    const began = performance.now();
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        while (performance.now() < end) {
          await store.commit(`/bench/${writers}/${writer}/${count}-${Math.random()}`, 0, value);
          count++;
        }
      }),
    );
    result[writers] = count / ((performance.now() - began) / 1000);
  }
  await store.close();
  return result;
}
