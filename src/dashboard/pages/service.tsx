/** One Service: how it is reached, who is behind it, and a request to try. */
import type { Service } from "../../api/generated/types.ts";
import { endpointSlices, pods, services } from "../../client/kinds.ts";
import { type Backend, backendsOf } from "../model/backends.ts";
import { conditionOf, podStateOf } from "../model/pod-state.ts";
import { isLoading, live, serviceBucket } from "../state/cluster.ts";
import { now } from "../state/now.ts";
import { addressOf, type Route } from "../state/route.ts";
import { useTraffic } from "../state/traffic.ts";
import { t } from "../text/text.ts";
import { AccessNote, Age, Fact, Section } from "../ui/parts.tsx";
import { useTitle } from "../ui/title.ts";
import { TryIt } from "../ui/try-it.tsx";

type ServiceRoute = Extract<Route, { page: "service" }>;

export function ServicePage({ namespace, name }: Omit<ServiceRoute, "page">) {
  const words = t().service;
  useTitle(name);
  const of = live(services);
  const service = of.get(`${namespace}/${name}`);
  return (
    <div class="stack">
      <div class="row">
        <h1 tabIndex={-1}>{name}</h1>
        {service ? <span class="badge">{service.spec?.type}</span> : null}
        <span class="muted">
          {words.kind} · {namespace}
        </span>
      </div>
      {!service && of.access.value.state === "ready" ? <p class="note">{words.gone(name)}</p> : null}
      {!service ? <AccessNote access={of.access.value} kind={words.kind} /> : null}
      {service ? <Shown service={service} /> : null}
    </div>
  );
}

function Shown({ service }: { readonly service: Service }) {
  const { namespace = "", name = "" } = service.metadata ?? {};
  const slices = live(endpointSlices);
  const key = `${namespace}/${name}`;
  const inNamespace = live(pods)
    .list()
    .filter((pod) => pod.metadata?.namespace === namespace);
  const backends = backendsOf(service, slices.by(serviceBucket, key), inNamespace);
  // Half of it would say that nobody is ready.
  const loading = isLoading(endpointSlices, pods);
  const external = service.spec?.type === "ExternalName";
  return (
    <>
      <Reach service={service} />
      {external ? null : loading ? (
        <p class="muted">{t().access.loading}</p>
      ) : (
        <>
          <Backends service={service} backends={backends} />
          <AccessNote access={slices.access.value} kind="EndpointSlice" />
          <TryIt service={service} backends={backends} />
        </>
      )}
    </>
  );
}

function Reach({ service }: { readonly service: Service }) {
  const words = t().service;
  const { namespace = "", name = "", creationTimestamp } = service.metadata ?? {};
  const { spec, status } = service;
  const outside = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? "");
  const nodePorts = (spec?.ports ?? []).some(({ nodePort }) => nodePort);
  return (
    <Section title={words.reach} id="reach">
      <dl class="facts">
        <Fact term={words.dns}>
          <code>{`${name}.${namespace}.svc.cluster.local`}</code>
        </Fact>
        {spec?.type === "ExternalName" ? null : (
          <Fact term={words.clusterIP}>
            {spec?.clusterIP === "None" ? (
              <span class="muted">{words.headless}</span>
            ) : (
              (spec?.clusterIPs ?? [spec?.clusterIP ?? ""]).map((ip) => <code key={ip}>{ip}</code>)
            )}
          </Fact>
        )}
        {spec?.type === "LoadBalancer" ? (
          <Fact term={words.outside}>
            {outside.length > 0 ? (
              outside.map((address) => (
                <code key={address} class="line">
                  {address}
                </code>
              ))
            ) : (
              <span class="muted">{words.pending}</span>
            )}
          </Fact>
        ) : null}
        <Fact term={t().pod.age}>
          <Age time={creationTimestamp} />
        </Fact>
      </dl>
      {spec?.type === "ExternalName" ? <p class="note">{words.external(spec.externalName ?? "")}</p> : null}
      {(spec?.ports ?? []).length > 0 ? (
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{words.port}</th>
              <th scope="col">{words.target}</th>
              {nodePorts ? <th scope="col">{words.nodePortNumber}</th> : null}
            </tr>
          </thead>
          <tbody>
            {(spec?.ports ?? []).map(({ name: portName, port, protocol, targetPort, nodePort }) => (
              <tr key={`${port}/${protocol}`}>
                <td class="tabular">
                  {port}/{protocol ?? "TCP"} {portName ? <span class="muted">{portName}</span> : null}
                </td>
                <td data-label={words.target} class="tabular">
                  {String(targetPort ?? port)}
                </td>
                {nodePorts ? (
                  <td data-label={words.nodePortNumber} class="tabular">
                    {nodePort ?? "–"}
                  </td>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </Section>
  );
}

function Backends({ service, backends }: { readonly service: Service; readonly backends: readonly Backend[] }) {
  const words = t().service;
  const { namespace, name } = service.metadata ?? {};
  const rates = useTraffic(`${namespace}/${name}`).value;
  const all = [...(rates?.values() ?? [])].reduce((sum, rate) => sum + rate, 0);
  const selector = Object.entries(service.spec?.selector ?? {});
  return (
    <Section title={words.backends} id="backends">
      <div class="row">
        <span class="muted">{words.selector}</span>
        {selector.map(([key, value]) => (
          <code key={key} class="chip">{`${key}=${value}`}</code>
        ))}
      </div>
      {selector.length === 0 ? <p class="note">{words.noSelector}</p> : null}
      {selector.length > 0 && backends.length === 0 ? <p class="note warn">{words.noMatch}</p> : null}
      {backends.length > 0 && !backends.some(({ ready, draining }) => ready || draining) ? (
        <p class="note warn">{words.noneReady}</p>
      ) : null}
      {backends.length > 0 ? (
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{words.pod}</th>
              <th scope="col">{words.readiness}</th>
              <th scope="col">{words.address}</th>
              {rates ? <th scope="col">{words.share}</th> : null}
            </tr>
          </thead>
          <tbody>
            {backends.map((backend) => (
              <BackendRow
                key={backend.id}
                backend={backend}
                {...(rates
                  ? { traffic: { rate: rates.get(`${namespace}/${backend.pod?.metadata?.name}`) ?? 0, all } }
                  : {})}
              />
            ))}
          </tbody>
        </table>
      ) : null}
    </Section>
  );
}

interface BackendRowProps {
  readonly backend: Backend;
  /** New connections per second: of this one, and of all. */
  readonly traffic?: { readonly rate: number; readonly all: number };
}

function BackendRow({ backend, traffic }: BackendRowProps) {
  const words = t().service;
  const { pod, address, ready, draining, ports } = backend;
  return (
    <tr>
      <td>
        {pod ? (
          <a
            href={addressOf({
              page: "pod",
              namespace: pod.metadata?.namespace ?? "",
              name: pod.metadata?.name ?? "",
              tab: "state",
            })}
          >
            {pod.metadata?.name}
          </a>
        ) : (
          <span class="muted">{words.noPod}</span>
        )}
      </td>
      <td data-label={words.readiness}>
        <span class={`badge ${ready ? "good" : draining ? "" : "warn"}`}>
          {ready ? words.ready : draining ? words.draining : words.notReady}
        </span>
        {pod && !ready && !draining ? <WhyNot backend={backend} /> : null}
      </td>
      <td data-label={words.address}>
        {address ? <code>{`${address}${ports.map(({ port }) => `:${port}`).join(" ")}`}</code> : "–"}
      </td>
      {traffic ? (
        <td data-label={words.share} class="tabular">
          {words.perSecond(traffic.rate.toFixed(1))}
          {traffic.all > 0 ? ` · ${words.shareOf(Math.round((100 * traffic.rate) / traffic.all))}` : ""}
        </td>
      ) : null}
    </tr>
  );
}

/** In the words of the pod's state, and the API's own sentence. */
function WhyNot({ backend: { pod } }: { readonly backend: Backend }) {
  if (!pod) return null;
  const { phase, reason } = podStateOf(pod, 0, now.peek());
  const { conditions } = pod.status ?? {};
  const message =
    conditionOf(conditions, "PodScheduled")?.message ?? conditionOf(conditions, "ContainersReady")?.message ?? "";
  return (
    <p class="small why">
      {t().phases[phase]}
      {reason ? ` · ${reason}` : ""}
      {message ? ` · ${message}` : ""}
    </p>
  );
}
