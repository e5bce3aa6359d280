import type { KindRef, KubeObject } from "../api/kind.ts";
import { StatusError } from "../base/errors.ts";
import { batchesOf } from "./batches.ts";
import type { ObjectEvent } from "./client.ts";
import type { InformerContext, InformerOptions } from "./informer-contract.ts";

/** Where a reflected kind goes. Called in the server's order. */
export interface ReflectorTarget<T extends KubeObject> {
  replace(objects: readonly T[]): void;
  apply(event: Exclude<ObjectEvent<T>, { type: "BOOKMARK" }>): void;
}

const firstDelay = 100;
const longestDelay = 10_000;
/** A watch that ends sooner than this without having said anything counts as a failure. */
const shortWatch = 1_000;

/**
 * Lists, then watches, for ever: resumes a watch that ends from the last revision seen, lists again when that is too
 * old, and backs off exponentially with jitter while the server fails. Resolves when `signal` aborts; never rejects.
 *
 * It always lists the newest state, never what a server's cache may have: a controller that was started anew would see
 * a time before its own last writes, and make them twice.
 */
export async function reflect<T extends KubeObject>(
  { client, clock, random, logger }: InformerContext,
  kind: KindRef<T>,
  options: InformerOptions,
  signal: AbortSignal,
  target: ReflectorTarget<T>,
): Promise<void> {
  let resourceVersion: string | undefined;
  let failures = 0;
  /** Of the last watch: when it began, and whether it has brought anything. */
  let began: number | undefined;
  let useful = false;
  const worked = () => useful || (began !== undefined && clock.monotonic() - began >= shortWatch);

  const list = async () => {
    const result = await client.list(kind, options);
    if (signal.aborted) return;
    target.replace(result.items);
    resourceVersion = result.resourceVersion;
  };

  const watch = async (): Promise<void> => {
    const events = await client.watch(kind, { ...options, resourceVersion, allowWatchBookmarks: true });
    const close = () => events.close();
    if (signal.aborted) close();
    signal.addEventListener("abort", close, { once: true });
    try {
      for await (const batch of batchesOf(events)) {
        useful = true;
        for (const event of batch) {
          if (signal.aborted) return;
          if (event.type === "BOOKMARK") {
            resourceVersion = event.resourceVersion;
            continue;
          }
          target.apply(event);
          resourceVersion = event.object.metadata?.resourceVersion ?? resourceVersion;
        }
      }
    } finally {
      signal.removeEventListener("abort", close);
      close();
    }
  };

  while (!signal.aborted) {
    began = undefined;
    useful = false;
    try {
      if (resourceVersion === undefined) await list();
      if (signal.aborted) return;
      began = clock.monotonic();
      await watch();
      failures = worked() ? 0 : failures + 1;
    } catch (error) {
      if (signal.aborted) return;
      // One that broke off after it had worked is the first failure, however many there were before it.
      if (worked()) failures = 0;
      const tooOld = error instanceof StatusError && error.code === 410;
      if (tooOld) resourceVersion = undefined;
      failures = tooOld && failures === 0 ? 0 : failures + 1;
      logger[tooOld ? "debug" : "warn"]("watch failed", { kind: kind.kind, error: String(error) });
      if (tooOld && failures === 0) {
        failures = 1;
        continue;
      }
    }
    if (failures > 0) {
      const delay = Math.min(longestDelay, firstDelay * 2 ** (failures - 1));
      await clock.sleep(delay * (0.5 + random.next() / 2), signal);
    }
  }
}
