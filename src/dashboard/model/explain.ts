/**
 * Why a rollout stands where it stands: findings, most important first, each with what it was read from. Pure; the
 * words are in `text/`, one sentence per finding and language.
 */
import type { ContainerStatus, CoreEvent, Pod } from "../../api/generated/types.ts";
import { parseTime } from "../../base/clock.ts";
import { lastSeen } from "./events.ts";
import { conditionOf, containerStatuses, isReady, podStateOf } from "./pod-state.ts";
import type { Revision, Rollout } from "./rollout.ts";

/** Where a finding was read. */
export type Evidence =
  | { readonly type: "event"; readonly event: CoreEvent }
  /** The API's own sentence, in a status. */
  | { readonly type: "status"; readonly of: string; readonly text: string }
  /** The last lines that a container wrote before it ended. */
  | { readonly type: "log"; readonly namespace: string; readonly pod: string; readonly container: string };

interface Common {
  /** `blocks`: nothing goes on until somebody acts. `waits`: it goes on by itself. */
  readonly weight: "blocks" | "waits" | "says";
  readonly evidence: readonly Evidence[];
}

export type Finding = Common &
  (
    | { readonly is: "imagePull"; readonly image: string; readonly detail: string; readonly pods: number }
    | {
        readonly is: "crash";
        readonly container: string;
        readonly exitCode: number;
        readonly signal: string | undefined;
        readonly restarts: number;
        readonly pods: number;
      }
    | {
        readonly is: "cannotStart";
        readonly container: string;
        readonly reason: string;
        readonly detail: string;
        readonly pods: number;
      }
    | {
        readonly is: "probe";
        readonly probe: "Readiness" | "Liveness" | "Startup";
        readonly container: string;
        readonly detail: string;
        readonly pods: number;
      }
    | { readonly is: "unschedulable"; readonly detail: string; readonly pods: number }
    | { readonly is: "cannotCreate"; readonly detail: string }
    | { readonly is: "paused"; readonly changed: boolean }
    | { readonly is: "deadline"; readonly seconds: number }
    | { readonly is: "minReady"; readonly pods: number; readonly seconds: number }
    | { readonly is: "starting"; readonly pods: number }
    | { readonly is: "stopping"; readonly pods: number }
    | { readonly is: "onDelete"; readonly pods: number }
    | { readonly is: "oldServe"; readonly pods: number; readonly revision: bigint }
    | { readonly is: "undo"; readonly revision: bigint; readonly images: readonly string[] }
    | { readonly is: "complete"; readonly pods: number; readonly revision: bigint }
    | { readonly is: "nothingWanted" }
    | { readonly is: "rolling"; readonly updated: number; readonly desired: number }
  );

const pullReasons = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "ErrImageNeverPull",
  "InvalidImageName",
  "RegistryUnavailable",
  "ImageInspectError",
  "SignatureValidationFailed",
]);

/** The part of a pull's message that says what is wrong: runtimes put several "failed to …" before it. */
function pullDetail(message: string): string {
  const text = message
    .replace(/^Back-off pulling image "[^"]*"(: \w+)?:? ?/, "")
    .replace(/^rpc error: code = \w+ desc = /, "");
  const parts = text.split(/": /);
  return (parts.at(-1) ?? text).trim();
}

/**
 * @param eventsOf events about the object with this UID
 * @param now milliseconds since the epoch
 */
export function explain(rollout: Rollout, eventsOf: (uid: string) => readonly CoreEvent[], now: number): Finding[] {
  const { workload, counts, state, revisions } = rollout;
  if (state === "idle") return [{ is: "nothingWanted", weight: "says", evidence: [] }];
  const current = revisions.find((revision) => revision.current);
  const old = revisions.filter((revision) => !revision.current);
  const findings: Finding[] = [];
  const everyPod = revisions.flatMap(({ pods }) => pods);
  const alive = everyPod.filter((pod) => !pod.metadata?.deletionTimestamp);

  findings.push(...podTroubles(alive, eventsOf));
  findings.push(...creationTroubles(rollout, eventsOf));
  if (workload.plural === "deployments") {
    const { spec, status } = workload.object;
    const progressing = conditionOf(status?.conditions, "Progressing");
    if (progressing?.reason === "ProgressDeadlineExceeded" && state !== "complete") {
      findings.push({
        is: "deadline",
        weight: "says",
        seconds: spec?.progressDeadlineSeconds ?? 600,
        evidence: [{ type: "status", of: "Progressing", text: progressing.message ?? "" }],
      });
    }
    if (spec?.paused) {
      findings.unshift({
        is: "paused",
        weight: "blocks",
        changed: counts.updated < counts.desired || current === undefined,
        evidence: [],
      });
    }
  }
  if (state === "complete" && findings.every(({ weight }) => weight === "says")) {
    return [{ is: "complete", weight: "says", pods: counts.available, revision: current?.number ?? 0n, evidence: [] }];
  }

  const states = alive.map((pod) => podStateOf(pod, rollout.minReadySeconds, now));
  const ready = states.filter(({ phase }) => phase === "ready").length;
  const starting = states.filter(
    ({ phase, reason }) => phase === "starting" || (phase === "waiting" && !reason),
  ).length;
  const stopping = everyPod.length - alive.length;
  const waiting = (finding: Finding, pods: number) => pods > 0 && findings.push(finding);
  waiting({ is: "minReady", weight: "waits", pods: ready, seconds: rollout.minReadySeconds, evidence: [] }, ready);
  waiting({ is: "starting", weight: "waits", pods: starting, evidence: [] }, starting);
  waiting({ is: "stopping", weight: "waits", pods: stopping, evidence: [] }, stopping);
  if (workload.plural !== "deployments" && workload.object.spec?.updateStrategy?.type === "OnDelete") {
    const left = counts.desired - counts.updated;
    waiting({ is: "onDelete", weight: "blocks", pods: left, evidence: [] }, left);
  }
  if (findings.length === 0 && state !== "complete") {
    findings.push({ is: "rolling", weight: "waits", updated: counts.updated, desired: counts.desired, evidence: [] });
  }
  if (findings.some(({ weight }) => weight === "blocks")) findings.push(...wayBack(current, old));
  return findings;
}

/** What still serves, and where an undo would lead. */
function wayBack(current: Revision | undefined, old: readonly Revision[]): Finding[] {
  const serving = old.filter(({ pods }) => pods.some(isReady));
  const pods = serving.flatMap((revision) => revision.pods).filter(isReady).length;
  const back = old[0];
  return [
    ...(pods > 0
      ? [{ is: "oldServe", weight: "says", pods, revision: serving[0]?.number ?? 0n, evidence: [] } as const]
      : []),
    ...(current && back
      ? [{ is: "undo", weight: "says", revision: back.number, images: back.images, evidence: [] } as const]
      : []),
  ];
}

const lastTime = (event: CoreEvent) => parseTime(lastSeen(event) ?? "") || 0;

/** The newest event about a pod that `matches`. */
function newest(events: readonly CoreEvent[], matches: (event: CoreEvent) => boolean): CoreEvent | undefined {
  let found: CoreEvent | undefined;
  for (const event of events) if (matches(event) && (!found || lastTime(event) >= lastTime(found))) found = event;
  return found;
}

const eventEvidence = (event: CoreEvent | undefined): Evidence[] => (event ? [{ type: "event", event }] : []);

/** Adds up what several pods have in common, so that it is said once. */
class Grouped {
  readonly #findings = new Map<string, Finding & { pods: number }>();

  add(key: string, make: () => Finding & { readonly pods: number }): void {
    const known = this.#findings.get(key);
    if (known) known.pods++;
    else this.#findings.set(key, { ...make() });
  }

  all(): Finding[] {
    return [...this.#findings.values()];
  }
}

function podTroubles(pods: readonly Pod[], eventsOf: (uid: string) => readonly CoreEvent[]): Finding[] {
  const grouped = new Grouped();
  for (const pod of pods) {
    const events = () => eventsOf(pod.metadata?.uid ?? "");
    const scheduled = conditionOf(pod.status?.conditions, "PodScheduled");
    if (scheduled?.status === "False" && scheduled.message) {
      const detail = scheduled.message;
      grouped.add(`unschedulable ${detail}`, () => ({
        is: "unschedulable",
        weight: "blocks",
        detail,
        pods: 1,
        evidence: [
          { type: "status", of: "PodScheduled", text: detail },
          ...eventEvidence(newest(events(), ({ reason }) => reason === "FailedScheduling")),
        ],
      }));
    }
    for (const status of containerStatuses(pod)) containerTrouble(grouped, pod, status, events);
  }
  return grouped.all();
}

function containerTrouble(
  grouped: Grouped,
  pod: Pod,
  status: ContainerStatus,
  events: () => readonly CoreEvent[],
): void {
  const { waiting, terminated, running } = status.state ?? {};
  const reason = waiting?.reason;
  if (reason && pullReasons.has(reason)) {
    const { image } = status;
    const message = waiting.message ?? "";
    const failed = newest(events(), (event) => event.type === "Warning" && (event.message ?? "").includes(image));
    // While it backs off, the message may say no more than that: the event has the cause.
    const detail =
      pullDetail(message) || pullDetail((failed?.message ?? "").replace(/^Failed to pull image "[^"]*": /, ""));
    grouped.add(`pull ${image}`, () => ({
      is: "imagePull",
      weight: "blocks",
      image,
      detail,
      pods: 1,
      evidence: [{ type: "status", of: reason, text: message }, ...eventEvidence(failed)],
    }));
    return;
  }
  const ended =
    terminated ?? (reason === "CrashLoopBackOff" || status.restartCount > 0 ? status.lastState?.terminated : undefined);
  const crashing = reason === "CrashLoopBackOff" || (terminated && terminated.exitCode !== 0);
  if (crashing && ended) {
    const { exitCode, reason: signal } = ended;
    const { namespace = "", name = "" } = pod.metadata ?? {};
    grouped.add(`crash ${status.name} ${exitCode}`, () => ({
      is: "crash",
      weight: "blocks",
      container: status.name,
      exitCode,
      signal: signal === "OOMKilled" ? signal : undefined,
      restarts: status.restartCount,
      pods: 1,
      evidence: [
        { type: "log", namespace, pod: name, container: status.name },
        ...(waiting?.message ? [{ type: "status", of: "CrashLoopBackOff", text: waiting.message } as const] : []),
        ...eventEvidence(newest(events(), (event) => event.reason === "BackOff")),
      ],
    }));
    return;
  }
  if (reason && reason !== "ContainerCreating" && reason !== "PodInitializing") {
    const detail = waiting.message ?? "";
    grouped.add(`start ${status.name} ${reason}`, () => ({
      is: "cannotStart",
      weight: "blocks",
      container: status.name,
      reason,
      detail,
      pods: 1,
      evidence: [{ type: "status", of: reason, text: detail }],
    }));
    return;
  }
  if (!running || status.ready) return;
  const failed = newest(
    events(),
    (event) => event.reason === "Unhealthy" && event.type === "Warning" && concerns(event, status.name),
  );
  const [, probe, detail = ""] =
    /^(Readiness|Liveness|Startup) probe (?:failed|errored)[^:]*: ?([\s\S]*)$/.exec(failed?.message ?? "") ?? [];
  if (!failed || !probe || lastTime(failed) < (running.startedAt ? parseTime(running.startedAt) : 0)) return;
  grouped.add(`probe ${probe} ${status.name}`, () => ({
    is: "probe",
    weight: "blocks",
    probe: probe as "Readiness",
    container: status.name,
    detail: detail.trim(),
    pods: 1,
    evidence: eventEvidence(failed),
  }));
}

/** Events about containers name them: `spec.containers{app}`. */
const concerns = ({ involvedObject }: CoreEvent, container: string) =>
  involvedObject.fieldPath === undefined || involvedObject.fieldPath.endsWith(`{${container}}`);

/** Pods that were refused: quota, admission, forbidden. */
function creationTroubles(rollout: Rollout, eventsOf: (uid: string) => readonly CoreEvent[]): Finding[] {
  const { workload, revisions } = rollout;
  if (workload.plural === "deployments") {
    const failing = revisions
      .map(({ object, id }) => ({
        id,
        condition: conditionOf(
          (object as { status?: { conditions?: { type: string; status: string; message?: string }[] } }).status
            ?.conditions,
          "ReplicaFailure",
        ),
      }))
      .find(({ condition }) => condition?.status === "True");
    const own = conditionOf(workload.object.status?.conditions, "Progressing");
    const text = failing?.condition?.message ?? (own?.reason === "ReplicaSetCreateError" ? own.message : undefined);
    if (text === undefined) return [];
    return [
      {
        is: "cannotCreate",
        weight: "blocks",
        detail: text,
        evidence: [
          { type: "status", of: "ReplicaFailure", text },
          ...eventEvidence(newest(eventsOf(failing?.id ?? ""), ({ reason }) => reason === "FailedCreate")),
        ],
      },
    ];
  }
  const { counts } = rollout;
  if (counts.current >= counts.desired) return [];
  const failed = newest(eventsOf(workload.object.metadata?.uid ?? ""), ({ reason }) => reason === "FailedCreate");
  const created = newest(eventsOf(workload.object.metadata?.uid ?? ""), ({ reason }) => reason === "SuccessfulCreate");
  if (!failed || (created && lastTime(created) > lastTime(failed))) return [];
  return [{ is: "cannotCreate", weight: "blocks", detail: failed.message ?? "", evidence: eventEvidence(failed) }];
}
