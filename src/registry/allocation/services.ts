/**
 * Cluster IPs and node ports of Services, reserved before a write is validated and given back when it fails.
 * Rules: upstream's `registry/core/service/storage`.
 */
import { invalidValue, type Path, path } from "../../api/field.ts";
import type { Service, ServicePort, ServiceSpec } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/kind.ts";
import { internalError, invalid } from "../../base/errors.ts";
import type { KindHooks, Transaction } from "../core.ts";
import { familyOf } from "./addresses.ts";
import { AllocationError, type IpRange, type PortRange, type Reservation } from "./allocators.ts";
import { initFamilies } from "./ip-families.ts";

export interface Ranges {
  /** One per address family; the first is the default. */
  readonly ips: readonly IpRange[];
  readonly ports: PortRange;
}

const at = path("spec");
const specOf = (service: Service): ServiceSpec => {
  service.spec ??= {};
  return service.spec;
};
const isHeadless = (s: ServiceSpec) => s.clusterIPs?.[0] === "None" || s.clusterIP === "None";
const needsIp = (s: ServiceSpec) => s.type !== "ExternalName";
const needsPorts = (s: ServiceSpec) => s.type === "NodePort" || s.type === "LoadBalancer";
const needsHealthPort = (s: ServiceSpec) => s.type === "LoadBalancer" && s.externalTrafficPolicy === "Local";
const givesPorts = (s: ServiceSpec) =>
  s.type === "NodePort" || (s.type === "LoadBalancer" && s.allocateLoadBalancerNodePorts !== false);
const portsOf = (s: ServiceSpec) => (s.ports ?? []).flatMap((p) => (p.nodePort ? [p.nodePort] : []));

/** Everything that a write of one Service reserves. */
class Booking implements Transaction {
  private readonly ranges: Ranges;
  private readonly ipReservations: Reservation[];
  readonly ports: Reservation;
  private readonly service: Service;

  constructor(ranges: Ranges, service: Service, dryRun: boolean) {
    this.ranges = ranges;
    this.service = service;
    this.ipReservations = ranges.ips.map((range) => range.reserve(dryRun));
    this.ports = ranges.ports.reserve(dryRun);
  }

  commit(): void {
    for (const r of [...this.ipReservations, this.ports]) r.commit();
  }

  revert(): void {
    for (const r of [...this.ipReservations, this.ports]) r.revert();
  }

  private range(family: string | undefined): [IpRange, Reservation] {
    const i = this.ranges.ips.findIndex((r) => r.family === family);
    return [this.ranges.ips[i] as IpRange, this.ipReservations[i] as Reservation];
  }

  /** An address of the family: the one asked for, or any. */
  ip(family: string, wanted: string | undefined): string {
    const [range, reservation] = this.range(family);
    try {
      if (!wanted) return range.takeAny(reservation);
      range.take(reservation, wanted);
      return wanted;
    } catch (error) {
      if (!(error instanceof AllocationError)) throw error;
      const name = this.service.metadata?.name ?? "";
      if (!wanted) {
        throw internalError(`failed to allocate a serviceIP for Service ${JSON.stringify(name)}: ${error.message}`);
      }
      const ips = this.service.spec?.clusterIPs;
      throw invalid("", "Service", name, [
        invalidValue(at.key("clusterIPs"), ips, `failed to allocate IP ${wanted}: ${error.message}`),
      ]);
    }
  }

  releaseIpLater(ip: string): void {
    const [range, reservation] = this.range(familyOf(ip));
    const offset = range?.offsetOf(ip);
    if (offset !== undefined) reservation.releaseLater(offset);
  }

  port(wanted: number, where: Path): void {
    try {
      this.ranges.ports.take(this.ports, wanted);
    } catch (error) {
      if (!(error instanceof AllocationError)) throw error;
      throw invalid("", "Service", this.service.metadata?.name ?? "", [invalidValue(where, wanted, error.message)]);
    }
  }

  anyPort(what: string): number {
    try {
      return this.ranges.ports.takeAny(this.ports);
    } catch (error) {
      if (!(error instanceof AllocationError)) throw error;
      throw internalError(`failed to allocate a ${what}: ${error.message}`);
    }
  }

  healthPort(s: ServiceSpec): void {
    if (!s.healthCheckNodePort) {
      s.healthCheckNodePort = this.anyPort("HealthCheck NodePort 0");
      return;
    }
    try {
      this.ranges.ports.take(this.ports, s.healthCheckNodePort);
    } catch (error) {
      if (!(error instanceof AllocationError)) throw error;
      throw internalError(
        `failed to allocate requested HealthCheck NodePort ${s.healthCheckNodePort}: ${error.message}`,
      );
    }
  }

  releasePortLater(port: number): void {
    this.ranges.ports.releaseLater(this.ports, port);
  }
}

const portPath = (i: number) => at.key("ports").index(i).key("nodePort");

export function serviceHooks(ranges: Ranges): KindHooks {
  const families = ranges.ips.map((r) => r.family);

  const book = (service: Service, dryRun: boolean, work: (booking: Booking) => void): Transaction => {
    const booking = new Booking(ranges, service, dryRun);
    try {
      work(booking);
      return booking;
    } catch (error) {
      booking.revert();
      throw error;
    }
  };

  return {
    beginCreate: (object: KubeObject, dryRun) => {
      const service = object as Service;
      return book(service, dryRun, (booking) => {
        const s = specOf(service);
        if (s.clusterIP && !s.clusterIPs?.length) s.clusterIPs = [s.clusterIP];
        initFamilies(service, undefined, families);
        allocateIps(s, booking);
        if (needsPorts(s)) allocateNodePorts(s, booking);
        if (needsHealthPort(s)) booking.healthPort(s);
      });
    },
    beginUpdate: (nextObject: KubeObject, previousObject: KubeObject, dryRun) => {
      const next = nextObject as Service;
      const previous = previousObject as Service;
      return book(next, dryRun, (booking) => {
        const s = specOf(next);
        const old = previous.spec ?? {};
        keepAllocated(s, old);
        matchClusterIps(s, old);
        initFamilies(next, previous, families);
        updateIps(s, old, booking);
        updateNodePorts(s, old, booking);
        if (!needsHealthPort(old) && needsHealthPort(s)) booking.healthPort(s);
        if (needsHealthPort(old) && !needsHealthPort(s) && old.healthCheckNodePort) {
          booking.releasePortLater(old.healthCheckNodePort);
        }
      });
    },
    afterDelete: (object) => {
      const s = (object as Service).spec ?? {};
      for (const ip of s.clusterIPs ?? []) ranges.ips.find((r) => r.family === familyOf(ip))?.release(ip);
      for (const port of portsOf(s)) ranges.ports.release(port);
      if (needsHealthPort(s) && s.healthCheckNodePort) ranges.ports.release(s.healthCheckNodePort);
    },
  };
}

/** Takes what an existing Service has: how the ranges are rebuilt at start. */
export function restoreService(ranges: Ranges, service: Service): void {
  const s = service.spec ?? {};
  for (const ip of s.clusterIPs ?? []) ranges.ips.find((r) => r.family === familyOf(ip))?.restore(ip);
  for (const port of portsOf(s)) ranges.ports.restore(port);
  if (s.healthCheckNodePort) ranges.ports.restore(s.healthCheckNodePort);
}

function allocateIps(s: ServiceSpec, booking: Booking): void {
  if (!needsIp(s) || isHeadless(s)) return;
  const wanted = s.clusterIPs ?? [];
  s.clusterIPs = (s.ipFamilies ?? []).map((family, i) => booking.ip(family, wanted[i]));
  s.clusterIP = s.clusterIPs[0];
}

function updateIps(s: ServiceSpec, old: ServiceSpec, booking: Booking): void {
  if (!needsIp(old) && needsIp(s)) {
    allocateIps(s, booking);
    return;
  }
  if (isHeadless(old)) return;
  if (needsIp(old) && !needsIp(s)) {
    for (const ip of old.clusterIPs ?? []) booking.releaseIpLater(ip);
    return;
  }
  const [before, after] = [old.ipFamilies?.length ?? 0, s.ipFamilies?.length ?? 0];
  if (before === 1 && after === 2) {
    s.clusterIPs = [s.clusterIPs?.[0] ?? "", booking.ip(s.ipFamilies?.[1] ?? "", s.clusterIPs?.[1])];
  } else if (before === 2 && after === 1 && old.clusterIPs?.[1]) booking.releaseIpLater(old.clusterIPs[1]);
}

/** Ports with the same number (of different protocols) share a node port. */
function allocateNodePorts(s: ServiceSpec, booking: Booking): void {
  const given = new Map<number, number>();
  const ports = s.ports ?? [];
  for (const [i, port] of ports.entries()) {
    if (!port.nodePort && !givesPorts(s)) continue;
    const shared = given.get(port.port);
    if (shared === undefined) {
      const wanted = ports.find((p) => p.port === port.port && p.nodePort)?.nodePort;
      if (wanted) booking.port(wanted, portPath(i));
      port.nodePort = wanted || booking.anyPort("nodePort");
      given.set(port.port, port.nodePort);
    } else if (!port.nodePort) {
      port.nodePort = shared;
    } else if (port.nodePort !== shared) {
      booking.port(port.nodePort, portPath(i));
    }
  }
}

function updateNodePorts(s: ServiceSpec, old: ServiceSpec, booking: Booking): void {
  const before = portsOf(old);
  if (needsPorts(old) && !needsPorts(s)) for (const port of new Set(before)) booking.releasePortLater(port);
  if (!needsPorts(s)) return;
  const had = new Set(needsPorts(old) ? before : []);
  const taken = new Set<number>();
  for (const [i, port] of (s.ports ?? []).entries()) {
    if (port.nodePort) {
      if (had.has(port.nodePort) || taken.has(port.nodePort)) continue;
      booking.port(port.nodePort, portPath(i));
      taken.add(port.nodePort);
    } else if (givesPorts(s)) {
      port.nodePort = booking.anyPort("nodePort");
    }
  }
  const now = new Set(portsOf(s));
  for (const port of had) if (!now.has(port)) booking.releasePortLater(port);
}

/** What was allocated and the writer left out stays: a PUT of a manifest must not take the address away. */
function keepAllocated(s: ServiceSpec, old: ServiceSpec): void {
  if (needsIp(old) && needsIp(s)) {
    s.clusterIP ||= old.clusterIP;
    if (!s.clusterIPs?.length && s.clusterIP === old.clusterIP && old.clusterIPs) s.clusterIPs = [...old.clusterIPs];
  }
  if (needsPorts(old) && needsPorts(s)) {
    const now = new Set(portsOf(s));
    const used = new Set(portsOf(old).filter((p) => now.has(p)));
    const byName = new Map((old.ports ?? []).map((p: ServicePort) => [p.name ?? "", p.nodePort]));
    for (const port of s.ports ?? []) {
      const known = port.nodePort ? undefined : byName.get(port.name ?? "");
      if (!known || used.has(known)) continue;
      port.nodePort = known;
      used.add(known);
    }
  }
  if (needsHealthPort(old) && needsHealthPort(s)) s.healthCheckNodePort ||= old.healthCheckNodePort;
}

/** `clusterIP` is the first of `clusterIPs`: whoever changes only one of them means both. */
function matchClusterIps(s: ServiceSpec, old: ServiceSpec): void {
  if (!needsIp(s)) return;
  const listChanged = JSON.stringify(s.clusterIPs ?? []) !== JSON.stringify(old.clusterIPs ?? []);
  if (s.clusterIP !== old.clusterIP && !listChanged) {
    if (!s.clusterIP) s.clusterIPs = undefined;
    else s.clusterIPs = [s.clusterIP, ...(s.clusterIPs ?? []).slice(1)];
  } else if (s.clusterIP && !s.clusterIPs?.length) s.clusterIPs = [s.clusterIP];
}
