/**
 * The control plane in one process: registry, controllers and scheduler over a store. What needs a machine (HTTP,
 * nodes, host ports) is added by those who have one; a test has none and uses the same.
 */
import { builtinKinds } from "../api/kinds.ts";
import type { Clock, Random } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Client } from "../client/client.ts";
import { createEventRecorder } from "../client/events.ts";
import { createInformerFactory, type InformerFactory } from "../client/informer.ts";
import { pods } from "../client/kinds.ts";
import { controllerFactories } from "../controllers/all.ts";
import type { Controller, ControllerFactory } from "../controllers/controller.ts";
import { rolloutGuard } from "../controllers/rolloutguard/controller.ts";
import { startCompactor } from "../registry/compactor.ts";
import { createRegistry, type RegistryOptions } from "../registry/create-registry.ts";
import { startEventExpiry } from "../registry/event-expiry.ts";
import type { Registry } from "../registry/registry.ts";
import { createScheduler } from "../scheduler/scheduler.ts";
import type { Authorizer } from "../server/authz/authorizer.ts";
import type { Store } from "../store/store.ts";
import { authorizedClient, createAuthorizer } from "./authorized-client.ts";
import { bootstrap } from "./bootstrap.ts";
import { createInProcessClient } from "./in-process-client.ts";

export interface ControlPlaneOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** PEM of the cluster's authority, published as `kube-root-ca.crt` in every namespace. Absent: nothing is, yet. */
  readonly ca?: string;
  /** Give every container its service account's token, as upstream; the API server must be able to issue them. */
  readonly mountTokens?: boolean;
  /** As the registry has it. */
  readonly portsInUse?: RegistryOptions["portsInUse"];
  /** Controllers beside the built-in ones. */
  readonly extra?: readonly ControllerFactory[];
  /**
   * What stands between a component and the API server, for tests that disturb it. Asked once for every process
   * (`kube-controller-manager`, `kube-scheduler`, `rollout-guard`), which then has caches of its own, and for every
   * controller each time it starts.
   */
  readonly through?: (client: Client, component: Component) => Client;
}

export interface Component {
  /** `kube-controller-manager`, `kube-scheduler`, `rollout-guard`. */
  readonly process: string;
  /** The controller within the process, as `Controller.name` has it; absent for what its controllers share. */
  readonly controller?: () => string;
}

export interface ControlPlane {
  readonly registry: Registry;
  /** Decides for HTTP requests as it does for the components here. */
  readonly authorizer: Authorizer;
  /** The API server's own client: it may do all. */
  readonly client: Client;
  /** A client in process for a component, with only the rights that it has. */
  clientOf(user: string, ...groups: string[]): Client;
  readonly informers: InformerFactory;
  /** Names of what runs, as `Controller.name` has them. */
  readonly controllers: readonly string[];
  /** Ends a controller and starts a new one in its place. @throws Error when there is none of that name */
  restart(controller: string): Promise<void>;
  /** Starts one more controller. */
  add(factory: ControllerFactory): Promise<void>;
  /** Resolves when the system's objects exist and all controllers run. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function createControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { store, clock, random, logger } = options;
  const registry = await createRegistry({
    store,
    kinds: builtinKinds,
    clock,
    random,
    logger,
    mountTokens: options.mountTokens ?? false,
    portsInUse: options.portsInUse,
  });
  // The API server's own hands: what bootstraps the cluster, and what decisions about nodes are read with.
  const own = createInProcessClient(registry, { name: "system:apiserver", groups: ["system:masters"] });
  const authorizer = createAuthorizer(own, () => informers.informer(pods));
  const clientOf = (name: string, ...groups: string[]) => {
    const user = { name, groups: [...groups, "system:authenticated"] };
    return authorizedClient(createInProcessClient(registry, user), user, authorizer);
  };
  const through = options.through ?? ((client) => client);
  /** What the controllers of one process share. */
  const processOf = (process: string, shared?: InformerFactory) => {
    const direct = clientOf(`system:${process}`);
    const client = through(direct, { process });
    const informers = shared ?? createInformerFactory({ client, clock, random, logger });
    const component = process === "kube-scheduler" ? "default-scheduler" : process;
    const events = createEventRecorder({ client, clock, logger, source: { component } });
    const create = (factory: ControllerFactory): Controller => {
      const own = through(direct, { process, controller: () => controller.name });
      const controller: Controller = factory({ client: own, informers, events, clock, random, logger });
      return controller;
    };
    return { informers, events, create };
  };
  const manager = processOf("kube-controller-manager");
  const { informers } = manager;
  const shared = options.through ? undefined : informers;
  const scheduler = processOf("kube-scheduler", shared);
  const guard = processOf("rollout-guard", shared);
  const part = ({ create }: typeof manager, factory: ControllerFactory) => ({
    running: create(factory),
    again: () => create(factory),
  });
  const parts = [
    ...controllerFactories({
      kinds: builtinKinds,
      ...(options.ca === undefined ? {} : { rootCertificate: options.ca }),
    }).map((factory) => part(manager, factory)),
    part(scheduler, createScheduler),
    part(guard, rolloutGuard()),
    ...(options.extra ?? []).map((factory) => part(manager, factory)),
  ];
  let stopCompactor = () => {};
  let stopEventExpiry = () => {};

  return {
    registry,
    authorizer,
    client: own,
    clientOf,
    informers,
    get controllers() {
      return parts.map(({ running }) => running.name);
    },
    async restart(name) {
      const found = parts.find(({ running }) => running.name === name);
      if (!found) throw new Error(`no controller named ${name}`);
      await found.running.stop();
      found.running = found.again();
      await found.running.start();
    },
    async add(factory) {
      const added = part(manager, factory);
      parts.push(added);
      await added.running.start();
    },
    async start() {
      await bootstrap(own);
      stopCompactor = startCompactor(store, clock, logger);
      stopEventExpiry = startEventExpiry(store, clock, logger);
      await Promise.all(parts.map(({ running }) => running.start()));
    },
    async stop() {
      stopCompactor();
      stopEventExpiry();
      await Promise.all(parts.map(({ running }) => running.stop()));
      const processes = [manager, scheduler, guard];
      await Promise.all(processes.map(({ events }) => events.flush()));
      await Promise.all(processes.map((process) => process.informers.stop()));
      await registry.close();
    },
  };
}
