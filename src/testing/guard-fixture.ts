/** A Deployment with its controller and the rollout guard, as a pure model for tests. */
import type { Deployment } from "../api/generated/types.ts";
import { sizeOf } from "../controllers/deployment/replica-sets.ts";
import { plan } from "../controllers/rolloutguard/plan.ts";
import type { GuardStep } from "../controllers/rolloutguard/step.ts";
import { imageOf, Model, template } from "./deployment-fixture.ts";

export class GuardModel extends Model {
  /** What the guard did, in order. */
  readonly steps: GuardStep[] = [];
  /** Whose pods never become available. */
  broken: ReadonlySet<string> = new Set();

  /** Sets annotations of the Deployment; `undefined` removes one. */
  annotate(annotations: Readonly<Record<string, string | undefined>>): void {
    const all = Object.entries({ ...this.deployment.metadata?.annotations, ...annotations });
    this.#annotate(Object.fromEntries(all.filter(([, value]) => value !== undefined)) as Record<string, string>);
  }

  /** A new image, and in the same write a change-cause. */
  setImage(image: string, cause?: string): void {
    this.edit(() => ({ template: template(image) }));
    if (cause !== undefined) this.annotate({ "kubernetes.io/change-cause": cause });
  }

  /** What `kubectl rollout undo --to-revision` does. */
  undo(image: string): void {
    const rs = this.find(image);
    const own = (key: string) => key.startsWith("deployment.kubernetes.io/");
    const kept = Object.entries(this.deployment.metadata?.annotations ?? {}).filter(([key]) => own(key));
    const taken = Object.entries(rs.metadata?.annotations ?? {}).filter(([key]) => !own(key));
    this.#annotate(Object.fromEntries([...kept, ...taken]));
    this.edit(() => ({ template: template(image) }));
  }

  #annotate(annotations: Record<string, string>): void {
    const { metadata } = this.deployment;
    this.deployment = {
      ...this.deployment,
      metadata: { ...metadata, annotations, generation: (metadata?.generation ?? 0) + 1 },
    };
  }

  next(): GuardStep | undefined {
    return plan(this.deployment, this.replicaSets);
  }

  /** One write of the guard. @returns whether there was one */
  guard(): boolean {
    const step = this.next();
    if (!step) return false;
    this.steps.push(step);
    const { write } = step;
    if (write.kind === "Deployment") {
      const generation = (write.object.metadata?.generation ?? 0) + 1;
      this.deployment = { ...write.object, metadata: { ...write.object.metadata, generation } } as Deployment;
    } else {
      const { uid } = write.object.metadata ?? {};
      this.replicaSets = this.replicaSets.map((rs) => (rs.metadata?.uid === uid ? write.object : rs));
    }
    return true;
  }

  /** Lets the pods come that will come. */
  podsCome(): void {
    for (const rs of [...this.replicaSets]) this.observe(rs, this.broken.has(imageOf(rs)) ? 0 : sizeOf(rs));
  }

  /**
   * All act until nothing changes any more, deadlines included. @throws when that does not come
   * @param guarded whether the guard is running
   */
  rest(guarded = true): void {
    for (let quiet = 0, i = 0; quiet < 2; i++) {
      if (i > 300) throw new Error("it does not come to rest");
      const before = JSON.stringify([this.deployment, this.replicaSets]);
      this.sync();
      this.podsCome();
      if (guarded) this.guard();
      const moved = JSON.stringify([this.deployment, this.replicaSets]) !== before;
      quiet = moved ? 0 : quiet + 1;
      // Nothing left to do now: the deadline passes.
      if (!moved) this.now += 700_000;
    }
  }

  get image(): string {
    return this.deployment.spec?.template.spec?.containers[0]?.image ?? "";
  }

  /** As `kubectl rollout history` shows it. */
  get history(): readonly string[] {
    const row = ({ metadata }: (typeof this.replicaSets)[number]) => [
      Number(metadata?.annotations?.["deployment.kubernetes.io/revision"]),
      metadata?.annotations?.["kubernetes.io/change-cause"] ?? "<none>",
    ];
    return this.replicaSets
      .map(row)
      .sort(([a], [b]) => Number(a) - Number(b))
      .map((cells) => cells.join(" "));
  }

  get undos(): readonly GuardStep[] {
    return this.steps.filter(({ event }) => event?.reason === "DeploymentRollback");
  }

  get said(): readonly string[] {
    return this.steps.flatMap(({ event }) => (event ? [event.message] : []));
  }
}
