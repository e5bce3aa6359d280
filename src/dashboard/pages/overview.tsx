import { useComputed } from "@preact/signals";
import type { CoreEvent, Node, Service } from "../../api/generated/types.ts";
import { keyOf } from "../../api/kind.ts";
import { parseTime } from "../../base/clock.ts";
import { type deployments, events, nodes, pods, services } from "../../client/kinds.ts";
import { lastSeen, timesSeen } from "../model/events.ts";
import { lessonNamespace } from "../model/lesson.ts";
import { conditionOf } from "../model/pod-state.ts";
import { live, nodeBucket, scope } from "../state/cluster.ts";
import { now } from "../state/now.ts";
import { rolloutView, type WorkloadName, workloadKinds, workloadNames } from "../state/rollouts.ts";
import { addressOf } from "../state/route.ts";
import { t } from "../text/text.ts";
import { sentenceOf } from "../ui/findings.tsx";
import { AccessNote, Age, Section, StateBadge, Worded } from "../ui/parts.tsx";
import { PodMarks } from "../ui/pods.tsx";
import { useTitle } from "../ui/title.ts";

export function OverviewPage() {
  const words = t().overview;
  useTitle(words.title);
  return (
    <div class="stack">
      <div class="row spread">
        <h1 tabIndex={-1}>{words.title}</h1>
        <a href={addressOf({ page: "lesson", namespace: lessonNamespace })}>{t().lesson.invite}</a>
      </div>
      <Workloads />
      <div class="halves">
        <Services />
        <div class="stack">
          <Nodes />
          <Warnings />
        </div>
      </div>
    </div>
  );
}

function Workloads() {
  const words = t().overview;
  const names = workloadNames();
  const accesses = Object.entries(workloadKinds).map(([plural, kind]) => ({
    plural: plural as keyof typeof workloadKinds,
    access: live(kind as typeof deployments).access.value,
  }));
  const loaded = accesses.every(({ access }) => access.state !== "loading");
  return (
    <Section title={words.workloads} id="workloads">
      {accesses
        .filter(({ access }) => access.state === "forbidden" || access.state === "absent")
        .map(({ plural, access }) => (
          <AccessNote key={plural} access={access} kind={t().workload.kinds[plural]} />
        ))}
      {!loaded ? <p class="muted">{t().access.loading}</p> : null}
      {loaded && names.length === 0 ? <NoWorkloads /> : null}
      {names.length > 0 ? (
        <table class="table workloads">
          <thead>
            <tr>
              <th scope="col">{words.name}</th>
              <th scope="col">{words.state}</th>
              <th scope="col">{words.ready}</th>
              <th scope="col">{words.image}</th>
              <th scope="col">{words.age}</th>
            </tr>
          </thead>
          <tbody>
            {names.map(({ plural, key }) => (
              <WorkloadRow key={`${plural} ${key}`} plural={plural} name={key} />
            ))}
          </tbody>
        </table>
      ) : null}
    </Section>
  );
}

function NoWorkloads() {
  const namespace = scope.value && scope.value !== "default" ? ` -n ${scope.value}` : "";
  return (
    <div class="stack tight">
      <p>{t().overview.noWorkloads}</p>
      <p class="muted">{t().overview.firstStep}</p>
      <pre class="note">kubectl create deployment web --image=nginx --replicas=3{namespace}</pre>
    </div>
  );
}

/** Rendered again only when its own workload, revisions, pods or their events change. */
function WorkloadRow({ plural, name }: { readonly plural: WorkloadName["plural"]; readonly name: string }) {
  const shown = rolloutView(plural, name);
  if (!shown) return null;
  const { of, findings, state } = shown;
  const words = t().overview;
  const { namespace = "", name: own = "", creationTimestamp } = of.workload.object.metadata ?? {};
  const { ready, desired } = of.counts;
  const images = of.revisions.find(({ current }) => current)?.images ?? [];
  const why = findings.find(({ weight }) => weight === "blocks");
  return (
    <tr>
      <td>
        <a href={addressOf({ page: "workload", plural, namespace, name: own, tab: "rollout" })}>{own}</a>
        <div class="muted small">
          {t().workload.kinds[plural]}
          {scope.value === "" ? ` · ${namespace}` : ""}
        </div>
      </td>
      <td>
        <StateBadge state={state} />
        {why ? (
          <p class="small why">
            <Worded text={sentenceOf(why)} />
          </p>
        ) : null}
      </td>
      <td data-label={words.ready}>
        <span class="tabular">{words.readyOf(ready, desired)}</span>
        <PodMarks rollout={of} />
      </td>
      <td>
        {images.map((image) => (
          <code key={image} class="image">
            {image}
          </code>
        ))}
      </td>
      <td data-label={words.age}>
        <Age time={creationTimestamp} />
      </td>
    </tr>
  );
}

/** Ways to a Service, from near to far. */
function addressesOf({ spec, status }: Service): string[] {
  const outside = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => [ip ?? hostname ?? ""]);
  const inside = (spec?.clusterIPs ?? [spec?.clusterIP ?? ""]).filter((ip) => ip && ip !== "None");
  return [...inside, ...(spec?.externalIPs ?? []), ...outside, ...(spec?.externalName ? [spec.externalName] : [])];
}

const isIp = (address: string) => /^[\d.]+$/.test(address);

const portsOf = ({ spec }: Service) =>
  (spec?.ports ?? []).map(({ port, nodePort, protocol }) => {
    const other = protocol && protocol !== "TCP" ? `/${protocol}` : "";
    return `${port}${nodePort ? `:${nodePort}` : ""}${other}`;
  });

function Services() {
  const words = t().overview;
  const of = live(services);
  const all = [...of.list()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return (
    <Section title={words.services} id="services">
      <AccessNote access={of.access.value} kind={words.services} />
      {of.access.value.state === "ready" && all.length === 0 ? <p class="muted">{words.noServices}</p> : null}
      {all.length > 0 ? (
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{words.name}</th>
              <th scope="col">{words.type}</th>
              <th scope="col">{words.addresses}</th>
              <th scope="col">{words.ports}</th>
            </tr>
          </thead>
          <tbody>
            {all.map((service) => {
              const addresses = addressesOf(service);
              const waits = service.spec?.type === "LoadBalancer" && !service.status?.loadBalancer?.ingress?.length;
              return (
                <tr key={keyOf(service)}>
                  <td>
                    <a
                      href={addressOf({
                        page: "service",
                        namespace: service.metadata?.namespace ?? "",
                        name: service.metadata?.name ?? "",
                      })}
                    >
                      {service.metadata?.name}
                    </a>
                    {scope.value === "" ? <div class="muted small">{service.metadata?.namespace}</div> : null}
                  </td>
                  <td>{service.spec?.type}</td>
                  <td>
                    {addresses.map((address) => (
                      <code key={address} class={isIp(address) ? "line ip" : "line"}>
                        {address}
                      </code>
                    ))}
                    {waits ? <span class="muted">{words.pending}</span> : null}
                    {!waits && addresses.length === 0 ? <span class="muted">{words.noAddress}</span> : null}
                  </td>
                  <td data-label={words.ports}>{portsOf(service).join(", ") || "–"}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      ) : null}
    </Section>
  );
}

function Nodes() {
  const words = t().overview;
  const of = live(nodes);
  const all = [...of.list()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return (
    <Section title={words.nodes} id="nodes">
      <AccessNote access={of.access.value} kind={words.nodes} />
      {of.access.value.state === "ready" && all.length === 0 ? <p class="muted">{words.noNodes}</p> : null}
      {all.length > 0 ? (
        <ul class="plain-list">
          {all.map((node) => (
            <NodeLine key={keyOf(node)} node={node} />
          ))}
        </ul>
      ) : null}
    </Section>
  );
}

function NodeLine({ node }: { readonly node: Node }) {
  const words = t().overview;
  const ready = conditionOf(node.status?.conditions, "Ready");
  const name = node.metadata?.name ?? "";
  const isReady = ready?.status === "True";
  return (
    <li class="row spread">
      <span>{name}</span>
      <span class="row">
        {scope.value === "" ? (
          <span class="muted">{words.podsOnNode(live(pods).by(nodeBucket, name).length)}</span>
        ) : null}
        <span class="muted">{node.status?.nodeInfo?.kubeletVersion}</span>
        {node.spec?.unschedulable ? <span class="badge warn">{words.nodeCordoned}</span> : null}
        <span class={`badge ${isReady ? "good" : "bad"}`} title={isReady ? "" : ready?.message}>
          {isReady ? words.nodeReady : words.nodeNotReady}
        </span>
      </span>
    </li>
  );
}

const hour = 3_600_000;
const mostWarnings = 8;

interface Warned {
  readonly event: CoreEvent;
  readonly time: string;
  /** How many objects it was said of, and how often in all. */
  readonly objects: number;
  readonly times: number;
}

/** What was said of several objects alike is one; the newest come first. */
function warned(all: readonly CoreEvent[]): Warned[] {
  const found = new Map<string, { event: CoreEvent; time: string; objects: Set<string>; times: number }>();
  for (const event of all) {
    if (event.type !== "Warning") continue;
    const { involvedObject: about, message = "", reason } = event;
    const time = lastSeen(event) ?? "";
    const key = [about.kind, reason, message.replaceAll(about.name ?? "", "").replaceAll(about.uid ?? "", "")].join(
      " ",
    );
    const known = found.get(key);
    const times = timesSeen(event);
    if (!known) found.set(key, { event, time, objects: new Set([about.uid ?? ""]), times });
    else {
      known.objects.add(about.uid ?? "");
      known.times += times;
      if (time > known.time) Object.assign(known, { event, time });
    }
  }
  return [...found.values()]
    .map((one) => ({ ...one, objects: one.objects.size }))
    .sort((a, b) => (a.time < b.time ? 1 : -1));
}

function Warnings() {
  const words = t().overview;
  const of = live(events);
  const all = useComputed(() => warned(live(events).list())).value;
  const recent = all.filter(({ time }) => now.value - parseTime(time) < hour).slice(0, mostWarnings);
  return (
    <Section title={words.warnings} id="warnings">
      <AccessNote access={of.access.value} kind={words.events} />
      {of.access.value.state === "ready" && recent.length === 0 ? <p class="muted">{words.noWarnings}</p> : null}
      <ul class="plain-list">
        {recent.map(({ event, time, objects, times }) => (
          <li key={event.metadata.uid} class="stack tight">
            <span class="row spread small">
              <span>
                <strong>{event.reason}</strong> · {event.involvedObject.kind} {event.involvedObject.name}{" "}
                {objects > 1 ? words.andMore(objects - 1) : ""}
              </span>
              <span class="muted">
                {words.timesSeen(times)} · <Age time={time} ago />
              </span>
            </span>
            <span>{event.message}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
