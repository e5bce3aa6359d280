/** `rollout status` on a terminal: draws a picture and draws over it. The cursor is never hidden, so nothing needs to be put right after Ctrl-C. */
import { parseRevision } from "../../../../api/apps/revision-number.ts";
import type { ControllerRevision, Deployment, Pod, ReplicaSet } from "../../../../api/generated/types.ts";
import type { KubeObject } from "../../../../api/kind.ts";
import { systemClock as clock } from "../../../../base/clock.ts";
import type { Found } from "../../core/find-objects.ts";
import { selectorText } from "../../core/selectors.ts";
import type { Session } from "../../core/session.ts";
import type { Terminal } from "../../print/terminal.ts";

import { frames } from "./frames.ts";
import { hashOf, newestRevision, picture, updatedOf, type Workload } from "./picture.ts";
import { objectText } from "./shared.ts";
import { revisionAnnotation } from "./status-viewer.ts";

export interface Live {
  /** The workload has changed. */
  show(workload: KubeObject): void;
  /** Resolves when the pods that belong to the workload's last state have been seen and drawn. */
  settled(): Promise<void>;
  /** The last picture stays where it is. */
  close(): void;
}

/** Longest time between two pictures, for the time that passes. Milliseconds. */
const tick = 1000;
/** Changes that come together make one picture. Milliseconds. */
const pause = 40;
/** How long the last picture waits for pods that the workload counts. Milliseconds. */
const longestWait = 2000;

export function openLive(session: Session, found: Found, terminal: Terminal, signal: AbortSignal): Live {
  const ended = new AbortController();
  const until = AbortSignal.any([signal, ended.signal]);
  const startedAt = clock.now();
  let workload = found.object as Workload;
  const pods = new Map<string, Pod>();
  const revisions = new Map<string, bigint>();
  let drawn = { lines: 0, columns: 0 };
  let waiting = false;

  const draw = () => {
    waiting = false;
    if (until.aborted) return;
    const { columns, rows } = terminal.size();
    // A selector may pick pods of others.
    const shown = [...pods.values()].filter((pod) => revisions.size === 0 || revisions.has(hashOf(pod)));
    const scene = {
      title: objectText(found),
      workload,
      revisions,
      pods: shown,
      startedAt,
      now: clock.now(),
    };
    const lines = picture(scene, { columns, rows, color: terminal.color });
    // In a window of another width the old lines lie elsewhere: they stay.
    const up = drawn.lines > 0 && drawn.columns === columns ? `\u001b[${drawn.lines}A\r\u001b[J` : "";
    terminal.write(`${up}${lines.join("\n")}\n`);
    drawn = { lines: lines.length, columns };
  };
  const soon = () => {
    if (waiting) return;
    waiting = true;
    clock.after(pause, draw);
  };
  const stopTicking = clock.every(tick, draw);

  const { namespace, uid } = found.object.metadata;
  const labelSelector = selectorText((found.object as Deployment).spec?.selector);
  const follow = async <T extends KubeObject>(type: string, seen: (object: T, gone: boolean) => void) => {
    const resource = (await session.discovery()).find(type);
    for await (const { type: event, object } of frames(
      session,
      { resource, namespace, select: { labelSelector } },
      until,
    )) {
      if (event === "BOOKMARK" || event === "ERROR") continue;
      seen(object as T, event === "DELETED");
      soon();
    }
  };
  const ours = ({ metadata }: KubeObject) =>
    metadata?.ownerReferences?.some((owner) => owner.controller && owner.uid === uid);
  // The picture is a help: whoever may not watch pods sees what the workload itself says.
  let blind = false;
  const quietly = (work: Promise<void>) =>
    void work.catch(() => {
      blind = true;
    });
  quietly(
    follow<Pod>("pods", (pod, gone) => {
      const key = pod.metadata?.uid ?? "";
      if (gone) pods.delete(key);
      else pods.set(key, pod);
    }),
  );
  const numbered = (object: KubeObject, hash: string | undefined, number: bigint | undefined) => {
    if (ours(object) && hash && number !== undefined) revisions.set(hash, number);
  };
  if (found.resource.kind === "Deployment")
    quietly(
      follow<ReplicaSet>("replicasets.apps", (set) => {
        const { labels, annotations } = set.metadata ?? {};
        numbered(set, labels?.["pod-template-hash"], parseRevision(annotations?.[revisionAnnotation]));
      }),
    );
  else
    quietly(
      follow<ControllerRevision>("controllerrevisions.apps", (one) =>
        numbered(one, one.metadata?.labels?.["controller-revision-hash"], BigInt(one.revision)),
      ),
    );

  /** Watches bring what they bring in no order: have those of pods and revisions come as far as the workload's? */
  const seenAll = () => {
    const newest = newestRevision(revisions) ?? "";
    const reached = parseRevision(workload.metadata?.annotations?.[revisionAnnotation]) ?? 0n;
    const updated = [...pods.values()].filter((pod) => hashOf(pod) === newest).length;
    return (revisions.get(newest) ?? 0n) >= reached && updated >= updatedOf(workload);
  };

  return {
    show(object) {
      workload = object as Workload;
      soon();
    },
    async settled() {
      const end = clock.monotonic() + longestWait;
      do await clock.sleep(2 * pause, signal);
      while (!seenAll() && !blind && !signal.aborted && clock.monotonic() < end);
      draw();
    },
    close() {
      stopTicking();
      ended.abort();
    },
  };
}
