/** All that happens in a cluster, for comparing one with another. */
import { builtinKinds } from "../api/kinds.ts";
import type { Cluster } from "./cluster.ts";

/** Every version of every object from the beginning on. */
export async function recordHistory(cluster: Cluster) {
  const all: { revision: number; line: string }[] = [];
  const watches = await Promise.all(
    builtinKinds.map(async (kind) => {
      const watch = await cluster.client.watch(kind, { resourceVersion: "1" });
      const seen = (async () => {
        for await (const event of watch) {
          if (event.type === "BOOKMARK") continue;
          const revision = Number(event.object.metadata?.resourceVersion);
          all.push({ revision, line: `${event.type} ${JSON.stringify(event.object)}` });
        }
      })();
      return { watch, seen };
    }),
  );
  return {
    /** JSON lines in the order of revisions. */
    async lines(): Promise<string[]> {
      await cluster.clock.settle();
      for (const { watch, seen } of watches) {
        watch.close();
        await seen;
      }
      return all.sort((a, b) => a.revision - b.revision).map(({ line }) => line);
    },
  };
}
