/** Every word of the page in English. Its type is what every other language must say too. */
import type { Finding } from "../model/explain.ts";
import type { PodPhase } from "../model/pod-state.ts";
import type { RolloutState } from "../model/rollout.ts";
import { inspectEn } from "./inspect/en.ts";
import { lessonEn } from "./lesson/en.ts";
import { replayEn } from "./replay/en.ts";

type FindingOf<Is extends Finding["is"]> = Extract<Finding, { is: Is }>;

/** `1 pod`, `2 pods`. */
const many = (n: number, one: string, more = `${one}s`) => `${n} ${n === 1 ? one : more}`;
const rounded = (n: number) => (n > 0 && n < 10 ? n.toFixed(1) : String(Math.round(n)));
const pods = (n: number) => many(n, "pod");
const colon = (detail: string) => (detail ? `: ${detail}` : "");
const back = (images: readonly string[]) => (images.length > 0 ? ` (${images.map((i) => `\`${i}\``).join(", ")})` : "");

const phases: Record<PodPhase, string> = {
  waiting: "waiting for a node",
  starting: "starting",
  failing: "failing",
  unready: "not ready",
  ready: "ready, not yet available",
  available: "available",
  stopping: "stopping",
  ended: "ended",
};

const states: Record<RolloutState | "stuck", string> = {
  complete: "Complete",
  rolling: "Rolling out",
  stalled: "Stalled",
  stuck: "Stuck",
  paused: "Paused",
  idle: "Scaled to zero",
};

/** Marks names and images with backquotes; whoever shows them sets them in another type. */
const findings: { [Is in Finding["is"]]: (f: FindingOf<Is>) => string } = {
  imagePull: (f) => `\`${f.image}\` cannot be pulled${colon(f.detail)}. ${pods(f.pods)} cannot start without it.`,
  crash: (f) =>
    f.signal === "OOMKilled"
      ? `Container \`${f.container}\` was killed because it used more memory than its limit${times(f.restarts)}.`
      : `Container \`${f.container}\` ends with exit code ${f.exitCode} in ${pods(f.pods)}${times(f.restarts)}.`,
  cannotStart: (f) => `Container \`${f.container}\` cannot start in ${pods(f.pods)}: ${f.reason}${colon(f.detail)}.`,
  probe: (f) =>
    f.probe === "Liveness"
      ? `The liveness probe of \`${f.container}\` fails in ${pods(f.pods)}, so it is started again${colon(f.detail)}.`
      : `The ${f.probe.toLowerCase()} probe of \`${f.container}\` fails in ${pods(f.pods)}, so no traffic goes there${colon(f.detail)}.`,
  unschedulable: (f) => `No node takes ${pods(f.pods)}: ${f.detail}`,
  cannotCreate: (f) => `New pods are refused: ${f.detail}.`,
  paused: (f) =>
    f.changed
      ? "The rollout is paused: what was changed reaches no pod until it is resumed."
      : "The rollout is paused: changes will reach no pod until it is resumed.",
  deadline: (f) => `Nothing has moved for longer than the progress deadline of ${many(f.seconds, "second")}.`,
  minReady: (f) => `${pods(f.pods)} must stay ready for ${many(f.seconds, "second")} before counting as available.`,
  starting: (f) => `${pods(f.pods)} ${f.pods === 1 ? "is" : "are"} starting.`,
  stopping: (f) => `${pods(f.pods)} ${f.pods === 1 ? "is" : "are"} stopping.`,
  onDelete: (f) => `${pods(f.pods)} keep the old version until somebody deletes them: the strategy is OnDelete.`,
  oldServe: (f) => `${many(f.pods, "old pod")} (revision ${f.revision}) ${f.pods === 1 ? "keeps" : "keep"} serving.`,
  undo: (f) => `Undo goes back to revision ${f.revision}${back(f.images)}.`,
  complete: (f) => `${f.pods === 1 ? "The pod runs" : `All ${f.pods} pods run`} revision ${f.revision}.`,
  nothingWanted: () => "It is scaled to zero: no pod runs.",
  rolling: (f) => `${f.updated} of ${f.desired} pods are of the newest revision.`,
};

function times(restarts: number): string {
  return restarts > 0 ? `, ${restarts === 1 ? "once" : `${restarts} times`} so far` : "";
}

export const en = {
  ...inspectEn,
  lesson: lessonEn,
  replay: replayEn,
  languageName: "English",
  title: (what: string) => `${what} · wherry`,
  phases,
  states,
  findings,
  pods,
  inPhase: (n: number, phase: PodPhase) => `${n} ${phases[phase]}`,
  shell: {
    skip: "Skip to the content",
    overview: "Overview",
    namespace: "Namespace",
    allNamespaces: "All namespaces",
    search: "Search",
    language: "Language",
    theme: "Colours",
    themes: { system: "System", light: "Light", dark: "Dark" },
    shortcuts: "Keyboard shortcuts",
    close: "Close",
    cancel: "Cancel",
    context: (context: string) => `Context ${context}`,
    unknownPage: "There is no such page.",
    toOverview: "To the overview",
  },
  connection: {
    connecting: "Connecting…",
    lost: "Connection lost, trying again…",
    tryNow: "Try now",
    back: "The connection is back.",
    expired:
      "The cluster does not accept the credentials any more. Renew them, for example by signing in again; this page then goes on by itself.",
    closed:
      "The dashboard was started anew since this page was opened. Open the address that it printed; this page then goes on by itself.",
    why: "Details",
  },
  access: {
    loading: "Loading…",
    absent: (kind: string) => `This cluster does not serve ${kind}.`,
    forbidden: (kind: string) => `You may not see ${kind} here.`,
    chooseNamespace: "You may be allowed to see those of one namespace: choose it above.",
  },
  search: {
    title: "Go to",
    placeholder: "Name of an object",
    none: "Nothing has such a name.",
    count: (n: number) => many(n, "result"),
    hint: "↑ ↓ choose, Enter opens",
  },
  shortcut: {
    search: "Search for an object",
    help: "Show this list",
    overview: "Go to the overview",
    namespace: "Choose the namespace",
    theme: "Next colours",
    language: "Next language",
    rollout: "Rollout of the workload",
    history: "History of the workload",
    replay: "Replay of its rollouts",
    logs: "Logs of its pods",
    yaml: "YAML of the workload",
    undo: "Undo the rollout",
    restart: "Restart the pods",
    scale: "Scale the workload",
    image: "Set an image",
  },
  age: { justNow: "now", unknown: "unknown" },
  overview: {
    title: "Overview",
    workloads: "Workloads",
    services: "Services",
    nodes: "Nodes",
    warnings: "Recent warnings",
    noWorkloads: "No workload runs here yet.",
    firstStep: "Create one:",
    noServices: "No Service here.",
    noNodes: "The cluster has no node: no pod can run.",
    noWarnings: "No warnings in the last hour.",
    events: "events",
    name: "Name",
    state: "State",
    ready: "Ready",
    image: "Image",
    age: "Age",
    type: "Type",
    addresses: "Addresses",
    ports: "Ports",
    readyOf: (ready: number, desired: number) => `${ready} of ${desired} ready`,
    nodeReady: "Ready",
    nodeNotReady: "Not ready",
    nodeCordoned: "No new pods",
    podsOnNode: pods,
    noAddress: "none",
    pending: "pending",
    timesSeen: (n: number) => (n > 1 ? `${n} times` : "once"),
    andMore: (n: number) => `and ${n} more`,
  },
  workload: {
    kinds: { deployments: "Deployment", statefulsets: "StatefulSet", daemonsets: "DaemonSet" },
    gone: (kind: string, name: string) => `There is no ${kind} ${name}.`,
    tabs: { rollout: "Rollout", history: "History", replay: "Replay", logs: "Logs", yaml: "YAML" },
    tabList: "Views of the workload",
  },
  rollout: {
    why: "What is going on",
    evidence: "Where this is from",
    showLog: "Show its last lines",
    noLog: "It wrote nothing.",
    eventSeen: (reason: string, count: number) =>
      count > 1 ? `Event ${reason}, ${count} times, last` : `Event ${reason},`,
    ago: (duration: string) => `${duration} ago`,
    statusSays: (of: string) => `${of} says`,
    pods: "Pods",
    noPods: "No pods.",
    manyPods: (n: number) => `${pods(n)}: arrow keys lead from one to the next`,
    marksHint: "Each mark is a pod: point at it, or use Tab and the arrow keys; it opens the pod.",
    revision: (n: bigint) => (n > 0n ? `Revision ${n}` : "New revision"),
    newest: "newest",
    restarts: (n: number) => many(n, "restart"),
    counts: "Counts",
    desired: "Desired",
    updated: "Updated",
    ready: "Ready",
    available: "Available",
    numbers: "Pods over time",
    band: (low: number, high: number) => `The strategy keeps at least ${low} available and at most ${high} in all.`,
    total: "all pods",
    chart: (total: number, available: number, low: number, high: number) =>
      `Now ${pods(total)}, ${available} of them available; allowed are ${low} to ${high}.`,
    secondsAgo: (n: number) => (n >= 60 ? `${Math.round(n / 60)} min ago` : `${n} s ago`),
    nowLabel: "now",
    traffic: "New connections per second",
    connections: (n: number) => `${rounded(n)} conn/s`,
  },
  actions: {
    serverWarns: "The server warns:",
    pause: "Pause",
    resume: "Resume",
    undo: {
      open: "Undo…",
      title: (revision: bigint) => `Undo to revision ${revision}`,
      does: (revision: bigint) => `Go back to revision ${revision}`,
      preview: "This is what will change; the server has checked it.",
      paused: "A paused rollout cannot go back. Resume it first.",
    },
    restart: {
      open: "Restart…",
      does: "Restart",
      what: "All pods are replaced by new ones of the same version, as the strategy allows. It makes a new revision.",
    },
    scale: { open: "Scale…", does: "Scale", replicas: "Number of pods" },
    image: { open: "Set image…", does: "Set image", container: (name: string) => `Image of container ${name}` },
    delete: {
      open: "Delete…",
      title: (name: string) => `Delete ${name}?`,
      does: "Delete",
      along: "These go along:",
      stays: "Services, ConfigMaps, Secrets and volume claims stay.",
    },
  },
  history: {
    revisions: "Revisions",
    none: "No revision has been made yet.",
    current: "current",
    noCause: "No change-cause was recorded.",
    changed: (before: bigint) => `What changed since revision ${before}`,
    first: "The oldest revision that is kept.",
    undo: (n: bigint) => `Undo to revision ${n}…`,
    compare: "Compare two revisions",
    from: "From",
    to: "to",
    noDifference: "Nothing differs.",
    linesLeft: (n: number) => `··· ${many(n, "equal line")}`,
  },
  yaml: {
    title: "YAML",
    label: "YAML of the object",
    check: "Check",
    save: "Save",
    discard: "Discard changes",
    hint: "Check asks the server without changing anything.",
    checked: "The server accepts it. This is what would change:",
    saved: "Saved.",
    conflict:
      "Somebody else changed the object since you began: nothing was saved. This is what they changed. Load the newest version and make your change again.",
    loadNewest: "Load the newest version",
  },
};

export type Messages = typeof en;
