/** Makes images present, with the kubelet's back-off, words and events (kubelet `images/image_manager.go`). */
import type { Container, Pod } from "../api/generated/types.ts";
import type { Clock } from "../base/clock.ts";
import { nextTurn } from "../base/turn.ts";
import type { Client } from "../client/client.ts";
import type { EventRecorder } from "../client/events.ts";
import { secrets } from "../client/kinds.ts";
import { containerPath, errorText } from "./event-text.ts";
import { goDuration } from "./go-duration.ts";
import { parseReference } from "./images/reference.ts";
import { type BackOff, raise, waitUntil } from "./lifecycle/back-off.ts";
import { registryAuthFor, registryOf } from "./registry-auth.ts";
import { type ImageStatus, type RegistryAuth, type Runtime, RuntimeError } from "./runtime/runtime.ts";

type Ensured =
  | { readonly kind: "present"; readonly image: ImageStatus }
  /** A pull runs; the pod is woken when it ends. */
  | { readonly kind: "pulling" }
  /** @property retryAt milliseconds since the epoch */
  | { readonly kind: "failed"; readonly reason: string; readonly message: string; readonly retryAt?: number };

export interface ImagePuller {
  /** @param wake called when a pull that was reported as running has ended */
  ensure(pod: Pod, container: Container, init: boolean, wake: () => void): Promise<Ensured>;
  /** Forgets the back-offs of a pod that is gone. */
  forget(podUid: string): void;
}

export interface ImagePullerOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly client: Client;
}

interface Entry {
  backOff?: BackOff;
  /** What the last failed pull said. */
  lastError?: string;
  running?: Promise<void>;
  outcome?: { image: ImageStatus } | { reason: string; message: string };
}

/** After a failed pull its own error is shown for so long, then the back-off. */
const showErrorFor = 1000;

/** Adds the tag that is meant when there is none. @throws Error when it is no image name */
function withDefaultTag(image: string): string {
  const { tag, digest } = parseReference(image);
  const hasTag = image.lastIndexOf(":") > image.lastIndexOf("/");
  return hasTag || digest || !tag ? image : `${image}:${tag}`;
}

export function createImagePuller({ runtime, clock, events, client }: ImagePullerOptions): ImagePuller {
  const entries = new Map<string, Map<string, Entry>>();
  /** Pulls in progress, shared by all pods that want the same image with the same credentials. */
  const pulls = new Map<string, Promise<ImageStatus>>();

  const entryOf = (uid: string, image: string): Entry => {
    const ofPod = entries.get(uid) ?? new Map<string, Entry>();
    entries.set(uid, ofPod);
    const entry = ofPod.get(image) ?? {};
    ofPod.set(image, entry);
    return entry;
  };

  const pull = (reference: string, auth: RegistryAuth | undefined): Promise<ImageStatus> => {
    const key = JSON.stringify([reference, auth]);
    let running = pulls.get(key);
    if (!running) {
      running = runtime.images.pull(reference, auth).finally(() => pulls.delete(key));
      pulls.set(key, running);
    }
    return running;
  };

  const authFor = async (pod: Pod, reference: string): Promise<RegistryAuth | undefined> => {
    const missing: string[] = [];
    let auth: RegistryAuth | undefined;
    for (const { name } of pod.spec?.imagePullSecrets ?? []) {
      if (!name) continue;
      try {
        const secret = await client.get(secrets, { namespace: pod.metadata?.namespace ?? "", name });
        auth ??= registryAuthFor(registryOf(reference), secret);
      } catch {
        missing.push(name);
      }
    }
    if (missing.length > 0)
      events.event(
        pod,
        "Warning",
        "FailedToRetrieveImagePullSecret",
        `Unable to retrieve some image pull secrets (${missing.join(", ")}); attempting to pull the image may not succeed.`,
      );
    return auth;
  };

  const run = async (entry: Entry, pod: Pod, image: string, reference: string, say: Say): Promise<void> => {
    const start = clock.now();
    try {
      const pulled = await pull(reference, await authFor(pod, reference));
      const took = goDuration(clock.now() - start);
      say(
        "Normal",
        "Pulled",
        `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${pulled.sizeBytes} bytes.`,
      );
      entry.outcome = { image: pulled };
    } catch (error) {
      say("Warning", "Failed", `Failed to pull image "${image}": ${pullText(error)}`);
      const now = clock.now();
      entry.backOff = raise(entry.backOff, now, now);
      entry.outcome = pullFailure(image, error);
      entry.lastError = `${entry.outcome.reason}: ${entry.outcome.message}`;
    }
    delete entry.running;
  };

  return {
    async ensure(pod, container, init, wake) {
      const image = container.image ?? "";
      const say: Say = (type, reason, message) =>
        events.event(pod, type, reason, message, containerPath(container.name, init));
      let reference: string;
      try {
        reference = withDefaultTag(image);
      } catch (error) {
        const message = `Failed to apply default image tag "${image}": ${errorText(error)}`;
        say("Warning", "InspectFailed", message);
        return { kind: "failed", reason: "InvalidImageName", message };
      }
      const policy = container.imagePullPolicy ?? "IfNotPresent";
      const entry = entryOf(pod.metadata?.uid ?? "", image);
      if (policy !== "Always" && !entry.running && !entry.outcome) {
        const found = await runtime.images.find(reference);
        if (found) {
          say("Normal", "Pulled", `Container image "${image}" already present on machine`);
          return { kind: "present", image: found };
        }
        if (policy === "Never") {
          const message = `Container image "${image}" is not present with pull policy of Never`;
          say("Warning", "ErrImageNeverPull", message);
          return { kind: "failed", reason: "ErrImageNeverPull", message };
        }
      }
      if (!entry.running && !entry.outcome) {
        const now = clock.now();
        const until = entry.backOff && waitUntil(entry.backOff, entry.backOff.since, now);
        if (until !== undefined) {
          const message = `Back-off pulling image "${image}"`;
          say("Normal", "BackOff", message);
          return {
            kind: "failed",
            reason: "ImagePullBackOff",
            message: entry.lastError ? `${message}: ${entry.lastError}` : message,
            retryAt: until,
          };
        }
        delete entry.lastError;
        say("Normal", "Pulling", `Pulling image "${image}"`);
        entry.running = run(entry, pod, image, reference, say);
        // A pull that ends at once is not worth a second look.
        await nextTurn();
      }
      if (entry.running) {
        void entry.running.then(wake);
        return { kind: "pulling" };
      }
      const outcome = entry.outcome;
      delete entry.outcome;
      if (!outcome) return { kind: "pulling" };
      if ("image" in outcome) {
        delete entry.backOff;
        return { kind: "present", image: outcome.image };
      }
      return { kind: "failed", ...outcome, retryAt: clock.now() + showErrorFor };
    },
    forget: (podUid) => void entries.delete(podUid),
  };
}

type Say = (type: "Normal" | "Warning", reason: string, message: string) => void;

/** The kubelet strips the code `Unknown` only. */
const pullText = (error: unknown): string =>
  `${error instanceof RuntimeError && error.code ? `rpc error: code = ${error.code} desc = ` : ""}${errorText(error)}`;

function pullFailure(image: string, error: unknown): { reason: string; message: string } {
  const message = pullText(error);
  const special = error instanceof RuntimeError ? error.reason : "";
  if (special === "RegistryUnavailable")
    return {
      reason: special,
      message: `image pull failed for ${image} because the registry is unavailable: ${message}`,
    };
  if (special === "SignatureValidationFailed")
    return {
      reason: special,
      message: `image pull failed for ${image} because the signature validation failed: ${message}`,
    };
  return { reason: "ErrImagePull", message };
}
