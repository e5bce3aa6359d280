/** What a cluster is like, for a person whose condition did not come true: what is not as it should be, and what was said. */
import type { CoreEvent, Deployment, Pod, StatefulSet } from "../api/generated/types.ts";
import type { Client } from "../client/client.ts";
import { daemonSets, deployments, events, nodes, pods, statefulSets } from "../client/kinds.ts";

/** So many lines of a sort. */
const most = 10;

export async function describeCluster(client: Client, now: number): Promise<string> {
  const [d, s, ds, p, n, e] = await Promise.all([
    client.list(deployments),
    client.list(statefulSets),
    client.list(daemonSets),
    client.list(pods),
    client.list(nodes),
    client.list(events),
  ]);
  const sections: [string, readonly string[]][] = [
    [
      "workloads",
      [
        ...d.items.map(deploymentLine),
        ...s.items.map(statefulSetLine),
        ...ds.items.map(
          ({ metadata, status }) =>
            `daemonset ${metadata?.namespace}/${metadata?.name}: ${status?.numberAvailable ?? 0} of ${status?.desiredNumberScheduled ?? 0} available`,
        ),
      ],
    ],
    ["pods that are not Ready", p.items.filter((pod) => !isReady(pod)).map(podLine)],
    ["nodes that are not Ready", n.items.filter((node) => !isReady(node)).map(({ metadata }) => metadata?.name ?? "")],
    ["last warnings", lastWarnings(e.items)],
  ];
  const text = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => {
      const shown = lines.slice(0, most).map((line) => `    ${line}`);
      return [`  ${title}:`, ...shown, ...(lines.length > most ? [`    and ${lines.length - most} more`] : [])].join(
        "\n",
      );
    });
  return [`The cluster at ${new Date(now).toISOString()}:`, ...(text.length > 0 ? text : ["  empty"])].join("\n");
}

const isReady = (object: { status?: { conditions?: { type: string; status: string }[] } }) =>
  object.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;

function deploymentLine({ metadata, spec, status }: Deployment): string {
  const progressing = status?.conditions?.find(({ type }) => type === "Progressing");
  const counts = `${status?.updatedReplicas ?? 0} updated and ${status?.availableReplicas ?? 0} available of ${spec?.replicas ?? 1}`;
  const seen = status?.observedGeneration === metadata?.generation ? "" : ", newest spec not seen yet";
  return `deployment ${metadata?.namespace}/${metadata?.name}: ${counts}${seen}${progressing ? `, ${progressing.reason}` : ""}`;
}

const statefulSetLine = ({ metadata, spec, status }: StatefulSet) =>
  `statefulset ${metadata?.namespace}/${metadata?.name}: ${status?.updatedReplicas ?? 0} updated and ${status?.availableReplicas ?? 0} available of ${spec?.replicas ?? 1}`;

function podLine({ metadata, spec, status }: Pod): string {
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const why = statuses.flatMap(({ name, ready, state }) => {
    const reason = state?.waiting ?? state?.terminated;
    if (reason) return [`${name}: ${reason.reason}${reason.message ? ` (${reason.message})` : ""}`];
    return ready ? [] : [`${name} runs but is not ready`];
  });
  const unscheduled = status?.conditions?.find(({ type, status }) => type === "PodScheduled" && status === "False");
  const going = metadata?.deletionTimestamp ? ", being deleted" : "";
  const all = [...(unscheduled ? [unscheduled.message ?? ""] : []), ...why];
  const where = spec?.nodeName ? ` on ${spec.nodeName}` : "";
  return `${metadata?.namespace}/${metadata?.name} ${status?.phase ?? ""}${where}${going}${all.length > 0 ? `: ${all.join("; ")}` : ""}`;
}

const lastWarnings = (all: readonly CoreEvent[]): string[] =>
  all
    .filter(({ type }) => type === "Warning")
    .sort((a, b) => (a.lastTimestamp ?? "").localeCompare(b.lastTimestamp ?? ""))
    .slice(-5)
    .map(
      (e) =>
        `${e.lastTimestamp} ${e.involvedObject.kind?.toLowerCase()} ${e.involvedObject.name}: ${e.reason}: ${e.message}`,
    );
