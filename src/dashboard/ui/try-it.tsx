/** A form that sends one request to a Service's pods in turn, and shows what comes back. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Service } from "../../api/generated/types.ts";
import type { Backend } from "../model/backends.ts";
import { type Answer, tryRequest } from "../state/try-request.ts";
import { t } from "../text/text.ts";
import { Problem, Section } from "./parts.tsx";

type ServicePort = NonNullable<NonNullable<Service["spec"]>["ports"]>[number];

const isHttps = ({ name, port, appProtocol }: ServicePort) =>
  port === 443 || /^https/i.test(appProtocol ?? "") || /^https/i.test(name ?? "");

/** Where the request goes: to the pod itself, so that it is known who answers; else to the Service. */
function pathOf(service: Service, port: ServicePort, backend: Backend, path: string): string {
  const { namespace = "", name = "" } = service.metadata ?? {};
  const rest = path.startsWith("/") ? path : `/${path}`;
  const own = backend.ports.find((p) => p.name === (port.name ?? "")) ?? backend.ports[0];
  const scheme = isHttps(port) ? "https:" : "";
  const target =
    backend.pod && own
      ? `pods/${scheme}${backend.pod.metadata?.name}:${own.port}`
      : `services/${scheme}${name}:${port.name || port.port}`;
  return `/api/v1/namespaces/${namespace}/${target}/proxy${rest}`;
}

interface Tried {
  readonly who: string;
  readonly answer: Answer;
}

export function TryIt({ service, backends }: { readonly service: Service; readonly backends: readonly Backend[] }) {
  const words = t().service;
  const ports = (service.spec?.ports ?? []).filter(({ protocol = "TCP" }) => protocol === "TCP");
  const port = useSignal(0);
  const path = useSignal("/");
  const sending = useSignal(false);
  const tried = useSignal<Tried | undefined>(undefined);
  const problem = useSignal<unknown>(undefined);
  const tally = useSignal<ReadonlyMap<string, number>>(new Map());
  const turn = useRef(0);
  const ready = backends.filter((backend) => backend.ready);

  const send = async () => {
    const to = ready[turn.current++ % ready.length];
    const chosen = ports[port.value] ?? ports[0];
    if (!to || !chosen) return;
    sending.value = true;
    problem.value = undefined;
    const who = to.pod?.metadata?.name ?? to.address;
    try {
      tried.value = { who, answer: await tryRequest(pathOf(service, chosen, to, path.value)) };
      tally.value = new Map(tally.value).set(who, (tally.value.get(who) ?? 0) + 1);
    } catch (error) {
      tried.value = undefined;
      problem.value = error;
    } finally {
      sending.value = false;
    }
  };

  if (ports.length === 0) return null;
  return (
    <Section title={words.tryIt} id="try">
      <p class="muted">{words.tryNote}</p>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {ports.length > 1 ? (
          <label class="row">
            {words.port}
            <select value={port.value} onChange={(event) => (port.value = Number(event.currentTarget.value))}>
              {ports.map(({ port: number, name }, i) => (
                <option key={number} value={i}>
                  {name ? `${name} (${number})` : number}
                </option>
              ))}
            </select>
          </label>
        ) : null}
        <label class="row grow">
          {words.path}
          <input type="text" value={path.value} onInput={(event) => (path.value = event.currentTarget.value)} />
        </label>
        <button type="submit" class="primary" disabled={sending.value || ready.length === 0}>
          {sending.value ? words.sending : words.send}
        </button>
      </form>
      {ready.length === 0 ? <p class="muted">{words.noneReady}</p> : null}
      <Problem error={problem.value} />
      <div role="status">{tried.value ? <AnswerView {...tried.value} /> : null}</div>
      {tally.value.size > 0 ? (
        <dl class="facts tally" aria-label={words.tally}>
          {[...tally.value].map(([who, n]) => (
            <div key={who}>
              <dt>{who}</dt>
              <dd class="tabular">{n}</dd>
            </div>
          ))}
        </dl>
      ) : null}
    </Section>
  );
}

function AnswerView({ who, answer: { status, body, cut, milliseconds } }: Tried) {
  const words = t().service;
  return (
    <div class="stack tight">
      <p class="row">
        <span class={`badge ${status < 400 ? "good" : "bad"}`}>{status}</span>
        <span>{words.answered(who)}</span>
        <span class="muted tabular">{words.ms(milliseconds)}</span>
      </p>
      {body ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <pre class="answer" tabIndex={0}>
          {body}
        </pre>
      ) : (
        <p class="muted">{words.noBody}</p>
      )}
      {cut ? <p class="muted">{words.cut}</p> : null}
    </div>
  );
}
