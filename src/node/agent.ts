/**
 * The node agent, wherry's kubelet: registers its Node, keeps its Lease alive, and makes the runtime run the pods that
 * are bound to it. Stopping it, or killing it, leaves containers running; the next agent takes them over.
 */
import type { Pod, Service, Taint } from "../api/generated/types.ts";
import type { Clock, Random } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Client } from "../client/client.ts";
import { createEventRecorder, type EventRecorder } from "../client/events.ts";
import { createInformerFactory, type InformerFactory } from "../client/informer.ts";
import type { Informer } from "../client/informer-contract.ts";
import { pods, services } from "../client/kinds.ts";
import { createContentSources } from "./environment/sources.ts";
import { createImagePuller } from "./image-puller.ts";
import type { AgentHooks, DnsSettings, PodContext } from "./pod-context.ts";
import { createPodManager, type PodManager } from "./pod-manager.ts";
import { podsOfNode } from "./pods-of-node.ts";
import { createProbeManager } from "./probes/probe-manager.ts";
import { createHeartbeat } from "./registration/lease.ts";
import { machineFacts, type NodeFacts } from "./registration/node-facts.ts";
import { createRegistration } from "./registration/registration.ts";
import type { Runtime } from "./runtime/runtime.ts";
import type { TokenSource } from "./volumes/payload.ts";
import { createVolumeManager } from "./volumes/volume-manager.ts";

export interface AgentOptions {
  readonly client: Client;
  readonly nodeName: string;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Default: one of its own. */
  readonly events?: EventRecorder;
  /** Caches that are shared within a process. Default: its own. */
  readonly informers?: InformerFactory;
  /** A cache of all pods, for agents that share one. Default: of this node's only, for a node may not list others'. */
  readonly allPods?: Informer<Pod>;
  readonly hooks?: AgentHooks;
  readonly dns?: DnsSettings;
  /** The node's addresses, first the one that pods see as the host's. Default: 127.0.0.1 */
  readonly addresses?: readonly string[];
  /** Default: those of this machine. */
  readonly facts?: NodeFacts;
  /** Labels beside the usual ones. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What the Node is registered with, when it is new: kubelet's `--register-with-taints`. */
  readonly taints?: readonly Taint[];
  /** Where pods' volumes are kept. Absent: nothing is written, for simulated pods. */
  readonly podsDirectory?: string;
  /** Gives a file of a volume to the root of containers, and to one of their groups. */
  readonly ownVolume?: (path: string, group?: number) => Promise<void>;
  readonly serviceAccountToken?: TokenSource;
  /** The Services that containers find in their environment. Default: all, from a watch. */
  readonly services?: () => readonly Service[];
}

export interface Agent {
  readonly nodeName: string;
  readonly runtime: Runtime;
  readonly pods: PodManager;
  /** Resolves once the Node is registered and Ready and pods are looked after. */
  start(): Promise<void>;
  /** Resolves when the agent does nothing any more. Containers keep running. */
  stop(): Promise<void>;
  /** Brings the Node's status up to date at once, for example after an image was loaded. */
  refreshNode(): Promise<void>;
}

const defaultDns: DnsSettings = { servers: ["10.96.0.10"], domain: "cluster.local" };

/** Creates an agent that is not started. @param options facts default to the machine's, read at start */
export async function createAgent(options: AgentOptions): Promise<Agent> {
  const { client, nodeName, runtime, clock, random, hooks = {}, dns = defaultDns } = options;
  const logger = options.logger.with({ node: nodeName });
  const addresses = options.addresses ?? ["127.0.0.1"];
  const facts = options.facts ?? (await machineFacts(options.podsDirectory ?? "/"));
  const source = { component: "kubelet", host: nodeName };
  const events = options.events?.as(source) ?? createEventRecorder({ client, clock, logger, source });
  const informers = options.informers ?? createInformerFactory({ client, clock, random, logger });
  const podCache = options.allPods
    ? podsOfNode(options.allPods, nodeName)
    : informers.informer(pods, { fieldSelector: `spec.nodeName=${nodeName}` });
  const serviceInformer = options.services ? undefined : informers.informer(services);
  const sources = createContentSources(client);
  const allocatable = () => facts.allocatable;

  const context: PodContext = {
    client,
    runtime,
    clock,
    logger,
    events,
    hooks,
    dns,
    hostIPs: addresses,
    sources,
    images: createImagePuller({ runtime, clock, events, client }),
    probes: createProbeManager({ runtime, clock, events }),
    volumes: createVolumeManager({
      ...(options.podsDirectory ? { directory: options.podsDirectory } : {}),
      ...(options.ownVolume ? { own: options.ownVolume } : {}),
      logger,
      sources: {
        contents: sources,
        addresses: (pod) => ({ podIPs: (pod.status?.podIPs ?? []).map((p) => p.ip ?? ""), hostIPs: addresses }),
        allocatable,
        ...(options.serviceAccountToken ? { token: options.serviceAccountToken } : {}),
      },
    }),
    services: options.services ?? (() => serviceInformer?.list() ?? []),
    allocatable,
  };
  const manager = createPodManager(context, podCache);
  const registration = createRegistration({
    client,
    clock,
    logger,
    events,
    runtime,
    nodeName,
    facts,
    addresses,
    labels: options.labels ?? {},
    taints: options.taints ?? [],
  });
  const heartbeat = createHeartbeat({ client, clock, logger, nodeName });
  const abort = new AbortController();

  return {
    nodeName,
    runtime,
    pods: manager,
    async start() {
      const node = await registration.start(abort.signal);
      if (abort.signal.aborted) return;
      await Promise.all([heartbeat.start(node), serviceInformer?.synced()]);
      await manager.start();
    },
    async stop() {
      abort.abort();
      registration.stop();
      heartbeat.stop();
      await manager.stop();
      if (!options.informers) await informers.stop();
    },
    refreshNode: () => registration.refresh(),
  };
}
