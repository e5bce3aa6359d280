/**
 * The cluster's DNS zone, schema 1.1.0 of Kubernetes' DNS specification. Pure: a snapshot of Services and EndpointSlices, and the
 * records that follow from it.
 */
import type { Endpoint, EndpointSlice, Service } from "../../api/generated/types.ts";
import { keyOf } from "../../api/kind.ts";
import { serviceOf } from "../services.ts";

export type RecordType = "A" | "AAAA" | "SRV" | "PTR" | "CNAME" | "TXT" | "SOA";

export interface DnsRecord {
  readonly name: string;
  readonly type: RecordType;
  /** Seconds. */
  readonly ttl: number;
  readonly data: unknown;
}

export type Lookup =
  /** The name exists; `answers` may be empty: it has no record of that type. */
  | { readonly code: "NOERROR"; readonly answers: readonly DnsRecord[] }
  | { readonly code: "NXDOMAIN" }
  /** Not a name of this zone. */
  | { readonly code: "OUTSIDE" };

const ttl = 5;
const isHeadless = (service: Service) => service.spec?.clusterIP === "None";

/** How an endpoint is called below a headless Service: its hostname, else its address with dashes. */
const endpointName = (endpoint: Endpoint, address: string) => endpoint.hostname || address.replaceAll(/[.:]/g, "-");

interface ReadyEndpoint {
  readonly name: string;
  readonly address: string;
  readonly slice: EndpointSlice;
}

const reverseIPv4 = (ip: string) => `${ip.split(".").reverse().join(".")}.in-addr.arpa`;

export class Zone {
  readonly domain: string;
  readonly #services = new Map<string, Service>();
  readonly #slices = new Map<string, EndpointSlice[]>();
  readonly #pointers = new Map<string, string>();
  readonly #namespaces = new Set<string>();

  /** @param domain without a trailing dot, for example `cluster.local` */
  constructor(domain: string, services: readonly Service[], slices: readonly EndpointSlice[]) {
    this.domain = domain;
    for (const slice of slices) {
      const key = serviceOf(slice);
      if (key === undefined) continue;
      this.#slices.set(key, [...(this.#slices.get(key) ?? []), slice]);
    }
    for (const service of services) {
      this.#services.set(keyOf(service), service);
      this.#namespaces.add(service.metadata?.namespace ?? "");
      const name = this.#serviceName(service);
      if (isHeadless(service)) {
        for (const e of this.#ready(service)) this.#pointers.set(reverseIPv4(e.address), `${e.name}.${name}`);
      } else if (service.spec?.clusterIP) this.#pointers.set(reverseIPv4(service.spec.clusterIP), name);
    }
  }

  /** @param question the name as asked, in any case, without a trailing dot */
  resolve(question: string, type: string): Lookup {
    const name = question.toLowerCase();
    const pointer = this.#pointers.get(name);
    if (pointer !== undefined) {
      return found(type === "PTR" || type === "ANY" ? [{ name: question, type: "PTR", ttl, data: pointer }] : []);
    }
    if (name === this.domain) return found([]);
    if (!name.endsWith(`.${this.domain}`)) return { code: "OUTSIDE" };
    const labels = name
      .slice(0, -this.domain.length - 1)
      .split(".")
      .reverse();
    if (labels.length === 1 && labels[0] === "dns-version") {
      return found(type === "TXT" ? [{ name: question, type: "TXT", ttl, data: ["1.1.0"] }] : []);
    }
    if (labels[0] !== "svc") return { code: "NXDOMAIN" };
    const [, namespace, serviceName, ...rest] = labels;
    if (namespace === undefined) return found([]);
    if (serviceName === undefined) return this.#namespaces.has(namespace) ? found([]) : { code: "NXDOMAIN" };
    const service = this.#services.get(`${namespace}/${serviceName}`);
    if (!service) return { code: "NXDOMAIN" };
    return this.#inService(question, service, rest.reverse(), type);
  }

  /** @param rest labels in front of the Service's own name, in reading order */
  #inService(question: string, service: Service, rest: readonly string[], type: string): Lookup {
    const spec = service.spec ?? {};
    if (spec.type === "ExternalName") {
      if (rest.length > 0) return { code: "NXDOMAIN" };
      const target = (spec.externalName ?? "").replace(/\.$/, "");
      const cname: DnsRecord = { name: question, type: "CNAME", ttl, data: target };
      const chased = type === "CNAME" ? undefined : this.resolve(target, type);
      return found([cname, ...(chased?.code === "NOERROR" ? chased.answers : [])]);
    }
    const ready = isHeadless(service) ? this.#ready(service) : [];
    const addressesOf = (owner: string, list: readonly string[]): DnsRecord[] =>
      list
        .map((data): DnsRecord => ({ name: owner, type: data.includes(":") ? "AAAA" : "A", ttl, data }))
        .filter((r) => r.type === type || type === "ANY");

    if (rest.length === 0) {
      if (!isHeadless(service)) return found(addressesOf(question, spec.clusterIPs ?? [spec.clusterIP ?? ""]));
      if (ready.length === 0) return { code: "NXDOMAIN" };
      return found(addressesOf(question, [...new Set(ready.map((e) => e.address))]));
    }
    if (rest.length === 1) {
      const matching = ready.filter((e) => e.name === rest[0]);
      if (matching.length === 0) return { code: "NXDOMAIN" };
      return found(
        addressesOf(
          question,
          matching.map((e) => e.address),
        ),
      );
    }
    const [port, protocol] = rest;
    if (rest.length > 2 || !port?.startsWith("_") || !protocol?.startsWith("_")) return { code: "NXDOMAIN" };
    const records = this.#serviceRecords(question, service, ready, port.slice(1), protocol.slice(1).toUpperCase());
    if (records.length === 0) return { code: "NXDOMAIN" };
    return found(type === "SRV" || type === "ANY" ? records : []);
  }

  #serviceRecords(owner: string, service: Service, ready: readonly ReadyEndpoint[], port: string, protocol: string) {
    const name = this.#serviceName(service);
    const record = (target: string, number: number): DnsRecord => ({
      name: owner,
      type: "SRV",
      ttl,
      data: { priority: 0, weight: 100, port: number, target },
    });
    if (!isHeadless(service)) {
      return (service.spec?.ports ?? [])
        .filter((p) => p.name === port && (p.protocol ?? "TCP") === protocol)
        .map((p) => record(name, p.port));
    }
    return ready.flatMap((e) =>
      (e.slice.ports ?? [])
        .filter((p) => p.name === port && (p.protocol ?? "TCP") === protocol && p.port !== undefined)
        .map((p) => record(`${e.name}.${name}`, p.port ?? 0)),
    );
  }

  #serviceName(service: Service): string {
    return `${service.metadata?.name}.${service.metadata?.namespace}.svc.${this.domain}`;
  }

  #ready(service: Service): ReadyEndpoint[] {
    return (this.#slices.get(keyOf(service)) ?? []).flatMap((slice) =>
      (slice.endpoints ?? [])
        .filter((e) => e.conditions?.ready ?? true)
        .flatMap((e) => e.addresses.map((address) => ({ name: endpointName(e, address), address, slice }))),
    );
  }
}

const found = (answers: readonly DnsRecord[]): Lookup => ({ code: "NOERROR", answers });
