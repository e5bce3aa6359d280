/** The acting controller: the one that is disturbed. It lives, dies and is started anew as the fault asks. */
import type { KubeObject } from "../../api/kind.ts";
import type { Cancel } from "../../base/clock.ts";
import type { EventRecorder } from "../../client/events.ts";
import { createInformerFactory } from "../../client/informer.ts";
import type { ControllerFactory } from "../../controllers/controller.ts";
import type { TestPlane } from "../test-plane.ts";
import { createSeededRandom } from "../virtual-clock.ts";
import { type Fault, intercepted, type Write } from "./faults.ts";

export interface Actor {
  /** All its accepted writes, over all its lives. */
  readonly writes: readonly Write[];
  /** How many watch events have reached it. */
  readonly events: number;
  /** It was stopped, for it wrote without end. */
  readonly ranWild: boolean;
  /** Kills it and starts it anew. */
  restart(): void;
  /** No further fault. */
  heal(): void;
  stop(): void;
}

/** Tries to write in one run; the longest undisturbed ones make some fifty. */
const tooManyTries = 500;

/** @param revision the newest revision of the store that is known */
export function startActor(
  plane: TestPlane,
  factory: ControllerFactory,
  fault: Fault,
  recorder: EventRecorder,
  revision: () => string,
): Actor {
  const { client, clock, logger } = plane;
  const writes: Write[] = [];
  /** The store's revision when each write began. */
  const before: string[] = [];
  let tries = 0;
  let events = 0;
  let still = 0;
  let listAt: string | undefined;
  let healed = false;
  let life: { stop(): void } | undefined;
  /** Of a start that is yet to come: there is never more than one life. */
  let cancelStart: Cancel = () => {};

  const dies = (): boolean => {
    if (healed) return false;
    if (fault.fault === "crash after every write") return true;
    return (fault.fault === "crash" || fault.fault === "stale") && fault.write === writes.length;
  };

  const restart = (): void => {
    life?.stop();
    if (fault.fault === "stale") {
      listAt = before[Math.max(0, writes.length - fault.depth)];
      still = clock.now() + fault.ms;
    }
    const down = fault.fault === "crash" ? fault.down : 0;
    cancelStart();
    if (down > 0) cancelStart = clock.after(down, live);
    else live();
  };

  const live = (): void => {
    const seam = intercepted({
      client,
      clock,
      fault,
      listAt,
      revision,
      written(write, since) {
        writes.push(write);
        before.push(since);
        if (!dies()) return false;
        restart();
        return true;
      },
      hasRunWild: () => ++tries > tooManyTries,
      nextEvent: () => ++events,
      stillUntil: () => still,
      freeze(until) {
        still = until;
      },
    });
    const informers = createInformerFactory({ client: seam.client, clock, random: createSeededRandom(1), logger });
    const said: EventRecorder = {
      event: (about: KubeObject, ...rest) => seam.isDead() || recorder.event(about, ...rest),
      as: () => said,
      flush: () => Promise.resolve(),
    };
    const context = { client: seam.client, informers, events: said, clock, random: createSeededRandom(2), logger };
    const controller = factory(context);
    void controller.start();
    life = {
      stop() {
        seam.kill();
        // What it was doing never comes back, so stopping does not end.
        void controller.stop();
        void informers.stop();
      },
    };
  };

  live();
  return {
    writes,
    restart,
    get events() {
      return events;
    },
    get ranWild() {
      return tries > tooManyTries;
    },
    heal() {
      healed = true;
    },
    stop() {
      cancelStart();
      life?.stop();
    },
  };
}
