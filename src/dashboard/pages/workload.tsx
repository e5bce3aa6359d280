/** One workload: its rollout, its history, its YAML. */
import { useMemo } from "preact/hooks";
import type { KindRef } from "../../api/kind.ts";
import { live } from "../state/cluster.ts";
import { rolloutView, workload, workloadKinds } from "../state/rollouts.ts";
import { goTo, type Route, type WorkloadTab, workloadTabs } from "../state/route.ts";
import { t } from "../text/text.ts";
import { LogView } from "../ui/log-view.tsx";
import { AccessNote, Section, StateBadge } from "../ui/parts.tsx";
import { useShortcuts } from "../ui/shortcuts.tsx";
import { Tabs } from "../ui/tabs.tsx";
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
  const shown = rolloutView(plural, key);
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
      <Tabs
        label={words.tabList}
        tabs={workloadTabs.map((one) => ({
          label: words.tabs[one],
          route: { page: "workload", plural, namespace, name, tab: one },
          current: one === tab,
        }))}
      />
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
