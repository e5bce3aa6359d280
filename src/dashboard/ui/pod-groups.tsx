/** Pods as tiles, by revision. */
import type { Pod } from "../../api/generated/types.ts";
import { keyOf } from "../../api/kind.ts";
import { podStateOf } from "../model/pod-state.ts";
import type { Revision, Rollout } from "../model/rollout.ts";
import { addressOf } from "../state/route.ts";
import { useTraffic } from "../state/traffic.ts";
import { t } from "../text/text.ts";
import type { PodTile } from "./pod-tile.ts";
import { PodTiles } from "./pod-tiles.tsx";
import { phaseCounts, podClock } from "./pods.tsx";
import { useLeaving } from "./use-leaving.ts";

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
  const revisions = rollout.revisions.filter(
    ({ pods, current, wanted }) => pods.length > 0 || current || (wanted ?? 0) > 0,
  );
  // A group goes no sooner than the last of its tiles.
  const shown = useLeaving(revisions, ({ id }) => id, true);
  return (
    <div class="stack">
      {shown.length === 0 ? <p class="muted">{t().rollout.noPods}</p> : null}
      {shown.map(({ item, leaving }) => (
        <PodGroup key={item.id} revision={leaving ? { ...item, pods: [] } : item} rollout={rollout} rates={rates} />
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
  const namespace = rollout.workload.object.metadata?.namespace ?? "";
  const hrefOf = (name: string) => addressOf({ page: "pod", namespace, name, tab: "state" });
  const tiles = pods.map((pod): PodTile => {
    const { phase, reason, restarts } = podStateOf(pod, rollout.minReadySeconds, at);
    const { name = "", uid = name } = pod.metadata ?? {};
    const rate = rates?.get(keyOf(pod));
    return {
      id: uid,
      name,
      own: ownPart(name, revision.name),
      phase,
      ...(reason ? { reason } : {}),
      ...(pod.spec?.nodeName ? { where: pod.spec.nodeName } : {}),
      ...(rate || restarts > 0 ? { more: <More rate={rate} restarts={restarts} /> } : {}),
    };
  });
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
          {counts.map(([phase, n]) => t().inPhase(n, phase)).join(" · ") || words.noPods}
          {perSecond === undefined ? "" : <span title={words.traffic}> · {words.connections(perSecond)}</span>}
        </span>
      </header>
      <PodTiles pods={tiles} hrefOf={hrefOf} live />
    </section>
  );
}

function More({ rate, restarts }: { readonly rate: number | undefined; readonly restarts: number }) {
  const words = t().rollout;
  return (
    <>
      {rate ? <span class="doing rate">{words.connections(rate)}</span> : null}
      {restarts > 0 ? <span class="doing">{words.restarts(restarts)}</span> : null}
    </>
  );
}
