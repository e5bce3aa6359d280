/** What users do, step by step, while controllers are disturbed. Each workload is data; `user.ts` carries it out. */
import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from "../../api/generated/types.ts";

export type Step = (
  | { readonly do: "create"; readonly object: Deployment | StatefulSet | DaemonSet | ReplicaSet }
  | { readonly do: "image"; readonly image: string }
  | { readonly do: "scale"; readonly replicas: number }
  | { readonly do: "pause" | "resume" }
  /** `kubectl rollout undo`: back to the revision before the newest. */
  | { readonly do: "undo" }
  | { readonly do: "delete"; readonly propagation: "Background" | "Foreground" | "Orphan" }
  | { readonly do: "add node"; readonly name: string }
  /** Somebody else's ReplicaSet gets the name that the next one of this image would have. */
  | { readonly do: "take the name"; readonly image: string }
) & {
  /**
   * What to wait for afterwards. `settled`: the cluster is as the specs ask, and then stays so for half a minute;
   * `stalled`: a minute, in which that cannot come about; `under way`: the first pod of the new template is available.
   */
  readonly until: "settled" | "stalled" | "under way";
};

export interface Workload {
  readonly name: string;
  /** The object that steps are about. */
  readonly subject: "deployments" | "statefulsets" | "daemonsets";
  readonly steps: readonly Step[];
}

/** An image whose containers never start. */
export const badImage = "app:bad";

const labels = { app: "web" };
const metadata = { name: "web", namespace: "default" };
const selector = { matchLabels: labels };
const template = (image: string) => ({ metadata: { labels }, spec: { containers: [{ name: "web", image }] } });

const deployment = (spec: Partial<Deployment["spec"]> = {}): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata,
  spec: { replicas: 4, selector, template: template("app:1"), ...spec },
});
const statefulSet = (spec: Partial<StatefulSet["spec"]> = {}): StatefulSet => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata,
  spec: { replicas: 3, selector, template: template("app:1"), ...spec },
});
const daemonSet = (spec: Partial<DaemonSet["spec"]> = {}): DaemonSet => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata,
  spec: { selector, template: template("app:1"), ...spec },
});
const rolling = (maxSurge: number, maxUnavailable: number) => ({
  strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } },
});
/** What somebody left behind without an owner. */
const orphan = (name: string, image: string, replicas: number): ReplicaSet => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: { ...metadata, name, labels },
  spec: { replicas, selector, template: template(image) },
});

/** Plain objects of the three kinds. */
export const initial = { deployments: deployment(), statefulsets: statefulSet(), daemonsets: daemonSet() };

const image = (image: string, until: Step["until"] = "settled"): Step => ({ do: "image", image, until });
const scale = (replicas: number, until: Step["until"] = "settled"): Step => ({ do: "scale", replicas, until });
const create = (object: (Step & { do: "create" })["object"], until: Step["until"] = "settled"): Step => ({
  do: "create",
  object,
  until,
});
const onDeployments = (name: string, ...steps: Step[]): Workload => ({ name, subject: "deployments", steps });

export const workloads: readonly Workload[] = [
  onDeployments("create", create(deployment())),
  onDeployments("scale up and down", create(deployment()), scale(7), scale(2), scale(0), scale(1)),
  onDeployments("update", create(deployment()), image("app:2")),
  onDeployments("update with minReadySeconds", create(deployment({ minReadySeconds: 2 })), image("app:2")),
  onDeployments("update without surge", create(deployment(rolling(0, 2))), image("app:2")),
  onDeployments("update during update", create(deployment()), image("app:2", "under way"), image("app:3")),
  onDeployments("scale during update", create(deployment()), image("app:2", "under way"), scale(8)),
  onDeployments(
    "pause and resume",
    create(deployment()),
    { do: "pause", until: "stalled" },
    image("app:2", "stalled"),
    scale(6, "stalled"),
    { do: "resume", until: "settled" },
  ),
  onDeployments("undo", create(deployment()), image("app:2"), { do: "undo", until: "settled" }),
  onDeployments("undo during update", create(deployment()), image("app:2", "under way"), {
    do: "undo",
    until: "settled",
  }),
  onDeployments(
    "bad image then undo",
    create(deployment({ progressDeadlineSeconds: 20 })),
    image(badImage, "stalled"),
    { do: "undo", until: "settled" },
  ),
  onDeployments(
    "history is cut",
    create(deployment({ replicas: 2, revisionHistoryLimit: 1 })),
    image("app:2"),
    image("app:3"),
    image("app:4"),
  ),
  onDeployments("Recreate", create(deployment({ replicas: 3, strategy: { type: "Recreate" } })), image("app:2")),
  onDeployments(
    "hash collision",
    create(deployment({ replicas: 2 })),
    { do: "take the name", image: "app:2", until: "settled" },
    image("app:2"),
  ),
  onDeployments("adoption", create(orphan("web-orphan", "app:1", 2)), create(deployment()), image("app:2")),
  onDeployments("delete", create(deployment()), { do: "delete", propagation: "Background", until: "settled" }),
  onDeployments("delete in the foreground", create(deployment()), {
    do: "delete",
    propagation: "Foreground",
    until: "settled",
  }),
  onDeployments("delete without pods", create(deployment()), { do: "delete", propagation: "Orphan", until: "settled" }),
  {
    name: "StatefulSet update",
    subject: "statefulsets",
    steps: [create(statefulSet({ minReadySeconds: 1 })), image("app:2"), scale(1), scale(2)],
  },
  {
    name: "StatefulSet, parallel",
    subject: "statefulsets",
    steps: [
      create(
        statefulSet({
          replicas: 4,
          podManagementPolicy: "Parallel",
          updateStrategy: { rollingUpdate: { partition: 1 } },
        }),
      ),
      image("app:2"),
      image("app:1"),
    ],
  },
  {
    name: "StatefulSet update during update",
    subject: "statefulsets",
    steps: [create(statefulSet({ revisionHistoryLimit: 1 })), image("app:2", "under way"), image("app:3")],
  },
  {
    name: "StatefulSet delete",
    subject: "statefulsets",
    steps: [create(statefulSet()), { do: "delete", propagation: "Background", until: "settled" }],
  },
  {
    name: "DaemonSet update",
    subject: "daemonsets",
    steps: [create(daemonSet()), image("app:2"), { do: "add node", name: "node-4", until: "settled" }, image("app:1")],
  },
  {
    name: "DaemonSet, surging",
    subject: "daemonsets",
    steps: [
      create(
        daemonSet({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }),
      ),
      image("app:2", "under way"),
      image("app:3"),
    ],
  },
  {
    name: "DaemonSet delete",
    subject: "daemonsets",
    steps: [create(daemonSet()), { do: "delete", propagation: "Foreground", until: "settled" }],
  },
];

/** Does a step of the user fall into the middle of something? When exactly depends on how far that has got. */
export const interrupts = ({ steps }: Workload): boolean => steps.some(({ until }) => until === "under way");

/** The same, with a user who waits until each step has come to its end. */
export const uninterrupted = (workload: Workload): Workload => ({
  ...workload,
  steps: workload.steps.map((step) => (step.until === "under way" ? { ...step, until: "settled" } : step)),
});
