import type { Invocation } from "./command.ts";
import type { LiveObject } from "./find-objects.ts";

/** Why an object is as it is, for `rollout history`. */
export const changeCauseAnnotation = "kubernetes.io/change-cause";

/** With `--record`: the object with the command line as its change-cause. */
export function recorded<T extends Pick<LiveObject, "metadata">>({ flags, commandLine }: Invocation, object: T): T {
  if (!flags.has("record") || !flags.bool("record")) return object;
  const { metadata } = object;
  const annotations = { ...metadata.annotations, [changeCauseAnnotation]: commandLine };
  return { ...object, metadata: { ...metadata, annotations } };
}
