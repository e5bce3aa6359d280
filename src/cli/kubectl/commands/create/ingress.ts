import { CommandError, type Invocation } from "../../core/command.ts";
import { listFlag, textFlag } from "../../core/flags.ts";
import { createCommand } from "./shared.ts";

export const createIngressCommand = createCommand({
  name: "ingress",
  use: "NAME --rule=host/path=service:port[,tls[=secret]] [flags]",
  short: "Create an ingress with the specified name.",
  flags: [
    listFlag("annotation", "Annotation to insert in the ingress object, in the format annotation=value."),
    textFlag("class", "Ingress Class to be used."),
    textFlag("default-backend", "Default service for backend, in format of svcname:port."),
    listFlag("rule", "Rule in format host/path=service:port[,tls=secretname]. A path that ends in * is a prefix."),
  ],
  failure: "failed to create ingress: ",
  build(invocation, name) {
    check(invocation);
    const { flags } = invocation;
    const rules = flags.list("rule").map(parseRule);
    const annotations = Object.fromEntries(flags.list("annotation").map((a) => a.split(/=(.*)/s).slice(0, 2)));
    const tls = tlsOf(rules);
    const ingressClassName = flags.string("class");
    const defaultBackend = flags.string("default-backend");
    return {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
      spec: {
        ...(ingressClassName ? { ingressClassName } : {}),
        ...(defaultBackend ? { defaultBackend: backend(defaultBackend) } : {}),
        ...(tls.length > 0 ? { tls } : {}),
        ...(rules.length > 0 ? { rules: rulesOf(rules) } : {}),
      },
    };
  },
});

const rulePattern = /^([\w*\-.]*)(\/.*)=([\w-]+):([\w-]+)(,(tls)=?([\w-]+)?)?/;

/** @throws CommandError in kubectl's words */
function check({ flags }: Invocation): void {
  const defaultBackend = flags.string("default-backend");
  const rules = flags.list("rule");
  if (!defaultBackend && rules.length === 0) {
    throw new CommandError(
      "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
    );
  }
  const bad = rules.find((rule) => !rulePattern.test(rule));
  if (bad !== undefined)
    throw new CommandError(`rule ${bad} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
  const annotation = flags.list("annotation").find((a) => !a.includes("="));
  if (annotation !== undefined)
    throw new CommandError(`annotation ${annotation} is invalid and should be in format key=[value]`);
  if (defaultBackend && defaultBackend.split(":").length !== 2)
    throw new CommandError("default-backend should be in format servicename:serviceport");
}

interface Rule {
  readonly host: string;
  readonly path: string;
  readonly service: string;
  /** The Secret of its TLS; empty for one without a name, absent without TLS. */
  readonly secret?: string;
}

function parseRule(text: string): Rule {
  const parts = text.split(",");
  const [host = "", rest = ""] = (parts[0] ?? "").split(/\/(.*)/s);
  const [path = "", service = ""] = rest.split("=");
  return { host, path: `/${path}`, service, ...(parts.length === 2 ? { secret: parts[1]?.split("=")[1] ?? "" } : {}) };
}

function backend(text: string): object {
  const [name = "", port = ""] = text.split(":");
  return { service: { name, port: /^[+-]?\d+$/.test(port) ? { number: Number(port) } : { name: port } } };
}

interface Tls {
  hosts?: string[];
  secretName?: string;
}

/** Hosts with the same Secret stand together. */
function tlsOf(rules: readonly Rule[]): Tls[] {
  const all: Tls[] = [];
  const seen = new Set<string>();
  for (const { host, secret } of rules) {
    if (secret === undefined || seen.has(host)) continue;
    seen.add(host);
    const same = all.find((tls) => (tls.secretName ?? "") === secret);
    if (same) same.hosts = [...(same.hosts ?? []), host];
    else if (host || secret)
      all.push({ ...(host ? { hosts: [host] } : {}), ...(secret ? { secretName: secret } : {}) });
  }
  return all;
}

function rulesOf(rules: readonly Rule[]): object[] {
  const byHost = new Map<string, object[]>();
  for (const { host, path, service } of rules) {
    const prefix = path.endsWith("*");
    const entry = {
      path: prefix ? path.slice(0, -1) : path,
      pathType: prefix ? "Prefix" : "Exact",
      backend: backend(service),
    };
    byHost.set(host, [...(byHost.get(host) ?? []), entry]);
  }
  return [...byHost].map(([host, paths]) => ({ ...(host ? { host } : {}), http: { paths } }));
}
