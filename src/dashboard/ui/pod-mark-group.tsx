/** Very many pods: a mark each. One of them has its place in the order of Tab; from there the arrow keys lead to all. */
import { type Signal, useSignal } from "@preact/signals";
import { Component, type TargetedEvent, type TargetedKeyboardEvent } from "preact";
import { t } from "../text/text.ts";
import { doing, type PodsProps, type PodTile } from "./pod-tile.ts";

/** By how many marks a key moves. @param columns marks in a row */
const steps: Readonly<Record<string, (columns: number) => number>> = {
  ArrowRight: () => 1,
  ArrowLeft: () => -1,
  ArrowDown: (columns) => columns,
  ArrowUp: (columns) => -columns,
  Home: () => Number.NEGATIVE_INFINITY,
  End: () => Number.POSITIVE_INFINITY,
};

/** Marks in a row: those that begin as high as the first. */
function columnsOf(marks: HTMLCollection): number {
  const top = (i: number) => (marks[i] as HTMLElement | undefined)?.offsetTop;
  let n = 1;
  while (n < marks.length && top(n) === top(0)) n++;
  return n;
}

export function PodMarkGroup({ pods, hrefOf }: PodsProps) {
  /** The one with the place in the order of Tab. */
  const active = useSignal("");
  const pointed = useSignal("");
  const first = pods.some(({ id }) => id === active.value) ? active.value : pods[0]?.id;
  const idOf = ({ target }: Event) => (target as HTMLElement).closest<HTMLElement>("[data-pod]")?.dataset.pod ?? "";
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>) => {
    const marks = event.currentTarget.children;
    const at = [...marks].indexOf(event.target as Element);
    const step = steps[event.key];
    if (at < 0 || !step) return;
    event.preventDefault();
    const to = Math.max(0, Math.min(marks.length - 1, at + step(columnsOf(marks))));
    (marks[to] as HTMLElement).focus();
  };
  const onFocus = (event: TargetedEvent<HTMLElement>) => {
    active.value = idOf(event);
    pointed.value = active.value;
  };
  return (
    <div class="stack tight">
      {hrefOf ? <Pointed pods={pods} at={pointed} /> : null}
      {hrefOf ? (
        <nav
          class="marks"
          aria-label={t().rollout.manyPods(pods.length)}
          onKeyDown={onKeyDown}
          onFocusIn={onFocus}
          onPointerOver={(event) => {
            pointed.value = idOf(event);
          }}
        >
          {pods.map((pod) => (
            <Mark
              key={pod.id}
              id={pod.id}
              title={titleOf(pod)}
              look={pod.phase}
              first={pod.id === first}
              {...{ hrefOf }}
            />
          ))}
        </nav>
      ) : (
        <div class="marks" role="img" aria-label={t().pods(pods.length)}>
          {pods.map((pod) => (
            <span key={pod.id} class={`mark ${pod.phase}`} title={titleOf(pod)} />
          ))}
        </div>
      )}
    </div>
  );
}

const titleOf = (pod: PodTile) => `${pod.name} · ${doing(pod)}`;

/** The pod that is pointed at, or has the focus, in words: a mark has none. */
function Pointed({ pods, at }: { readonly pods: readonly PodTile[]; readonly at: Signal<string> }) {
  const pod = pods.find(({ id }) => id === at.value);
  return (
    <p class="muted small" aria-hidden="true">
      {pod ? <code>{titleOf(pod)}</code> : t().rollout.marksHint}
    </p>
  );
}

interface MarkProps {
  readonly id: string;
  readonly title: string;
  readonly look: string;
  readonly first: boolean;
  readonly hrefOf: (name: string) => string;
}

/** There are thousands: one that has not changed is not looked at again. */
class Mark extends Component<MarkProps> {
  override shouldComponentUpdate(next: MarkProps): boolean {
    return next.title !== this.props.title || next.first !== this.props.first;
  }

  override render({ id, title, look, first, hrefOf }: MarkProps) {
    const name = title.slice(0, title.indexOf(" "));
    const tabIndex = first ? 0 : -1;
    return (
      // biome-ignore lint/a11y/useAnchorContent: its label is its name; text in each would be thousands of nodes more
      <a
        class={`mark ${look}`}
        data-pod={id}
        href={hrefOf(name)}
        title={title}
        aria-label={title}
        tabIndex={tabIndex}
      />
    );
  }
}
