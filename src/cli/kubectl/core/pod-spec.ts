import type { Container, PodSpec } from "../../../api/generated/types.ts";
import { CommandError } from "./command.ts";
import type { LiveObject } from "./find-objects.ts";

/** Kinds that have a pod, or a template of one, and where its spec is. */
const places: Readonly<Record<string, readonly string[]>> = {
  CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
  DaemonSet: ["spec", "template", "spec"],
  Deployment: ["spec", "template", "spec"],
  Job: ["spec", "template", "spec"],
  Pod: ["spec"],
  ReplicaSet: ["spec", "template", "spec"],
  ReplicationController: ["spec", "template", "spec"],
  StatefulSet: ["spec", "template", "spec"],
};

type MutablePodSpec = { -readonly [K in keyof PodSpec]: PodSpec[K] };

/**
 * The spec of an object's pods, itself and not a copy.
 * @throws CommandError for kinds without one
 */
export function podSpecOf(object: LiveObject): MutablePodSpec {
  const place = places[object.kind];
  let at: unknown = place ? object : undefined;
  for (const key of place ?? []) at = (at as Record<string, unknown> | undefined)?.[key];
  if (at !== undefined) return at as MutablePodSpec;
  const version = object.apiVersion.split("/").at(-1);
  throw new CommandError(`the object is not a pod or does not have a pod template: *${version}.${object.kind}`);
}

export type MutableContainer = { -readonly [K in keyof Container]: Container[K] };

/** Containers whose name fits; `*` stands for any text. Init containers come last. */
export function containersOf(spec: MutablePodSpec, names: string): MutableContainer[] {
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  const pattern = new RegExp(
    `^${names
      .split("*")
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*")}$`,
  );
  return all.filter((container) => pattern.test(container.name));
}
