/** Assembles the registry. */
import type { Pod, Service } from "../api/generated/types.ts";
import type { Kind, KubeObject } from "../api/kind.ts";
import type { Clock, Random } from "../base/clock.ts";
import { methodNotSupported } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { Entry, Store } from "../store/store.ts";
import type { ReadObject } from "./admission/forbid.ts";
import { namespaceLifecycle } from "./admission/namespace-lifecycle.ts";
import { defaultTolerationSeconds, priority, serviceAccount } from "./admission/pods.ts";
import { IpRange, PortRange } from "./allocation/allocators.ts";
import { type Ranges, restoreService, serviceHooks } from "./allocation/services.ts";
import { bindPod, boundPods } from "./bind.ts";
import { type AdmissionPlugin, type Core, kindKey } from "./core.ts";
import { createObject } from "./create.ts";
import { deleteCollection, deleteObject } from "./delete.ts";
import { prefixOf, storageKey } from "./keys.ts";
import { patchObject } from "./patching.ts";
import { assertReached, currentObject, getObject, listObjects } from "./read.ts";
import type { Registry, RequestContext, WriteOptions } from "./registry.ts";
import { getScale } from "./scale.ts";
import { storedOf } from "./stored.ts";
import { updateObject } from "./update.ts";
import { watchObjects } from "./watch.ts";

export interface RegistryOptions {
  readonly store: Store;
  readonly kinds: readonly Kind[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Where cluster IPs come from. By default 10.96.0.0/12; two, of different families, for dual-stack. */
  readonly serviceCIDR?: string | readonly string[];
  /** By default 30000-32767. */
  readonly nodePortRange?: string;
  /** Ports that other programs of this machine listen at: node ports are chosen among the others. */
  readonly portsInUse?: () => readonly number[];
  /** Do pods get a volume with a token of their service account? Their nodes must be able to fill it. */
  readonly mountTokens?: boolean;
  /** Admission beside the built-in plugins; runs after them. */
  readonly admission?: readonly AdmissionPlugin[];
}

/** Users whose program is called otherwise. */
const programs = new Map([["system:apiserver", "kube-apiserver"]]);

/** Who does not say how its changes shall be recorded is recorded by its user name. */
const signed = <T extends WriteOptions>(options: T, { user }: RequestContext): T =>
  options.fieldManager
    ? options
    : { ...options, fieldManager: programs.get(user.name) ?? user.name.replace(/^system:/, "") };

/** The registry over a store. It does not own the store: closing the registry leaves that open. */
export async function createRegistry(options: RegistryOptions): Promise<Registry> {
  const { store, clock, random, logger } = options;
  const { kinds } = options;
  const byKey = new Map(kinds.map((kind) => [kindKey(kind), kind]));

  const read: ReadObject = (resource, namespace, name) => {
    const kind = byKey.get(resource);
    if (!kind) return undefined;
    const object = (entry: Entry | undefined) => entry && storedOf(entry).object;
    const key = storageKey(kind, { namespace, name });
    return store.current ? object(store.current(key)) : store.get(key).then(object);
  };
  const list = async (resource: string) => {
    const kind = byKey.get(resource);
    return kind ? (await store.list(prefixOf(kind))).entries.map((entry) => storedOf(entry).object) : [];
  };

  const cidrs = options.serviceCIDR ?? "10.96.0.0/12";
  const ranges: Ranges = {
    ips: (typeof cidrs === "string" ? cidrs.split(",") : cidrs).map((cidr) => new IpRange(cidr.trim(), random)),
    ports: new PortRange(options.nodePortRange ?? "30000-32767", random, options.portsInUse),
  };
  for (const service of await list("services")) restoreService(ranges, service as Service);

  const podKind = byKey.get("pods") as unknown as Kind<Pod> | undefined;
  const bindable = podKind && boundPods(podKind);
  const core: Core = {
    store,
    clock,
    random,
    logger,
    hooks: new Map([["services", serviceHooks(ranges)]]),
    admission: [
      namespaceLifecycle(read),
      serviceAccount(read, clock, options.mountTokens ? random : undefined),
      priority(read, list),
      defaultTolerationSeconds,
      ...(options.admission ?? []),
    ],
  };

  const supports = <T extends KubeObject>(kind: Kind<T>, verb: Kind["verbs"][number]) => {
    if (!kind.verbs.includes(verb)) {
      throw methodNotSupported({ group: kind.group, resource: kind.plural }, verb);
    }
  };

  return {
    kinds: options.kinds,
    get: (kind, key) => getObject(store, kind, key),
    assertReached: (kind, resourceVersion) => assertReached(store, kind, resourceVersion),
    current: (kind, key) => currentObject(store, kind, key),
    getScale: async (kind, key) => getScale(core, kind, key),
    list: async (kind, namespace, query) => listObjects(store, kind, namespace, query),
    watch: async (kind, namespace, query) => {
      supports(kind, "watch");
      return watchObjects(store, clock, kind, namespace, query);
    },
    create: async (kind, namespace, object, write, ctx) => {
      supports(kind, "create");
      return createObject(core, kind, namespace, object, signed(write, ctx), ctx);
    },
    update: async (kind, key, object, write, ctx) => updateObject(core, kind, key, object, signed(write, ctx), ctx),
    patch: async (kind, key, patch, ctx) =>
      patchObject(core, kind, key, patch.type === "apply" ? patch : signed(patch, ctx), ctx),
    delete: async (kind, key, how, ctx) => {
      supports(kind, "delete");
      return deleteObject(core, kind, key, how, ctx);
    },
    deleteCollection: async (kind, namespace, select, how, ctx) => {
      supports(kind, "deletecollection");
      return deleteCollection(core, kind, namespace, select, how, ctx);
    },
    bind: async (key, binding, write, ctx) =>
      bindPod(core, bindable as Kind<Pod>, key, binding, signed(write, ctx), ctx),
    close: async () => undefined,
  };
}
