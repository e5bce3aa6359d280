/** Pods as tiles, by revision. */
import type { Pod } from "../../api/generated/types.ts";
import { keyOf } from "../../api/kind.ts";
import { type PodPhase, podStateOf } from "../model/pod-state.ts";
import type { Revision, Rollout } from "../model/rollout.ts";
import { addressOf } from "../state/route.ts";
import { useTraffic } from "../state/traffic.ts";
import { t } from "../text/text.ts";
import { Icon, type IconName } from "./icons.tsx";
import { phaseCounts, podClock } from "./pods.tsx";

/** More pods than that are drawn small. */
const mostTiles = 150;

const icons: Record<PodPhase, IconName> = {
  waiting: "clock",
  starting: "move",
  failing: "alert",
  unready: "clock",
  ready: "clock",
  available: "check",
  stopping: "cross",
  ended: "idle",
};

/** The oldest first. */
const inOrder = (pods: readonly Pod[]) =>
  pods
    .map((pod) => ({ pod, key: `${pod.metadata?.creationTimestamp} ${pod.metadata?.name}` }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ pod }) => pod);

/** What tells the pods of one workload apart. */
const ownPart = (name: string, revision: string) =>
  name.startsWith(`${revision}-`) ? name.slice(revision.length + 1) : name;

/** New connections per second, by pod; undefined where nobody counts them. */
type Rates = ReadonlyMap<string, number> | undefined;

export function PodGroups({ rollout }: { readonly rollout: Rollout }) {
  const rates = useTraffic().value;
  const shown = rollout.revisions.filter(
    ({ pods, current, wanted }) => pods.length > 0 || current || (wanted ?? 0) > 0,
  );
  return (
    <div class="stack">
      {shown.map((revision) => (
        <PodGroup key={revision.id} revision={revision} rollout={rollout} rates={rates} />
      ))}
    </div>
  );
}

function PodGroup({
  revision,
  rollout,
  rates,
}: {
  readonly revision: Revision;
  readonly rollout: Rollout;
  readonly rates: Rates;
}) {
  const words = t().rollout;
  const at = podClock(rollout.minReadySeconds);
  const pods = inOrder(revision.pods);
  const counts = phaseCounts(pods, rollout.minReadySeconds, at);
  const perSecond = rates && pods.reduce((sum, pod) => sum + (rates.get(keyOf(pod)) ?? 0), 0);
  const id = `group-${revision.id}`;
  return (
    <section class={`group ${revision.current ? "current" : ""}`} aria-labelledby={id}>
      <header class="row spread">
        <div class="row">
          <h3 id={id}>{words.revision(revision.number)}</h3>
          {revision.current ? <span class="badge move">{words.newest}</span> : null}
          {revision.images.map((image) => (
            <code key={image}>{image}</code>
          ))}
        </div>
        <span class="muted small">
          {counts.map(([phase, n]) => `${n} ${t().phases[phase]}`).join(" · ") || words.noPods}
          {perSecond === undefined ? "" : <span title={words.traffic}> · {words.connections(perSecond)}</span>}
        </span>
      </header>
      {pods.length > mostTiles ? (
        <div class="marks" role="img" aria-label={counts.map(([phase, n]) => `${n} ${t().phases[phase]}`).join(", ")}>
          {pods.map((pod) => (
            <span
              key={pod.metadata?.uid}
              class={`mark ${podStateOf(pod, rollout.minReadySeconds, at).phase}`}
              title={pod.metadata?.name}
            />
          ))}
        </div>
      ) : (
        <ul class="pods">
          {pods.map((pod) => (
            <PodTile
              key={pod.metadata?.uid}
              pod={pod}
              revision={revision.name}
              minReadySeconds={rollout.minReadySeconds}
              rate={rates?.get(keyOf(pod))}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

function PodTile({
  pod,
  revision,
  minReadySeconds,
  rate,
}: {
  readonly pod: Pod;
  readonly revision: string;
  readonly minReadySeconds: number;
  readonly rate: number | undefined;
}) {
  const { phase, reason, restarts } = podStateOf(pod, minReadySeconds, podClock(minReadySeconds));
  const { name = "", namespace = "" } = pod.metadata ?? {};
  return (
    <li class={`pod ${phase}`} title={[name, pod.spec?.nodeName].filter(Boolean).join(" · ")}>
      <a class="name" href={addressOf({ page: "pod", namespace, name, tab: "state" })}>
        <span class="unseen">{name.slice(0, name.length - ownPart(name, revision).length)}</span>
        {ownPart(name, revision)}
      </a>
      <span class="doing">
        <Icon name={icons[phase]} />
        {phase === "failing" ? reason : t().phases[phase]}
      </span>
      {rate ? <span class="doing rate">{t().rollout.connections(rate)}</span> : null}
      {restarts > 0 ? <span class="doing">{t().rollout.restarts(restarts)}</span> : null}
    </li>
  );
}
