/** Search: jump to any object that has a page. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { KubeObject } from "../../api/kind.ts";
import { pods, services } from "../../client/kinds.ts";
import { isLoading, live } from "../state/cluster.ts";
import { workloadKinds, workloadNames } from "../state/rollouts.ts";
import { addressOf, goTo, type Route } from "../state/route.ts";
import { t } from "../text/text.ts";
import { Dialog } from "./dialog.tsx";

interface Target {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly route: Route;
}

/** A page of a new kind of object is found once it is added here. */
function targets(): Target[] {
  const { kinds } = t().workload;
  const workloads = workloadNames().map(({ plural, key }): Target => {
    const [namespace = "", name = ""] = key.split("/");
    return {
      kind: kinds[plural],
      namespace,
      name,
      route: { page: "workload", plural, namespace, name, tab: "rollout" },
    };
  });
  const others = (kind: string, objects: readonly KubeObject[], routeOf: (namespace: string, name: string) => Route) =>
    objects.map(({ metadata }): Target => {
      const { namespace = "", name = "" } = metadata ?? {};
      return { kind, namespace, name, route: routeOf(namespace, name) };
    });
  return [
    ...workloads,
    ...others(t().service.kind, live(services).list(), (namespace, name) => ({ page: "service", namespace, name })),
    ...others(t().pod.kind, live(pods).list(), (namespace, name) => ({ page: "pod", namespace, name, tab: "state" })),
  ];
}

/** Those that contain all words; a name that begins with them comes first. */
function matching(all: readonly Target[], text: string): Target[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const score = ({ name, namespace, kind }: Target) => {
    const hay = `${name} ${namespace} ${kind}`.toLowerCase();
    if (!words.every((word) => hay.includes(word))) return -1;
    return name.toLowerCase().startsWith(words[0] ?? "") ? 1 : 0;
  };
  return all
    .map((target) => ({ target, points: score(target) }))
    .filter(({ points }) => points >= 0)
    .sort((a, b) => b.points - a.points)
    .slice(0, 50)
    .map(({ target }) => target);
}

export function Palette({ onClose }: { readonly onClose: () => void }) {
  const words = t().search;
  const text = useSignal("");
  const chosen = useSignal(0);
  const list = useRef<HTMLDivElement>(null);
  const found = matching(targets(), text.value);
  const at = Math.min(chosen.value, Math.max(0, found.length - 1));
  useEffect(() => list.current?.children[at]?.scrollIntoView({ block: "nearest" }), [at]);
  const open = (target: Target | undefined) => {
    if (!target) return;
    onClose();
    goTo(target.route);
  };
  return (
    <Dialog title={words.title} onClose={onClose}>
      <div class="palette stack tight">
        <input
          type="text"
          data-first
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={found.length > 0 ? `palette-${at}` : undefined}
          aria-label={words.placeholder}
          placeholder={words.placeholder}
          autocomplete="off"
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
            chosen.value = 0;
          }}
          onKeyDown={(event) => {
            if (event.isComposing) return;
            if (event.key === "ArrowDown") chosen.value = Math.min(at + 1, found.length - 1);
            else if (event.key === "ArrowUp") chosen.value = Math.max(at - 1, 0);
            else if (event.key === "Enter") open(found[at]);
            else return;
            event.preventDefault();
          }}
        />
        <p class="muted" role="status">
          {found.length > 0
            ? `${words.count(found.length)} · ${words.hint}`
            : isLoading(...Object.values(workloadKinds), services, pods)
              ? t().access.loading
              : words.none}
        </p>
        <div id="palette-list" role="listbox" aria-label={words.title} ref={list}>
          {found.map((target, i) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the keys are the input's
            <div
              key={addressOf(target.route)}
              id={`palette-${i}`}
              role="option"
              aria-selected={i === at}
              onClick={() => open(target)}
            >
              <span>{target.name}</span>
              <span class="muted">
                {target.kind} · {target.namespace}
              </span>
            </div>
          ))}
        </div>
      </div>
    </Dialog>
  );
}
