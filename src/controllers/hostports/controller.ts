/**
 * Opens loopback listeners on the host for NodePort and LoadBalancer Services and publishes the LoadBalancer's address.
 * What a machine does not allow is said: in an event, and in `status.loadBalancer.ingress[].ports`.
 */
import type { LoadBalancerIngress, Service } from "../../api/generated/types.ts";
import { keyOf } from "../../api/kind.ts";
import { createControllerLoop } from "../../client/controller-loop.ts";
import { services as serviceKind } from "../../client/kinds.ts";
import type { Controller, ControllerContext, ReconcileResult } from "../controller.ts";
import { type AddressRange, planHostPorts, type Wanted } from "./plan.ts";

/** The host's side: opens listeners outside the node and hands what they accept to the node that forwards it. */
export interface HostListeners {
  /**
   * Listens. Resolves with the port, which differs from the one asked for when that was 0.
   * @throws Error with `code` EADDRINUSE, EACCES, …
   */
  open(address: string, port: number, portId: string): Promise<number>;
  close(address: string, port: number): Promise<void>;
}

export interface HostPortsOptions {
  readonly listeners: HostListeners;
  readonly range: AddressRange;
}

interface Open extends Wanted {
  /** Where it really listens. */
  readonly actual: number;
}

/** When a port or all addresses are taken, they are tried again after this many milliseconds. */
const retryTaken = 15_000;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "";
const idOf = (w: Wanted) => `${w.address}:${w.port}>${w.portId}`;

export function hostPortsController(context: ControllerContext, options: HostPortsOptions): Controller {
  const { client, informers } = context;
  const events = context.events.as({ component: "service-controller" });
  const services = informers.informer(serviceKind);
  /** Open listeners by Service key. */
  const opened = new Map<string, Map<string, Open>>();
  /** The address each LoadBalancer has. */
  const addresses = new Map<string, string>();
  const inUseElsewhere = new Set<string>();
  /** Events of each Service, by its key. */
  const said = new Map<string, Set<string>>();

  const sayOnce = (service: Service, reason: string, message: string) => {
    const id = `${service.metadata?.uid} ${reason} ${message}`;
    const before = said.get(keyOf(service)) ?? new Set();
    if (before.has(id)) return;
    said.set(keyOf(service), before.add(id));
    events.event(service, "Warning", reason, message);
  };

  const closeMissing = async (key: string, wanted: readonly Wanted[]) => {
    const mine = opened.get(key);
    if (!mine) return;
    const keep = new Set(wanted.map(idOf));
    for (const [id, open] of mine) {
      if (keep.has(id)) continue;
      mine.delete(id);
      await options.listeners.close(open.address, open.actual);
    }
    if (mine.size === 0) opened.delete(key);
  };

  /** Listens where asked, or on the unprivileged port. @throws as HostListeners.open */
  const open = async (service: Service, wanted: Wanted): Promise<Open> => {
    try {
      return { ...wanted, actual: await options.listeners.open(wanted.address, wanted.port, wanted.portId) };
    } catch (error) {
      if (codeOf(error) !== "EACCES") throw error;
      const actual = await options.listeners.open(wanted.address, wanted.unprivileged, wanted.portId);
      const text = `port ${wanted.port} needs privileges that wherry does not have here; listening on ${wanted.address}:${actual} instead`;
      sayOnce(service, "PrivilegedPort", text);
      return { ...wanted, actual };
    }
  };

  const ingressOf = (service: Service, address: string, mine: ReadonlyMap<string, Open>): LoadBalancerIngress => {
    const moved = [...mine.values()].filter((o) => o.use === "loadBalancer" && o.actual !== o.port);
    const ports = moved.map((o) => ({
      port: o.port,
      protocol: "TCP",
      error: `wherry.dev/ServedOnPort${o.actual}`,
    }));
    const before = service.status?.loadBalancer?.ingress?.[0];
    return { ip: address, ipMode: before?.ipMode ?? "VIP", ...(ports.length > 0 ? { ports } : {}) };
  };

  const publish = async (service: Service, ingress: readonly LoadBalancerIngress[]) => {
    const before = service.status?.loadBalancer?.ingress ?? [];
    if (JSON.stringify(before) === JSON.stringify(ingress)) return;
    const next = structuredClone(service);
    next.status = { ...next.status, loadBalancer: ingress.length > 0 ? { ingress: [...ingress] } : {} };
    await client.update(serviceKind, next, { subresource: "status" });
  };

  const reconcile = async (key: string): Promise<ReconcileResult> => {
    const service = services.get(key);
    if (!service) {
      addresses.delete(key);
      said.delete(key);
      await closeMissing(key, []);
      return {};
    }
    const others = new Set(inUseElsewhere);
    for (const [other, ip] of addresses) if (other !== key) others.add(ip);
    const plan = planHostPorts(service, options.range, others);
    if (plan.address) addresses.set(key, plan.address);
    else addresses.delete(key);
    await closeMissing(key, plan.listeners);

    for (const { reason, message } of plan.unmet) sayOnce(service, reason, message);
    const mine = opened.get(key) ?? new Map<string, Open>();
    opened.set(key, mine);
    const lacksAddress = service.spec?.type === "LoadBalancer" && !service.spec.loadBalancerClass && !plan.address;
    // An address that another program had may be free again by then.
    if (lacksAddress) inUseElsewhere.clear();
    let requeueAfter = lacksAddress && !service.metadata?.deletionTimestamp ? retryTaken : undefined;
    for (const wanted of plan.listeners) {
      if (mine.has(idOf(wanted))) continue;
      try {
        mine.set(idOf(wanted), await open(service, wanted));
      } catch (error) {
        if (wanted.use === "loadBalancer" && codeOf(error) === "EADDRINUSE") {
          // Another program has this port on our address: move to the next address.
          inUseElsewhere.add(wanted.address);
          return { requeueAfter: 0 };
        }
        const why = codeOf(error) === "EADDRINUSE" ? "it is taken by another program or cluster" : String(error);
        sayOnce(service, "PortUnavailable", `cannot listen on ${wanted.address}:${wanted.port}: ${why}`);
        requeueAfter = retryTaken;
      }
    }
    const wasOurs = (service.status?.loadBalancer?.ingress ?? []).some((i) => i.ip?.startsWith("127."));
    if (plan.address) await publish(service, [ingressOf(service, plan.address, mine)]);
    else if (wasOurs && service.spec?.type !== "LoadBalancer") await publish(service, []);
    return requeueAfter === undefined ? {} : { requeueAfter };
  };

  const loop = createControllerLoop({
    name: "service-hostports",
    clock: context.clock,
    logger: context.logger,
    caches: [services],
    workers: 1,
    connect: (queue) => [
      services.addHandlers({
        onAdd(service, initial) {
          // An address that is published already must not be given to another Service that comes first.
          const ip = initial ? service.status?.loadBalancer?.ingress?.[0]?.ip : undefined;
          if (ip?.startsWith("127.")) addresses.set(keyOf(service), ip);
          queue.add(keyOf(service));
        },
        onUpdate: (service) => queue.add(keyOf(service)),
        onDelete: (service) => queue.add(keyOf(service)),
      }),
    ],
    reconcile,
  });
  return {
    name: loop.name,
    start: loop.start,
    async stop() {
      await loop.stop();
      for (const key of [...opened.keys()]) await closeMissing(key, []);
    },
  };
}
