/** One pod: its containers and why they are as they are, its logs, its YAML. */
import { useMemo } from "preact/hooks";
import type { Container, ContainerState, ContainerStatus, Pod } from "../../api/generated/types.ts";
import { type KindRef, keyOf } from "../../api/kind.ts";
import { pods, replicaSets } from "../../client/kinds.ts";
import { containerStatuses, podStateOf } from "../model/pod-state.ts";
import { type ProbeView, probesOf } from "../model/probes.ts";
import { live } from "../state/cluster.ts";
import { now } from "../state/now.ts";
import { eventsAbout, workloadKinds } from "../state/rollouts.ts";
import { addressOf, goTo, type PodTab, podTabs, type Route, type WorkloadPlural } from "../state/route.ts";
import { t } from "../text/text.ts";
import { EventTable } from "../ui/event-table.tsx";
import { LogView } from "../ui/log-view.tsx";
import { AccessNote, Age, Fact, Section } from "../ui/parts.tsx";
import { useShortcuts } from "../ui/shortcuts.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { useTitle } from "../ui/title.ts";
import { YamlText } from "../ui/yaml-text.tsx";

type PodRoute = Extract<Route, { page: "pod" }>;

const tabKeys: Record<PodTab, string> = { state: "1", logs: "2", yaml: "3" };

const looks: Record<string, string> = { available: "good", ready: "good", failing: "bad", unready: "warn" };

export function PodPage({ namespace, name, tab }: Omit<PodRoute, "page">) {
  const words = t().pod;
  useTitle(name);
  const of = live(pods);
  const pod = of.get(`${namespace}/${name}`);
  const routeOf = (one: PodTab): Route => ({ page: "pod", namespace, name, tab: one });
  const shortcuts = useMemo(
    () =>
      podTabs.map((one) => ({
        key: tabKeys[one],
        does: () => t().pod.tabs[one],
        run: () => goTo(routeOf(one)),
      })),
    [namespace, name],
  );
  useShortcuts(shortcuts);
  // Time alone changes nothing that is shown here: the pod is not a workload's for which `minReadySeconds` counts.
  const state = pod && podStateOf(pod, 0, now.peek());
  return (
    <div class="stack">
      <div class="row">
        <h1 tabIndex={-1}>{name}</h1>
        {state ? (
          <span class={`badge ${looks[state.phase] ?? ""}`}>
            {t().phases[state.phase]}
            {state.reason ? ` · ${state.reason}` : ""}
          </span>
        ) : null}
        <span class="muted">
          {words.kind} · {namespace}
        </span>
      </div>
      <Tabs
        label={words.tabList}
        tabs={podTabs.map((one) => ({ label: words.tabs[one], route: routeOf(one), current: one === tab }))}
      />
      {!pod && of.access.value.state === "ready" ? <p class="note">{words.gone(name)}</p> : null}
      {!pod ? <AccessNote access={of.access.value} kind={words.kind} /> : null}
      {pod && tab === "state" ? <State pod={pod} /> : null}
      {pod && tab === "logs" ? (
        <Section title={t().logs.title} id="logs">
          <LogView pods={[pod]} />
        </Section>
      ) : null}
      {pod && tab === "yaml" ? (
        <YamlText object={{ apiVersion: "v1", kind: "Pod", ...pod }} label={words.tabs.yaml} />
      ) : null}
    </div>
  );
}

function State({ pod }: { readonly pod: Pod }) {
  const words = t().pod;
  const events = eventsAbout(pod.metadata?.uid ?? "");
  const statuses = containerStatuses(pod);
  const { spec, status, metadata } = pod;
  const all: readonly (readonly [Container, string | undefined])[] = [
    ...(spec?.initContainers ?? []).map(
      (c) => [c, c.restartPolicy === "Always" ? words.sidecar : words.initContainer] as const,
    ),
    ...(spec?.containers ?? []).map((c) => [c, undefined] as const),
  ];
  return (
    <div class="stack">
      <dl class="card facts">
        <Fact term={words.of}>
          <Owner pod={pod} />
        </Fact>
        <Fact term={words.node}>{spec?.nodeName ?? <span class="muted">{words.noNode}</span>}</Fact>
        <Fact term={words.address}>
          {status?.podIP ? <code>{status.podIP}</code> : <span class="muted">{words.noNode}</span>}
        </Fact>
        <Fact term={words.age}>
          <Age time={metadata?.creationTimestamp} />
        </Fact>
      </dl>
      <Section title={words.containers} id="containers">
        <div class="stack">
          {all.map(([container, role]) => (
            <ContainerView
              key={container.name}
              container={container}
              role={role}
              status={statuses.find(({ name }) => name === container.name)}
              probes={probesOf(
                container,
                statuses.find(({ name }) => name === container.name),
                events,
              )}
            />
          ))}
        </div>
      </Section>
      <div class="halves">
        <Section title={words.conditions} id="conditions">
          <Conditions pod={pod} />
        </Section>
        <Section title={words.events} id="events">
          {events.length === 0 ? <p class="muted">{words.noEvents}</p> : <EventTable events={events} />}
        </Section>
      </div>
    </div>
  );
}

/** The workload that the pod belongs to: of a ReplicaSet its Deployment. */
function Owner({ pod }: { readonly pod: Pod }) {
  const { namespace = "", ownerReferences = [] } = pod.metadata ?? {};
  const direct = ownerReferences.find(({ controller }) => controller);
  if (!direct) return <span class="muted">–</span>;
  const set = direct.kind === "ReplicaSet" ? live(replicaSets).get(`${namespace}/${direct.name}`) : undefined;
  const owner = set?.metadata?.ownerReferences?.find(({ controller }) => controller) ?? direct;
  const plural = (Object.keys(workloadKinds) as WorkloadPlural[]).find(
    (one) => (workloadKinds[one] as KindRef).kind === owner.kind,
  );
  const text = `${plural ? t().workload.kinds[plural] : owner.kind} ${owner.name}`;
  if (!plural) return <>{text}</>;
  return <a href={addressOf({ page: "workload", plural, namespace, name: owner.name, tab: "rollout" })}>{text}</a>;
}

interface ContainerViewProps {
  readonly container: Container;
  readonly role: string | undefined;
  readonly status: ContainerStatus | undefined;
  readonly probes: readonly ProbeView[];
}

function ContainerView({ container, role, status, probes }: ContainerViewProps) {
  const words = t().pod;
  const last = status?.lastState?.terminated ? status.lastState : undefined;
  return (
    <article class="stack tight container" aria-label={container.name}>
      <div class="row">
        <h3>{container.name}</h3>
        {role ? <span class="muted small">{role}</span> : null}
      </div>
      <dl class="facts">
        <Fact term={words.image}>
          <code class="image">{container.image}</code>
        </Fact>
        <Fact term={words.state}>
          <StateText state={status?.state ?? {}} />
        </Fact>
        <Fact term={words.restarts}>
          <span class="tabular">{status?.restartCount ?? 0}</span>
        </Fact>
        {last ? (
          <Fact term={words.lastRun}>
            <StateText state={last} />
          </Fact>
        ) : null}
      </dl>
      <div class="stack tight">
        <h4>{words.probes}</h4>
        {probes.length === 0 ? <p class="muted small">{words.noProbes}</p> : null}
        <ul class="plain-list">
          {probes.map((probe) => (
            <Probe key={probe.kind} probe={probe} />
          ))}
        </ul>
      </div>
    </article>
  );
}

function Probe({ probe: { kind, what, periodSeconds, result, failure } }: { readonly probe: ProbeView }) {
  const words = t().pod;
  const shown = {
    good: ["good", words.probeGood],
    bad: ["bad", words.probeBad],
    quiet: ["", words.probeQuiet],
  } as const;
  const [look, text] = shown[result];
  return (
    <li class="stack tight">
      <span class="row">
        <strong>{words.probe[kind]}</strong>
        <span class={`badge ${look}`}>{text}</span>
        <code>{what}</code>
        <span class="muted">{words.every(periodSeconds)}</span>
      </span>
      {failure ? <span class="small">{failure.message}</span> : null}
    </li>
  );
}

function StateText({ state: { running, terminated, waiting } }: { readonly state: ContainerState }) {
  const words = t().pod;
  if (running)
    return (
      <>
        {words.running} · <Age time={running.startedAt} />
      </>
    );
  if (terminated) {
    const { exitCode, signal, reason, message, finishedAt } = terminated;
    return (
      <>
        {words.ended} · {reason ? `${reason} · ` : ""}
        {signal ? words.signal(signal) : words.exitCode(exitCode)} · <Age time={finishedAt} />
        {message ? <div class="small">{message}</div> : null}
      </>
    );
  }
  return (
    <>
      {words.waiting}
      {waiting?.reason ? ` · ${waiting.reason}` : ""}
      {waiting?.message ? <div class="small">{waiting.message}</div> : null}
    </>
  );
}

function Conditions({ pod }: { readonly pod: Pod }) {
  const words = t().pod;
  const status = { True: words.yes, False: words.no } as Record<string, string>;
  return (
    <ul class="plain-list">
      {(pod.status?.conditions ?? []).map(({ type, status: is, reason, message, lastTransitionTime }) => (
        <li key={`${keyOf(pod)} ${type}`} class="stack tight">
          <span class="row spread">
            <span class="row">
              <strong>{type}</strong>
              <span class={`badge ${is === "True" ? "good" : ""}`}>{status[is] ?? words.unknown}</span>
              {reason ? <span class="muted">{reason}</span> : null}
            </span>
            <span class="muted small">
              <Age time={lastTransitionTime} />
            </span>
          </span>
          {message ? <span class="small">{message}</span> : null}
        </li>
      ))}
    </ul>
  );
}
