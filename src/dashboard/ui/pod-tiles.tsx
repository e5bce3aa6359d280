/** The pods of one revision: as tiles, or as small marks when there are very many. */
import type { PodPhase } from "../model/pod-state.ts";
import { Icon, type IconName } from "./icons.tsx";
import { PodMarkGroup } from "./pod-mark-group.tsx";
import { doing, type PodsProps, type PodTile } from "./pod-tile.ts";
import { useLeaving } from "./use-leaving.ts";

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

interface PodTilesProps extends PodsProps {
  /** Do those that are gone go little by little? */
  readonly live?: boolean;
}

export function PodTiles({ pods, hrefOf, live = false }: PodTilesProps) {
  const many = pods.length > mostTiles;
  const shown = useLeaving(many ? [] : pods, ({ id }) => id, live);
  if (many) return <PodMarkGroup pods={pods} {...(hrefOf ? { hrefOf } : {})} />;
  return (
    <ul class="pods">
      {shown.map(({ item, leaving }) =>
        leaving ? (
          <li key={item.id} class="pod stopping leaving" aria-hidden="true">
            <span class="name">{item.own}</span>
          </li>
        ) : (
          <Tile key={item.id} pod={item} {...(hrefOf ? { hrefOf } : {})} />
        ),
      )}
    </ul>
  );
}

function Tile({ pod, hrefOf }: { readonly pod: PodTile } & Pick<PodsProps, "hrefOf">) {
  const { name, own, phase, where, more } = pod;
  const text = (
    <>
      <span class="unseen">{name.slice(0, name.length - own.length)}</span>
      {own}
    </>
  );
  return (
    <li class={`pod ${phase}`} title={[name, where].filter(Boolean).join(" · ")}>
      {hrefOf ? (
        <a class="name" href={hrefOf(name)}>
          {text}
        </a>
      ) : (
        <span class="name">{text}</span>
      )}
      <span class="doing">
        <Icon name={icons[phase]} />
        {doing(pod)}
      </span>
      {more}
    </li>
  );
}
