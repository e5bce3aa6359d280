// Records anew what an upstream server answers to `wherry kubectl`, for test/kubectl/recorded.test.ts:
//   node scripts/record-upstream.mjs KUBECONFIG [KUBECTL] [-- SECTION…]
// The cluster is one of v1.34 without nodes, on this machine, where sections whose pods run let a simulated node join it; its user
// may do everything.
// KUBECTL is a kubectl v1.34, by default that of the development dependencies. Sections are named by their titles; none: all.
// Where the two print something different, that is shown, and the section stays as it was.
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

const args = process.argv.slice(2);
const split = args.includes("--") ? args.indexOf("--") : args.length;
const [kubeconfig, kubectl] = args.slice(0, split);
if (kubeconfig === undefined) {
  console.error("usage: node scripts/record-upstream.mjs KUBECONFIG [KUBECTL] [-- SECTION…]");
  process.exit(2);
}
const root = fileURLToPath(new URL("..", import.meta.url));
// Loads TypeScript.
const vite = await createServer({ root, configFile: false, server: { middlewareMode: true, watch: null, ws: false } });
try {
  const { record } = await vite.ssrLoadModule("test/kubectl/record-upstream.ts");
  const { kubectl: development } = await vite.ssrLoadModule("test/tools/clients.ts");
  const good = await record({
    kubeconfig: resolve(kubeconfig),
    kubectl: kubectl ? resolve(kubectl) : development("1.34"),
    titles: args.slice(split + 1),
    say: console.log,
  });
  process.exitCode = good ? 0 : 1;
} finally {
  await vite.close();
}
