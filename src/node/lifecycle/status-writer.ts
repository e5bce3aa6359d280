/** Writes one pod's status, one write at a time, only when it differs from the last one. */
import { isDeepStrictEqual } from "node:util";
import type { Pod, PodStatus } from "../../api/generated/types.ts";
import { isConflict, isNotFound } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import { pods } from "../../client/kinds.ts";
import { fieldManager } from "../field-manager.ts";

export class StatusWriter {
  readonly #client: Client;
  readonly #onNews: (before: Pod) => void;
  /** The newest object known. */
  #pod: Pod;
  /** What was written last, or what the API had before. */
  #last: PodStatus;
  #queue: Promise<void> = Promise.resolve();

  /** @param onNews told, after a conflict, of an object that is newer than `before` and whose event may be yet to come */
  constructor(client: Client, pod: Pod, onNews: (before: Pod) => void) {
    this.#client = client;
    this.#onNews = onNews;
    this.#pod = pod;
    this.#last = pod.status ?? {};
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** The basis for the next status. */
  get last(): PodStatus {
    return this.#last;
  }

  /** Takes note of a newer object. */
  observe(pod: Pod): void {
    if (revisionOf(pod) >= revisionOf(this.#pod)) this.#pod = pod;
  }

  /**
   * @param statusOf makes the status for the object it is given; called again when the object turns out to be newer
   * @throws when the server refuses or is not there; a pod that is gone is no error
   */
  write(statusOf: (pod: Pod, previous: PodStatus) => PodStatus): Promise<void> {
    const done = this.#queue.then(() => this.#write(statusOf));
    this.#queue = done.catch(() => {});
    return done;
  }

  async #write(statusOf: (pod: Pod, previous: PodStatus) => PodStatus): Promise<void> {
    for (;;) {
      const pod = this.#pod;
      const status = statusOf(pod, this.#last);
      if (isDeepStrictEqual(status, this.#last) && agrees(pod.status, status)) return;
      try {
        this.observe(await this.#client.update(pods, { ...pod, status }, { subresource: "status", fieldManager }));
        this.#last = status;
        return;
      } catch (error) {
        if (isNotFound(error)) return;
        if (!isConflict(error)) throw error;
      }
      const { namespace = "", name = "", uid } = pod.metadata ?? {};
      try {
        const fresh = await this.#client.get(pods, { namespace, name });
        if (fresh.metadata?.uid !== uid) return;
        const before = this.#pod;
        this.observe(fresh);
        if (this.#pod !== before) this.#onNews(before);
      } catch (error) {
        if (isNotFound(error)) return;
        throw error;
      }
    }
  }
}

/** Someone may have overwritten what the agent said, as the node controller does while it thinks the node dead. */
const agrees = (there: PodStatus | undefined, status: PodStatus): boolean =>
  there?.phase === status.phase &&
  (status.conditions ?? []).every((c) => there?.conditions?.find((t) => t.type === c.type)?.status === c.status);

const revisionOf = (pod: Pod): number => Number(pod.metadata?.resourceVersion ?? 0);
