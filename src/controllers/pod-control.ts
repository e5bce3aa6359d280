/** Creates and deletes the pods of a ReplicaSet or DaemonSet: tells of each in an event, and keeps expectations right. */
import type { Pod } from "../api/generated/types.ts";
import type { KubeObject } from "../api/kind.ts";
import { isConflict, isNamespaceTerminating, isNotFound } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import type { EventRecorder } from "../client/events.ts";
import { pods as podKind } from "../client/kinds.ts";
import type { Expectations } from "./expectations.ts";
import { slowStart } from "./slow-start.ts";

export interface PodControlOptions {
  readonly client: Client;
  readonly events: EventRecorder;
  readonly expectations: Expectations;
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export class PodControl {
  readonly #options: PodControlOptions;

  constructor(options: PodControlOptions) {
    this.#options = options;
  }

  /**
   * Creates `count` pods in slowly growing batches. The caller has said to expect all of them; those that will not come
   * are no longer expected.
   * @returns the first error
   */
  async create(key: string, owner: KubeObject, count: number, podAt: (i: number) => Pod): Promise<unknown> {
    const { client, events, expectations } = this.#options;
    let arrived = 0;
    const { error } = await slowStart(count, async (i) => {
      const pod = podAt(i);
      if (Object.keys(pod.metadata?.labels ?? {}).length === 0) throw new Error("unable to create pods, no labels");
      try {
        const created = await client.create(podKind, pod);
        arrived++;
        events.event(owner, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata?.name}`);
      } catch (error) {
        // Nothing can be created in a namespace that is going away, and nothing need be.
        if (isNamespaceTerminating(error)) return;
        events.event(owner, "Warning", "FailedCreate", `Error creating: ${textOf(error)}`);
        throw error;
      }
    });
    expectations.created(key, count - arrived);
    return error;
  }

  /**
   * Deletes pods, all at once. The caller has said to expect that.
   * @returns the first error; a pod that is gone already is none
   */
  async delete(key: string, owner: KubeObject, doomed: readonly Pod[]): Promise<unknown> {
    const { client, events, expectations } = this.#options;
    let first: unknown;
    await Promise.all(
      doomed.map(async ({ metadata: { namespace = "", name = "", uid = "" } = {} }) => {
        try {
          await client.delete(podKind, { namespace, name }, { preconditions: { uid } });
          events.event(owner, "Normal", "SuccessfulDelete", `Deleted pod: ${name}`);
        } catch (error) {
          expectations.deleted(key, uid);
          // A conflict tells that another pod has the name now.
          if (isNotFound(error) || isConflict(error)) return;
          events.event(owner, "Warning", "FailedDelete", `Error deleting: ${textOf(error)}`);
          first ??= new Error(`unable to delete pods: ${textOf(error)}`);
        }
      }),
    );
    return first;
  }
}
