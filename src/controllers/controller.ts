/**
 * The Controller contract. A controller has a pure `plan.ts` (what should change, given what is and what time it is)
 * and a shell, `controller.ts`, that reads state, calls the plan, applies it and records events.
 */
import type { Clock, Random } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Client } from "../client/client.ts";
import type { EventRecorder } from "../client/events.ts";
import type { InformerFactory } from "../client/informer.ts";

/** When to look at the same key again without a new event. */
export interface ReconcileResult {
  /** Milliseconds from now. */
  readonly requeueAfter?: number;
}

/** Everything a controller may use. It is handed in; nothing is global. */
export interface ControllerContext {
  readonly client: Client;
  /** Shared caches, one watch per kind however many controllers read it. */
  readonly informers: InformerFactory;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * A running control loop. `reconcile` is level-based: its key is a name, never an event; state is read at the time;
 * two reconciles of one key never overlap; a throw is retried with exponential back-off; and being killed between any
 * two lines and started again leads to the same end state.
 */
export interface Controller {
  /** As in `--controllers` upstream: `deployment`, `replicaset`, … */
  readonly name: string;
  /** Resolves when caches are filled and workers run. */
  start(): Promise<void>;
  /** Resolves when no reconcile runs any more. */
  stop(): Promise<void>;
}

export type ControllerFactory = (context: ControllerContext) => Controller;
