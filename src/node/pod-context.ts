/** What every part of the agent that handles pods may use. */
import type { Node, Pod, Service } from "../api/generated/types.ts";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Client } from "../client/client.ts";
import type { EventRecorder } from "../client/events.ts";
import type { ContentSources } from "./environment/sources.ts";
import type { ImagePuller } from "./image-puller.ts";
import type { ProbeManager } from "./probes/probe-manager.ts";
import type { Runtime } from "./runtime/runtime.ts";
import type { VolumeManager } from "./volumes/volume-manager.ts";

/** Where the rest of the cluster joins in. All are optional, and all are waited for only so long. */
export interface AgentHooks {
  /** Resolves once no proxy sends new connections to the pod any more. Called before its containers get SIGTERM. */
  readonly awaitProxyWithdrawal?: (pod: Pod) => Promise<void>;
  /** Resolves once the proxies could reach the pod. Called before it first counts as Ready. */
  readonly awaitProxyReady?: (pod: Pod) => Promise<void>;
}

/** How long a hook may hold a pod up, in milliseconds. */
export const hookLimit = 2000;

/** What `/etc/resolv.conf` of pods says. */
export interface DnsSettings {
  /** The cluster's DNS Service. */
  readonly servers: readonly string[];
  /** For example `cluster.local`. */
  readonly domain: string;
  /** The node's own, for `dnsPolicy: Default`. */
  readonly node?: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
}

export interface PodContext {
  readonly client: Client;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventRecorder;
  readonly hooks: AgentHooks;
  readonly dns: DnsSettings;
  readonly hostIPs: readonly string[];
  readonly sources: ContentSources;
  readonly images: ImagePuller;
  readonly probes: ProbeManager;
  readonly volumes: VolumeManager;
  readonly services: () => readonly Service[];
  readonly allocatable: () => NonNullable<NonNullable<Node["status"]>["allocatable"]>;
}
