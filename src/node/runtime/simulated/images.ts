import { createHash } from "node:crypto";
import type { Clock } from "../../../base/clock.ts";
import { type ImageService, type ImageStatus, RuntimeError } from "../runtime.ts";
import { behaviourOf, type SimulatedImage } from "./behaviour.ts";

/** Images that are only names. */
export function createSimulatedImages(clock: Clock, behaviours: readonly SimulatedImage[]): ImageService {
  const byReference = new Map<string, ImageStatus>();

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
    list: async () => [...byReference.values()],
    async pull(reference) {
      const { pullDelay = 0, pullError } = behaviourOf(behaviours, reference);
      if (pullDelay > 0) await clock.sleep(pullDelay);
      if (pullError !== undefined) throw new RuntimeError("ErrImagePull", pullError);
      return add(reference);
    },
    async remove(reference) {
      const image = byReference.get(reference);
      for (const [name, other] of byReference)
        if (name === reference || other.id === reference || other === image) byReference.delete(name);
    },
  };
}
