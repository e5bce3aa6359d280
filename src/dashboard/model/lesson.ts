/**
 * The rollout story as a lesson: its steps, the kubectl command that each stands for, and how the cluster looks when a
 * step has come to its end. Pure.
 */
import type { Deployment, Service } from "../../api/generated/types.ts";
import type { Finding } from "./explain.ts";
import type { Rollout, RolloutState } from "./rollout.ts";

export const lessonNamespace = "wherry-lesson";
export const lessonName = "first-app";

export const lessonSteps = [
  "deploy",
  "expose",
  "update",
  "break",
  "why",
  "undo",
  "history",
  "revision",
  "cleanup",
] as const;
export type LessonStep = (typeof lessonSteps)[number];

export interface LessonImages {
  readonly first: string;
  readonly second: string;
  /** One that no registry has. */
  readonly missing: string;
  /** On which containers of the images listen. */
  readonly port: number;
}

/** What every node of wherry has. */
export const ownImages: LessonImages = {
  first: "wherry/first-app:1",
  second: "wherry/first-app:2",
  missing: "wherry/first-app:10",
  port: 8080,
};

/** As `kubectl create deployment` names it: the last part of the image's name. */
export const containerOf = (image: string): string =>
  (image.split("/").at(-1) ?? image).replace(/[:@].*$/, "").replace(/[^a-zA-Z0-9-]/g, "-") || "app";

/** Absent: the step is read, nothing is done. The namespace is the context's in the reader's own terminal. */
export function commandOf(step: LessonStep, images: LessonImages): string {
  const set = (image: string) => `kubectl set image deployment/${lessonName} ${containerOf(images.first)}=${image}`;
  switch (step) {
    case "deploy":
      return `kubectl create namespace ${lessonNamespace}\nkubectl config set-context --current --namespace=${lessonNamespace}\nkubectl create deployment ${lessonName} --image=${images.first} --replicas=3`;
    case "expose":
      return `kubectl expose deployment ${lessonName} --type=LoadBalancer --port=${images.port}`;
    case "update":
      return `${set(images.second)}\nkubectl rollout status deployment/${lessonName}`;
    case "break":
      return `${set(images.missing)}\nkubectl rollout status deployment/${lessonName}`;
    case "why":
      return "kubectl get pods\nkubectl describe pods";
    case "undo":
      return `kubectl rollout undo deployment/${lessonName}`;
    case "history":
      return `kubectl rollout history deployment/${lessonName}\nkubectl rollout history deployment/${lessonName} --revision=1`;
    case "revision":
      return `kubectl rollout undo deployment/${lessonName} --to-revision=1`;
    case "cleanup":
      return `kubectl delete service ${lessonName}\nkubectl delete deployment ${lessonName}\nkubectl delete namespace ${lessonNamespace}`;
  }
}

/** What the lesson's namespace holds now. */
export interface LessonView {
  /** Is all of it known? */
  readonly known: boolean;
  readonly namespace: boolean;
  readonly rollout: Rollout | undefined;
  readonly state: RolloutState | "stuck" | undefined;
  readonly findings: readonly Finding[];
  readonly service: Service | undefined;
}

const runs = ({ rollout, state }: LessonView, image: string): boolean =>
  state === "complete" && (rollout?.revisions.find(({ current }) => current)?.images.includes(image) ?? false);

/** Does the cluster stand where the step leads? Of steps that are only read: always. */
export function reached(step: LessonStep, view: LessonView, images: LessonImages): boolean {
  if (!view.known) return false;
  switch (step) {
    case "deploy":
    case "revision":
      return runs(view, images.first);
    case "expose":
      return view.service !== undefined;
    case "update":
    case "undo":
      return runs(view, images.second);
    case "break":
      return view.state === "stuck" || view.state === "stalled";
    case "why":
    case "history":
      return true;
    case "cleanup":
      return !view.namespace;
  }
}

/** What `kubectl create deployment` makes. */
export function lessonDeployment({ first }: LessonImages): Deployment {
  const labels = { app: lessonName };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: lessonName, namespace: lessonNamespace, labels },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: containerOf(first), image: first }] } },
    },
  };
}

/** What `kubectl expose` makes. */
export function lessonService({ port }: LessonImages): Service {
  const labels = { app: lessonName };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: lessonName, namespace: lessonNamespace, labels },
    spec: { type: "LoadBalancer", selector: labels, ports: [{ port, protocol: "TCP", targetPort: port }] },
  };
}
