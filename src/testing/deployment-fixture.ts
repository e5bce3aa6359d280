/** A pure model of a Deployment's surroundings for tests: applies plans and lets pods come and go at will. */
import type { Deployment, DeploymentSpec, Pod, ReplicaSet } from "../api/generated/types.ts";
import { formatTime } from "../base/clock.ts";
import { type DeploymentPlan, plan } from "../controllers/deployment/plan.ts";
import { sizeOf } from "../controllers/deployment/replica-sets.ts";

const start = 1_735_689_600_000;

export function deployment(spec: Partial<DeploymentSpec> & { image?: string } = {}): Deployment {
  const { image = "app:1", ...rest } = spec;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default", uid: "d", generation: 1, resourceVersion: "1" },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "web" } },
      template: template(image),
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...rest,
    },
  };
}

export const template = (image: string) => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "web", image }] },
});

export class Model {
  deployment: Deployment;
  replicaSets: ReplicaSet[] = [];
  /** Pods that are terminating, by the UID of their ReplicaSet. */
  pods = new Map<string, readonly Pod[]>();
  now = start;
  events: string[] = [];
  lastPlan: DeploymentPlan = { changes: [], deletions: [], events: [] };
  #uid = 0;

  constructor(first: Deployment) {
    this.deployment = first;
  }

  edit(change: (spec: DeploymentSpec) => Partial<DeploymentSpec>): void {
    const spec = this.deployment.spec as DeploymentSpec;
    const generation = (this.deployment.metadata?.generation ?? 0) + 1;
    this.deployment = {
      ...this.deployment,
      metadata: { ...this.deployment.metadata, generation },
      spec: { ...spec, ...change(spec) },
    };
  }

  /** Plans without writing. */
  plan(): DeploymentPlan {
    return plan({ deployment: this.deployment, replicaSets: this.replicaSets, pods: this.pods }, this.now);
  }

  /**
   * One sync.
   * @param writes stop after this many writes, as a crash would
   * @returns whether anything was written
   */
  sync(writes = Number.POSITIVE_INFINITY): boolean {
    const todo = this.plan();
    this.lastPlan = todo;
    let left = writes;
    for (const { replicaSet, events } of todo.changes) {
      if (left-- <= 0) return true;
      this.#write(replicaSet);
      this.events.push(...events.map((event) => event.message));
    }
    for (const gone of todo.deletions) {
      if (left-- <= 0) return true;
      this.replicaSets = this.replicaSets.filter((rs) => rs.metadata?.uid !== gone.metadata?.uid);
    }
    this.events.push(...todo.events.map((event) => event.message));
    if (todo.update && left-- > 0) {
      const generation = (todo.update.metadata?.generation ?? 0) + 1;
      this.deployment = { ...todo.update, metadata: { ...todo.update.metadata, generation } };
    }
    if (todo.status && left-- > 0) this.deployment = todo.status;
    return todo.changes.length + todo.deletions.length > 0 || Boolean(todo.update ?? todo.status);
  }

  #write(next: ReplicaSet): void {
    const i = this.replicaSets.findIndex((rs) => rs.metadata?.uid === next.metadata?.uid);
    if (i >= 0 && next.metadata?.uid) {
      const generation = (next.metadata.generation ?? 0) + 1;
      this.replicaSets[i] = { ...next, metadata: { ...next.metadata, generation } };
      return;
    }
    this.#uid += 1;
    const metadata = {
      ...next.metadata,
      uid: `rs-${this.#uid}`,
      generation: 1,
      creationTimestamp: formatTime(this.now + this.#uid * 1000),
    };
    this.replicaSets.push({ ...next, metadata, status: { replicas: 0 } });
  }

  /** The ReplicaSet controller and the nodes do their work: `available` of the wanted pods become available. */
  observe(rs: ReplicaSet, available: number): void {
    const size = sizeOf(rs);
    const count = Math.min(size, Math.max(0, available));
    const observedGeneration = rs.metadata?.generation ?? 0;
    const i = this.replicaSets.indexOf(rs);
    const status = { replicas: size, readyReplicas: count, availableReplicas: count, observedGeneration };
    this.replicaSets[i] = { ...rs, status };
  }

  observeAll(): void {
    for (const rs of [...this.replicaSets]) this.observe(rs, sizeOf(rs));
  }

  /** Syncs and lets all pods become available until nothing changes any more. */
  settle(): void {
    for (let i = 0; i < 500; i++) {
      const before = JSON.stringify(this.replicaSets);
      const wrote = this.sync();
      this.observeAll();
      if (!wrote && before === JSON.stringify(this.replicaSets)) return;
    }
    throw new Error("the model does not settle");
  }

  sizes(): Record<string, number> {
    return Object.fromEntries(this.replicaSets.map((rs) => [imageOf(rs), sizeOf(rs)]));
  }

  find(image: string): ReplicaSet {
    const rs = this.replicaSets.find((candidate) => imageOf(candidate) === image);
    if (!rs) throw new Error(`no ReplicaSet of ${image}`);
    return rs;
  }

  condition(type: string) {
    return this.deployment.status?.conditions?.find((condition) => condition.type === type);
  }
}

export const imageOf = (rs: ReplicaSet): string => rs.spec?.template?.spec?.containers[0]?.image ?? "";

interface ReplicaSetFacts {
  /** Default 0. */
  readonly size?: number;
  /** Default: all of them. */
  readonly available?: number;
  readonly ready?: number;
  /** What its status says there are. Default: its size. */
  readonly actual?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Seconds after the first. */
  readonly created?: number;
  readonly image?: string;
}

/** A ReplicaSet of the fixture's Deployment, in any state. */
export function replicaSet(name: string, facts: ReplicaSetFacts = {}): ReplicaSet {
  const { size = 0, available = size, ready = available, actual = size, annotations = {}, created = 0 } = facts;
  const labels = { app: "web", "pod-template-hash": name };
  const { image = name } = facts;
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name,
      namespace: "default",
      uid: name,
      generation: 1,
      labels,
      annotations,
      creationTimestamp: formatTime(start + created * 1000),
    },
    spec: { replicas: size, selector: { matchLabels: labels }, template: { ...template(image), metadata: { labels } } },
    status: { replicas: actual, readyReplicas: ready, availableReplicas: available, observedGeneration: 1 },
  };
}
