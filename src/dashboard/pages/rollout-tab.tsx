/** A rollout as it happens. */
import type { Finding } from "../model/explain.ts";
import type { Rollout } from "../model/rollout.ts";
import { t } from "../text/text.ts";
import { Findings } from "../ui/findings.tsx";
import { Section } from "../ui/parts.tsx";
import { PodGroups } from "../ui/pod-groups.tsx";
import { RolloutChart } from "../ui/rollout-chart.tsx";

export function RolloutTab({
  rollout,
  findings,
}: {
  readonly rollout: Rollout;
  readonly findings: readonly Finding[];
}) {
  const words = t().rollout;
  const { desired, updated, ready, available } = rollout.counts;
  return (
    <div class="stack">
      <Section title={words.why} id="why">
        <Findings findings={findings} />
      </Section>
      <Section title={words.pods} id="pods">
        <dl class="counts">
          {(
            [
              [words.desired, desired],
              [words.updated, updated],
              [words.ready, ready],
              [words.available, available],
            ] as const
          ).map(([name, n]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="tabular">{n}</dd>
            </div>
          ))}
        </dl>
        <PodGroups rollout={rollout} />
      </Section>
      <Section title={words.numbers} id="numbers">
        <RolloutChart rollout={rollout} />
      </Section>
    </div>
  );
}
