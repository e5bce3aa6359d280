// GET, LIST of 500 pods and durable POST over TLS with 1 and 16 connections, from a client that writes prepared HTTP/1.1
// requests. Beside GET and LIST: node:https that sends the same bytes to the same client. Beside POST: the store's own
// durable writes. Ours and the comparator take turns, so that what else the machine does is the same for both. With
// BENCH_KUBECONFIG another cluster, such as upstream's, takes turns too; without, upstream's figures are those of 1.32,
// measured once on a machine of this size.
import { execFileSync, fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { client } from "../lib/client.mjs";
import { root, startCluster } from "../lib/cluster.mjs";
import { load } from "../lib/load.mjs";
import { otherCluster, otherNamespace } from "../lib/other.mjs";
import { median, percent, rate } from "../lib/report.mjs";

/** Seconds for each figure, in rounds. */
const length = Number(process.env.BENCH_SECONDS ?? 6);
const rounds = 3;
const warmUp = 4;

export async function measure(row) {
  const cluster = await startCluster("--runtime", "simulated");
  const scratch = mkdtempSync(join(tmpdir(), "wb-"));
  let other;
  try {
    other = await otherCluster();
    const api = client(cluster.connection);
    for (let i = 0; i < 500; i++) {
      await api.send("POST", podsPath("default"), pod(i));
      await other?.api.send("POST", podsPath(otherNamespace), pod(i));
    }
    for (const [what, path] of [
      ["GET of a pod", "/pod-7"],
      ["LIST of 500 pods", "?labelSelector=app%3Dbench"],
    ]) {
      await reads(row, cluster, other, api, scratch, what, path);
    }
    await writes(row, cluster, other, scratch);
    api.close();
  } finally {
    await other?.stop();
    await cluster.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

const podsPath = (namespace) => `/api/v1/namespaces/${namespace}/pods`;
const pod = (i) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: `pod-${i}`, labels: { app: "bench" } },
  spec: { nodeSelector: { nowhere: "at-all" }, containers: [{ name: "c", image: "bench:1" }] },
});

async function reads(row, cluster, other, api, scratch, what, below) {
  const path = `${podsPath("default")}${below}`;
  const otherPath = `${podsPath(otherNamespace)}${below}`;
  const { text } = await api.send("GET", path);
  const file = join(scratch, "body.json");
  writeFileSync(file, text);
  const { ca, cert, key } = cluster.connection;
  const bare = fork(join(root, "bench/lib/bare-server.mjs"), [
    JSON.stringify({ ca, file, ...serverIdentity(cluster) }),
  ]);
  const port = await new Promise((resolve, reject) => {
    bare.once("message", resolve);
    bare.once("exit", () => reject(new Error("the bare server ended")));
  });
  const upstream = { GET: { 1: "950/s", 16: "2350/s" }, LIST: { 1: "", 16: "115/s" } }[what.split(" ")[0]];
  try {
    // Both are measured as they run after a while: compiled.
    for (const connection of [cluster.connection, { url: `https://127.0.0.1:${port}`, ca, cert, key }]) {
      await load({ method: "GET", path, connections: 16, seconds: warmUp, connection });
    }
    for (const connections of [1, 16]) {
      const options = { method: "GET", path, connections, seconds: length / rounds };
      const ours = [];
      const theirs = [];
      const others = [];
      let bytes = 0;
      for (let i = 0; i < rounds; i++) {
        const answer = await load({ ...options, connection: cluster.connection });
        if (answer.failed > 0) throw new Error(`${what}: ${answer.failed} requests failed`);
        bytes = answer.bytes;
        ours.push(answer.perSecond);
        theirs.push(
          (await load({ ...options, connection: { url: `https://127.0.0.1:${port}`, ca, cert, key } })).perSecond,
        );
        if (other) others.push(await otherRate(other, { ...options, path: otherPath }));
      }
      row(
        `${what} (${(bytes / 1000).toFixed(1)} KB), ${connections} connection${connections > 1 ? "s" : ""}`,
        rate(median(ours)),
        `node:https ${rate(median(theirs))}: ${percent(median(ours), median(theirs))}${beside(other, others, upstream[connections])}`,
        connections === 16 ? "70 % of node:https" : "",
      );
    }
  } finally {
    bare.disconnect();
  }
}

async function otherRate(other, options) {
  const { perSecond, failed } = await load({ ...options, connection: other.connection });
  if (failed > 0) throw new Error(`${options.method} of the other cluster: ${failed} requests failed`);
  return perSecond;
}

const beside = (other, rates, upstream) => {
  if (other) return `; ${other.version} in this run ${rate(median(rates))}`;
  return upstream ? `; upstream ${upstream}` : "";
};

/** The bare server shows the cluster's own certificate. */
const serverIdentity = (cluster) => ({
  cert: readPki(cluster, "apiserver.crt"),
  key: readPki(cluster, "apiserver.key"),
});
const readPki = (cluster, name) => readFileSync(join(cluster.home, "b/pki", name), "utf8");

async function writes(row, cluster, other, scratch) {
  const body = JSON.stringify({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "bench-{n}" },
    data: { k: "v".repeat(200) },
  });
  const options = (namespace) => ({ method: "POST", path: `/api/v1/namespaces/${namespace}/configmaps`, body });
  const post = (connections, seconds) =>
    load({ ...options("default"), connection: cluster.connection, connections, seconds });
  await post(16, warmUp);
  for (const connections of [1, 16]) {
    const ours = [];
    const own = [];
    const database = [];
    const others = [];
    for (let i = 0; i < rounds; i++) {
      own.push(await storeWrites(join(scratch, `store-${connections}-${i}`), connections));
      database.push(await databaseWrites(join(scratch, `lmdb-${connections}-${i}`), connections));
      // What the comparators wrote is on the disk before ours begins.
      execFileSync("sync");
      const { perSecond, failed } = await post(connections, length / rounds);
      if (failed > 0) throw new Error(`POST: ${failed} requests failed`);
      ours.push(perSecond);
      if (!other) continue;
      execFileSync("sync");
      others.push(await otherRate(other, { ...options(otherNamespace), connections, seconds: length / rounds }));
    }
    row(
      `durable POST of a ConfigMap (${body.length} B), ${connections} connection${connections > 1 ? "s" : ""}`,
      rate(median(ours)),
      `the store alone ${rate(median(own))}: ${percent(median(ours), median(own))}; bare LMDB ${rate(median(database))}: ${percent(median(ours), median(database))}${beside(other, others, connections === 1 ? "435/s" : "1530/s")}`,
      connections === 1 ? "70 % of the store" : "4590/s",
    );
  }
}

/** 600 bytes: about what a ConfigMap of the benchmark takes. */
const value = Buffer.alloc(600, 120);

/** Durable writes of the store per second, with 1 or 16 writers. */
async function storeWrites(directory, writers) {
  const { openLmdbStore } = await import(join(root, "dist/store/lmdb/lmdb.js"));
  const store = await openLmdbStore(directory);
  const perSecond = await writeAll(writers, (writer, n) => store.commit(`/bench/${writer}/${n}`, 0, value));
  await store.close();
  return perSecond;
}

/** Durable writes of LMDB per second, with nothing of ours around it, and its own grouping. */
async function databaseWrites(directory, writers) {
  const { open } = await import("lmdb");
  const database = open({ path: directory, overlappingSync: false, encoding: "binary", cache: false });
  const perSecond = await writeAll(writers, (writer, n) => database.put(`/bench/${writer}/${n}`, value));
  await database.close();
  return perSecond;
}

/** @param write resolves once it is durable */
async function writeAll(writers, write) {
  const began = performance.now();
  const end = began + (length / rounds) * 1000;
  let count = 0;
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      while (performance.now() < end) await write(writer, count++);
    }),
  );
  return count / ((performance.now() - began) / 1000);
}
