/** Registers the Node and keeps its status true (kubelet `kubelet_node_status.go`). */
import { isDeepStrictEqual } from "node:util";
import type { Node, Taint } from "../../api/generated/types.ts";
import type { Cancel, Clock } from "../../base/clock.ts";
import { isAlreadyExists, isConflict, isNotFound } from "../../base/errors.ts";
import type { Logger } from "../../base/logger.ts";
import type { Client } from "../../client/client.ts";
import type { EventRecorder } from "../../client/events.ts";
import { nodes } from "../../client/kinds.ts";
import { errorText } from "../event-text.ts";
import { fieldManager } from "../field-manager.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { NodeFacts } from "./node-facts.ts";
import { type NodeInput, nodeLabels, nodeObject, nodeStatus, withoutHeartbeat } from "./node-object.ts";

export interface RegistrationOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventRecorder;
  readonly runtime: Runtime;
  readonly nodeName: string;
  readonly facts: NodeFacts;
  readonly addresses: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

export interface Registration {
  /** Resolves with the Node once it is registered with its status. Keeps trying until then. */
  start(signal: AbortSignal): Promise<Node | undefined>;
  /** Looks whether the status has changed and writes it. */
  refresh(): Promise<void>;
  stop(): void;
}

const lookEvery = 10_000;
/** Without changes the status is written only so often: liveness is the Lease's business. */
const reportEvery = 300_000;
const firstRetry = 100;
const longestRetry = 7000;

export function createRegistration(options: RegistrationOptions): Registration {
  const { client, clock, logger, events, runtime, nodeName } = options;
  let cancel: Cancel = () => {};
  let reported: { at: number; status: NonNullable<Node["status"]> } | undefined;

  const input = async (): Promise<NodeInput> => {
    const { facts, addresses, labels, taints } = options;
    const base = { name: nodeName, facts, addresses, labels, taints, now: clock.now() };
    try {
      const [runtimeVersion, images] = await Promise.all([runtime.version(), runtime.images.list()]);
      return { ...base, runtimeVersion, images };
    } catch (error) {
      const runtimeProblem = `container runtime is down: ${errorText(error)}`;
      return { ...base, runtimeVersion: "", images: [], runtimeProblem };
    }
  };

  const writeStatus = async (node: Node, wanted: NodeInput): Promise<Node> => {
    for (let current = node; ; current = await client.get(nodes, { name: nodeName })) {
      const status = nodeStatus(wanted, current.status ?? {});
      try {
        const written = await client.update(nodes, { ...current, status }, { subresource: "status", fieldManager });
        reported = { at: clock.now(), status };
        return written;
      } catch (error) {
        if (!isConflict(error)) throw error;
      }
    }
  };

  const register = async (): Promise<Node> => {
    const wanted = await input();
    let node: Node;
    try {
      node = await client.create(nodes, nodeObject(wanted), { fieldManager });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      node = await client.get(nodes, { name: nodeName });
      const labels = { ...node.metadata?.labels, ...nodeLabels(wanted) };
      if (!isDeepStrictEqual(labels, node.metadata?.labels))
        node = await client.update(nodes, { ...node, metadata: { ...node.metadata, labels } }, { fieldManager });
    }
    const registered = await writeStatus(node, wanted);
    events.event(registered, "Normal", "Starting", "Starting kubelet.");
    for (const reason of ["NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID", "NodeReady"])
      events.event(registered, "Normal", reason, `Node ${nodeName} status is now: ${reason}`);
    return registered;
  };

  const refresh = async (): Promise<void> => {
    const wanted = await input();
    const next = reported && nodeStatus(wanted, reported.status);
    const changed = !reported || !next || !isDeepStrictEqual(withoutHeartbeat(next), withoutHeartbeat(reported.status));
    if (!changed && reported && clock.now() - reported.at < reportEvery) return;
    const node = await client.get(nodes, { name: nodeName });
    const ready = node.status?.conditions?.find((c) => c.type === "Ready")?.status;
    const written = await writeStatus(node, wanted);
    const readyNow = wanted.runtimeProblem === undefined ? "True" : "False";
    if (ready === readyNow) return;
    const reason = readyNow === "True" ? "NodeReady" : "NodeNotReady";
    events.event(written, "Normal", reason, `Node ${nodeName} status is now: ${reason}`);
  };

  return {
    async start(signal) {
      let node: Node | undefined;
      for (let retry = firstRetry; !node && !signal.aborted; retry = Math.min(longestRetry, retry * 2)) {
        try {
          node = await register();
        } catch (error) {
          logger.warn("cannot register the node", { node: nodeName, error: errorText(error) });
          await clock.sleep(retry, signal);
        }
      }
      if (signal.aborted) return node;
      cancel = clock.every(lookEvery, () => {
        refresh().catch(async (error: unknown) => {
          logger.warn("cannot write the node's status", { node: nodeName, error: errorText(error) });
          // Someone deleted the Node while its agent lives: it comes back, as upstream's does at its next restart.
          if (isNotFound(error)) await register().catch(() => {});
        });
      });
      return node;
    },
    refresh,
    stop: () => cancel(),
  };
}
