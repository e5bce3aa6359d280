/** A node agent with the simulated runtime over a registry in memory, on a virtual clock, for tests. */
import type { CoreEvent, Pod } from "../api/generated/types.ts";
import { silentLogger } from "../base/logger.ts";
import type { Client } from "../client/client.ts";
import { events, namespaces, pods } from "../client/kinds.ts";
import { createInProcessClient } from "../cluster/in-process-client.ts";
import { type AgentOptions, createAgent } from "../node/agent.ts";
import { simulatedFacts } from "../node/registration/node-facts.ts";
import type { SimulatedImage } from "../node/runtime/simulated/behaviour.ts";
import { createSimulatedRuntime, type SimulatedRuntimeOptions } from "../node/runtime/simulated/runtime.ts";
import { testRegistry } from "./registry-fixture.ts";
import { createSeededRandom } from "./virtual-clock.ts";

export interface AgentFixtureOptions {
  readonly images?: readonly SimulatedImage[];
  readonly runtime?: Partial<SimulatedRuntimeOptions>;
  readonly agent?: Partial<AgentOptions>;
}

/** Everything is started; the node is called `node`. */
export async function testAgent({
  images = [],
  runtime: runtimeOptions,
  agent: agentOptions,
}: AgentFixtureOptions = {}) {
  const { registry, clock } = await testRegistry();
  const client: Client = createInProcessClient(registry, { name: "system:node:node", groups: ["system:masters"] });
  await client.create(namespaces, { metadata: { name: "kube-node-lease" } });
  const runtime = createSimulatedRuntime({ clock, images, ...runtimeOptions });
  let statusWrites = 0;
  const agentClient: Client = {
    ...client,
    update(kind, object, query) {
      if (kind.plural === "pods" && query?.subresource === "status") statusWrites++;
      return client.update(kind, object, query);
    },
  };
  const options: AgentOptions = {
    client: agentClient,
    nodeName: "node",
    runtime,
    clock,
    random: createSeededRandom(2),
    logger: silentLogger,
    facts: simulatedFacts(),
    addresses: ["10.0.0.1"],
    ...agentOptions,
  };
  const agent = await createAgent(options);
  await agent.start();
  const get = (name: string): Promise<Pod> => client.get(pods, { namespace: "default", name });
  return {
    agent,
    options,
    client,
    clock,
    runtime,
    /** How often the agent has written a pod's status. */
    statusWrites: () => statusWrites,
    get,
    /** Creates a pod that is bound to the node already. */
    run: (name: string, spec: Partial<Pod["spec"]> = {}, metadata: Pod["metadata"] = {}): Promise<Pod> =>
      client.create(pods, {
        metadata: { name, namespace: "default", ...metadata },
        spec: { nodeName: "node", containers: [{ name: "main", image: "app:1" }], ...spec },
      }),
    remove: (name: string, gracePeriodSeconds?: number) =>
      client.delete(
        pods,
        { namespace: "default", name },
        gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds },
      ),
    exists: (name: string) =>
      get(name).then(
        () => true,
        () => false,
      ),
    /** `reason: message` of a pod's events, in the order they happened. */
    async events(name: string): Promise<string[]> {
      const { items } = await client.list(events, { namespace: "default" });
      return items
        .filter((e: CoreEvent) => e.involvedObject.name === name)
        .sort((a, b) => (a.metadata.name ?? "").localeCompare(b.metadata.name ?? ""))
        .map((e) => `${e.reason}: ${e.message}`);
    },
  };
}
