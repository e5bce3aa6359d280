import { createHash } from "node:crypto";
import type { Clock } from "../../../base/clock.ts";
import { type ImageService, type ImageStatus, RuntimeError } from "../runtime.ts";
import { behaviourOf, type SimulatedImage } from "./behaviour.ts";

/** What is on the node, and how often each pull has failed. */
export interface SimulatedImagesState {
  readonly images: readonly (readonly [reference: string, image: ImageStatus])[];
  readonly failures: readonly (readonly [reference: string, count: number])[];
}

export interface SimulatedImages extends ImageService {
  /** The name that an image was pulled by, given that or its id. */
  nameOf(image: string): string;
  state(): SimulatedImagesState;
}

/** Images that are only names. */
export function createSimulatedImages(
  clock: Clock,
  behaviours: readonly SimulatedImage[],
  from?: SimulatedImagesState,
): SimulatedImages {
  const byReference = new Map<string, ImageStatus>(from?.images);
  const failures = new Map<string, number>(from?.failures);

  const add = (reference: string): ImageStatus => {
    const known = byReference.get(reference);
    if (known) return known;
    const { sizeBytes = 0, user = "" } = behaviourOf(behaviours, reference);
    const digest = `sha256:${createHash("sha256").update(reference).digest("hex")}`;
    const image: ImageStatus = {
      id: digest,
      tags: [reference],
      digests: [`${reference.replace(/:[^/:]*$/, "")}@${digest}`],
      sizeBytes,
      createdAt: clock.now(),
      user,
    };
    byReference.set(reference, image);
    return image;
  };

  return {
    async find(reference) {
      const image = byReference.get(reference) ?? [...byReference.values()].find((i) => i.id === reference);
      return image ?? (behaviourOf(behaviours, reference).present ? add(reference) : undefined);
    },
    nameOf(image) {
      if (byReference.has(image)) return image;
      for (const [name, { id }] of byReference) if (id === image) return name;
      return image;
    },
    list: async () => [...byReference.values()],
    async pull(reference) {
      const { pullDelay = 0, pullError, failedPulls = Number.POSITIVE_INFINITY } = behaviourOf(behaviours, reference);
      if (pullDelay > 0) await clock.sleep(pullDelay);
      const failed = failures.get(reference) ?? 0;
      if (pullError !== undefined && failed < failedPulls) {
        failures.set(reference, failed + 1);
        throw new RuntimeError("ErrImagePull", pullError);
      }
      return add(reference);
    },
    async remove(reference) {
      const image = byReference.get(reference);
      for (const [name, other] of byReference)
        if (name === reference || other.id === reference || other === image) byReference.delete(name);
    },
    state: () => ({ images: [...byReference], failures: [...failures] }),
  };
}
