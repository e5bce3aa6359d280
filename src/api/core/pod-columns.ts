import { ageColumn, column, nameColumn } from "../columns.ts";
import { humanDuration } from "../duration-age.ts";
import type { Container, ContainerState, ContainerStatus, Pod } from "../generated/types.ts";
import type { Column } from "../kind.ts";
import { isTerminal } from "./pod-phase.ts";

interface Summary {
  readonly ready: number;
  readonly total: number;
  /** The STATUS cell. */
  readonly reason: string;
  readonly restarts: number;
  /** When a container was last restarted, in milliseconds since the epoch. */
  readonly lastRestart: number | undefined;
}

const isSidecar = (container: Container | undefined) => container?.restartPolicy === "Always";
const conditionIs = (pod: Pod, type: string) => pod.status?.conditions?.find((c) => c.type === type)?.status === "True";
const finishedAt = (status: ContainerStatus) => status.lastState?.terminated?.finishedAt;
const later = (a: number | undefined, time: string | undefined) =>
  time === undefined ? a : Math.max(a ?? Number.NEGATIVE_INFINITY, Date.parse(time));

const endReason = (ended: NonNullable<ContainerState["terminated"]>): string =>
  ended.reason || (ended.signal ? `Signal:${ended.signal}` : `ExitCode:${ended.exitCode}`);

interface Initialization {
  /** What keeps the pod from having initialized; undefined when nothing does. */
  readonly blocked: string | undefined;
  readonly ready: number;
  readonly all: Restarts;
  readonly sidecars: Restarts;
}
interface Restarts {
  readonly count: number;
  readonly last: number | undefined;
}

function summarizeInit(pod: Pod): Initialization {
  const containers = pod.spec?.initContainers ?? [];
  let all: Restarts = { count: 0, last: undefined };
  let sidecars: Restarts = { count: 0, last: undefined };
  let ready = 0;
  const add = (to: Restarts, status: ContainerStatus): Restarts => ({
    count: to.count + (status.restartCount ?? 0),
    last: later(to.last, finishedAt(status)),
  });
  for (const [i, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = isSidecar(containers.find((c) => c.name === status.name));
    const { terminated, waiting } = status.state ?? {};
    all = add(all, status);
    if (sidecar) sidecars = add(sidecars, status);
    if (terminated?.exitCode === 0) continue;
    if (sidecar && status.started) {
      if (status.ready) ready += 1;
      continue;
    }
    const waits = waiting?.reason && waiting.reason !== "PodInitializing" ? waiting.reason : undefined;
    const reason = terminated ? endReason(terminated) : (waits ?? `${i}/${containers.length}`);
    return { blocked: `Init:${reason}`, ready, all, sidecars };
  }
  return { blocked: undefined, ready, all, sidecars };
}

/** What `kubectl get pods` says of a pod. */
function summarizePod(pod: Pod): Summary {
  const { spec, status, metadata } = pod;
  const total = (spec?.containers ?? []).length + (spec?.initContainers ?? []).filter(isSidecar).length;
  let reason = status?.reason || status?.phase || "";
  if (status?.conditions?.some((c) => c.type === "PodScheduled" && c.reason === "SchedulingGated"))
    reason = "SchedulingGated";
  const init = summarizeInit(pod);
  let { ready } = init;
  let restarts = init.all;
  if (init.blocked !== undefined) reason = init.blocked;
  if (init.blocked === undefined || conditionIs(pod, "Initialized")) {
    restarts = init.sidecars;
    let running = false;
    for (const container of [...(status?.containerStatuses ?? [])].reverse()) {
      restarts = {
        count: restarts.count + (container.restartCount ?? 0),
        last: later(restarts.last, finishedAt(container)),
      };
      const { waiting, terminated } = container.state ?? {};
      if (waiting?.reason) reason = waiting.reason;
      else if (terminated) reason = endReason(terminated);
      else if (container.ready && container.state?.running) {
        running = true;
        ready += 1;
      }
    }
    if (reason === "Completed" && running) reason = conditionIs(pod, "Ready") ? "Running" : "NotReady";
  }
  const ended = isTerminal(status?.phase);
  if (metadata?.deletionTimestamp && status?.reason === "NodeLost") reason = "Unknown";
  else if (metadata?.deletionTimestamp && !ended) reason = "Terminating";
  return { ready, total, reason, restarts: restarts.count, lastRestart: restarts.last };
}

function restartsCell(pod: Pod, now: number): string {
  const { restarts, lastRestart } = summarizePod(pod);
  return restarts > 0 && lastRestart !== undefined
    ? `${restarts} (${humanDuration(now - lastRestart)} ago)`
    : String(restarts);
}

function readinessGates({ spec, status }: Pod): string {
  const gates = spec?.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  const open = gates.filter(
    (gate) => status?.conditions?.find((c) => c.type === gate.conditionType)?.status === "True",
  ).length;
  return `${open}/${gates.length}`;
}

const wide = { priority: 1 };

export const podColumns: readonly Column<Pod>[] = [
  nameColumn,
  column("Ready", "The aggregate readiness state of this pod for accepting traffic.", (pod) => {
    const { ready, total } = summarizePod(pod);
    return `${ready}/${total}`;
  }),
  column("Status", "The aggregate status of the containers in this pod.", (pod) => summarizePod(pod).reason),
  column(
    "Restarts",
    "The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.",
    restartsCell,
  ),
  ageColumn,
  column("IP", "IP address of the pod.", ({ status }) => status?.podIPs?.[0]?.ip || "<none>", wide),
  column("Node", "Node that the pod is assigned to.", ({ spec }) => spec?.nodeName || "<none>", wide),
  column(
    "Nominated Node",
    "Node on which other pods are preempted to make room for this pod.",
    ({ status }) => status?.nominatedNodeName || "<none>",
    wide,
  ),
  column("Readiness Gates", "How many of the pod's readiness gates are open.", readinessGates, wide),
];
