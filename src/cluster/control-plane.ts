/**
 * The control plane in one process: registry, controllers and scheduler over a store. What needs a machine (HTTP,
 * nodes, host ports) is added by those who have one; a test has none and uses the same.
 */
import { builtinKinds } from "../api/kinds.ts";
import type { Clock, Random } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Client } from "../client/client.ts";
import { createEventRecorder, type EventRecorder } from "../client/events.ts";
import { createInformerFactory, type InformerFactory } from "../client/informer.ts";
import { pods } from "../client/kinds.ts";
import { controllerFactories } from "../controllers/all.ts";
import type { Controller, ControllerContext, ControllerFactory } from "../controllers/controller.ts";
import { rolloutGuard } from "../controllers/rolloutguard/controller.ts";
import { startCompactor } from "../registry/compactor.ts";
import { createRegistry } from "../registry/create-registry.ts";
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
  /** PEM of the cluster's authority, published as `kube-root-ca.crt` in every namespace. */
  readonly ca: string;
  /** Give every container its service account's token, as upstream; the API server must be able to issue them. */
  readonly mountTokens?: boolean;
  /** Controllers beside the built-in ones. */
  readonly extra?: readonly ControllerFactory[];
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
  });
  // The API server's own hands: what bootstraps the cluster, and what decisions about nodes are read with.
  const own = createInProcessClient(registry, { name: "system:apiserver", groups: ["system:masters"] });
  const authorizer = createAuthorizer(own, () => informers.informer(pods));
  const clientOf = (name: string, ...groups: string[]) => {
    const user = { name, groups: [...groups, "system:authenticated"] };
    return authorizedClient(createInProcessClient(registry, user), user, authorizer);
  };
  const client = clientOf("system:kube-controller-manager");
  const informers = createInformerFactory({ client, clock, random, logger });
  const recorder = (of: Client, name: string): EventRecorder =>
    createEventRecorder({ client: of, clock, logger, source: { component: name } });
  const context: ControllerContext = {
    client,
    informers,
    events: recorder(client, "kube-controller-manager"),
    clock,
    random,
    logger,
  };
  const schedulerClient = clientOf("system:kube-scheduler");
  const guardClient = clientOf("system:rollout-guard");
  const guardEvents = recorder(guardClient, "rollout-guard");
  const controllers: Controller[] = [
    ...controllerFactories({ rootCertificate: options.ca, kinds: builtinKinds }).map((factory) => factory(context)),
    createScheduler({ ...context, client: schedulerClient, events: recorder(schedulerClient, "default-scheduler") }),
    rolloutGuard()({ ...context, client: guardClient, events: guardEvents }),
    ...(options.extra ?? []).map((factory) => factory(context)),
  ];
  let stopCompactor = () => {};
  let stopEventExpiry = () => {};

  return {
    registry,
    authorizer,
    client: own,
    clientOf,
    informers,
    async start() {
      await bootstrap(own);
      stopCompactor = startCompactor(store, clock, logger);
      stopEventExpiry = startEventExpiry(store, clock, logger);
      await Promise.all(controllers.map((controller) => controller.start()));
    },
    async stop() {
      stopCompactor();
      stopEventExpiry();
      await Promise.all(controllers.map((controller) => controller.stop()));
      await Promise.all([context.events.flush(), guardEvents.flush()]);
      await informers.stop();
      await registry.close();
    },
  };
}
