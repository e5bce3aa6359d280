/** Pods as marks: one small square each, at a glance. */
import type { Pod } from "../../api/generated/types.ts";
import { type PodPhase, podPhases, podStateOf } from "../model/pod-state.ts";
import type { Rollout } from "../model/rollout.ts";
import { now } from "../state/now.ts";
import { t } from "../text/text.ts";

/** More than so many are counted, not drawn. */
const mostMarks = 200;

/** How many pods are in each phase, in the order of a pod's life. */
export function phaseCounts(pods: readonly Pod[], minReadySeconds: number, at: number): [PodPhase, number][] {
  const counts = new Map<PodPhase, number>();
  for (const pod of pods) {
    const { phase } = podStateOf(pod, minReadySeconds, at);
    counts.set(phase, (counts.get(phase) ?? 0) + 1);
  }
  return podPhases.flatMap((phase) => {
    const n = counts.get(phase);
    return n ? [[phase, n] as [PodPhase, number]] : [];
  });
}

/** Looks at the clock only where time itself makes pods available. */
export const podClock = (minReadySeconds: number): number => (minReadySeconds > 0 ? now.value : now.peek());

export function PodMarks({ rollout }: { readonly rollout: Rollout }) {
  const { minReadySeconds, revisions } = rollout;
  const pods = revisions.flatMap((revision) => revision.pods);
  const counts = phaseCounts(pods, minReadySeconds, podClock(minReadySeconds));
  const words = counts.map(([phase, n]) => t().inPhase(n, phase)).join(", ");
  if (pods.length === 0) return null;
  const drawn = pods.length <= mostMarks;
  return (
    <div>
      {drawn ? (
        <div class="marks" role="img" aria-label={words}>
          {counts.flatMap(([phase, n]) =>
            Array.from({ length: n }, (_, i) => (
              <span key={`${phase} ${i}`} class={`mark ${phase}`} title={t().phases[phase]} />
            )),
          )}
        </div>
      ) : (
        <span>{words}</span>
      )}
    </div>
  );
}
