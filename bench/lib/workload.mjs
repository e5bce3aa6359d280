// What is asked of clusters, and how it is seen in the events of a watch that it is done.

/** @param image a tag of the image, to roll out a change */
export const deployment = (name, replicas, tag = 1) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "default" },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "c", image: `bench:${tag}` }] },
    },
  },
});

/** A pod that its creator has chosen a node for. */
export const placedPod = (name, nodeName) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default" },
  spec: { nodeName, containers: [{ name: "c", image: "bench:1" }] },
});

export const isReady = ({ status }) =>
  status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") === true;

export const isComplete = ({ metadata, spec, status }) =>
  status?.observedGeneration === metadata.generation &&
  status?.updatedReplicas === spec.replicas &&
  status?.readyReplicas === spec.replicas &&
  status?.replicas === spec.replicas;

/** Counts, event by event, the objects that fit. */
export function tally(fits) {
  const fitting = new Set();
  return {
    see({ type, object }) {
      if (type === "BOOKMARK") return;
      if (type !== "DELETED" && fits(object)) fitting.add(object.metadata.uid);
      else fitting.delete(object.metadata.uid);
    },
    get count() {
      return fitting.size;
    },
  };
}

/** Calls `make` for 0 to `count` - 1, so many at the same time. */
export async function each(count, concurrency, make) {
  let next = 0;
  const worker = async () => {
    while (next < count) await make(next++);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
}
