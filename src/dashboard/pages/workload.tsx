/** One workload: its rollout, its history, its YAML. */
import { useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { KindRef } from "../../api/kind.ts";
import { live } from "../state/cluster.ts";
import { findingsOf, rollout, shownState, workload, workloadKinds } from "../state/rollouts.ts";
import { addressOf, goTo, type Route, type WorkloadTab, workloadTabs } from "../state/route.ts";
import { t } from "../text/text.ts";
import { LogView } from "../ui/log-view.tsx";
import { AccessNote, Section, StateBadge } from "../ui/parts.tsx";
import { useShortcuts } from "../ui/shortcuts.tsx";
import { useTitle } from "../ui/title.ts";
import { WorkloadActions } from "../ui/workload-actions.tsx";
import { HistoryTab } from "./history-tab.tsx";
import { ReplayTab } from "./replay-tab.tsx";
import { RolloutTab } from "./rollout-tab.tsx";
import { YamlTab } from "./yaml-tab.tsx";

type WorkloadRoute = Extract<Route, { page: "workload" }>;

const tabKeys: Record<WorkloadTab, string> = { rollout: "1", history: "2", replay: "3", logs: "4", yaml: "5" };

export function WorkloadPage({ plural, namespace, name, tab }: Omit<WorkloadRoute, "page">) {
  const words = t().workload;
  useTitle(name);
  const key = `${namespace}/${name}`;
  const shown = useComputed(() => {
    const of = rollout(plural, key);
    if (!of) return undefined;
    const findings = findingsOf(of);
    return { of, findings, state: shownState(of, findings) };
  }).value;
  const shortcuts = useMemo(
    () =>
      workloadTabs.map((one) => ({
        key: tabKeys[one],
        does: (w: ReturnType<typeof t>["shortcut"]) => w[one],
        run: () => goTo({ page: "workload", plural, namespace, name, tab: one }),
      })),
    [plural, namespace, name],
  );
  useShortcuts(shortcuts);
  const exists = workload(plural, key) !== undefined;
  const kind = words.kinds[plural];
  const access = live(workloadKinds[plural] as KindRef).access.value;
  return (
    <div class="stack">
      <div class="row spread">
        <div class="row">
          <h1 tabIndex={-1}>{name}</h1>
          {shown ? <StateBadge state={shown.state} /> : null}
          <span class="muted">
            {kind} · {namespace}
          </span>
        </div>
        {shown ? (
          <WorkloadActions rollout={shown.of} inTrouble={shown.state === "stuck" || shown.state === "stalled"} />
        ) : null}
      </div>
      <nav class="tabs" aria-label={words.tabList}>
        {workloadTabs.map((one) => (
          <a
            key={one}
            href={addressOf({ page: "workload", plural, namespace, name, tab: one })}
            aria-current={one === tab ? "page" : undefined}
          >
            {words.tabs[one]}
          </a>
        ))}
      </nav>
      {shown && tab === "logs" ? (
        <Section title={t().logs.title} id="logs">
          <LogView pods={shown.of.revisions.flatMap(({ pods }) => pods)} />
        </Section>
      ) : null}
      {shown && tab === "rollout" ? <RolloutTab rollout={shown.of} findings={shown.findings} /> : null}
      {shown && tab === "history" ? <HistoryTab rollout={shown.of} /> : null}
      {shown && tab === "replay" ? <ReplayTab rollout={shown.of} /> : null}
      {shown && tab === "yaml" ? <YamlTab rollout={shown.of} /> : null}
      {!exists && access.state === "ready" ? <p class="note">{words.gone(kind, name)}</p> : null}
      {exists && !shown ? <p class="muted">{t().access.loading}</p> : null}
      {!exists ? <AccessNote access={access} kind={kind} /> : null}
    </div>
  );
}
