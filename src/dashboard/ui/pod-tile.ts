/** What is shown of a pod among others, now or in a replay. */
import type { ComponentChildren } from "preact";
import type { PodPhase } from "../model/pod-state.ts";
import { t } from "../text/text.ts";

export interface PodTile {
  /** Tells it apart from every other one that there ever was. */
  readonly id: string;
  readonly name: string;
  /** What tells the pods of one workload apart: the end of the name. */
  readonly own: string;
  readonly phase: PodPhase;
  readonly reason?: string;
  /** Beside the name, on pointing at it. */
  readonly where?: string;
  /** Lines below the phase. */
  readonly more?: ComponentChildren;
}

export interface PodsProps {
  readonly pods: readonly PodTile[];
  /** The page of a pod; absent where there is none. */
  readonly hrefOf?: (name: string) => string;
}

/** What a pod does, in the fewest words. */
export const doing = ({ phase, reason }: Pick<PodTile, "phase" | "reason">): string =>
  (phase === "failing" && reason) || t().phases[phase];
