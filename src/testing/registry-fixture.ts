/** A registry over an empty memory store, for tests. */

import { namespaceKind } from "../api/core/namespace.ts";
import { podKind } from "../api/core/pod.ts";
import { serviceAccountKind } from "../api/core/serviceaccount.ts";
import type { Pod } from "../api/generated/types.ts";
import { builtinKinds } from "../api/kinds.ts";
import { silentLogger } from "../base/logger.ts";
import { createRegistry, type RegistryOptions } from "../registry/create-registry.ts";
import type { RequestContext } from "../registry/registry.ts";
import { createMemoryStore } from "../store/memory/memory.ts";
import type { Store } from "../store/store.ts";
import { createSeededRandom, createVirtualClock } from "./virtual-clock.ts";

export interface TestContext extends RequestContext {
  readonly warnings: string[];
}

export const testContext = (): TestContext => {
  const warnings: string[] = [];
  return { user: { name: "tester", groups: ["system:masters"] }, warn: (text) => warnings.push(text), warnings };
};

/** With the namespace and the service account that tests live in. */
export async function testRegistry(options: Partial<RegistryOptions> & { readonly store?: Store } = {}) {
  const clock = createVirtualClock();
  const store = options.store ?? createMemoryStore();
  const registry = await createRegistry({
    store,
    kinds: builtinKinds,
    clock,
    random: createSeededRandom(1),
    logger: silentLogger,
    ...options,
  });
  const ctx = testContext();
  if ((await store.count("/registry/namespaces/")) === 0) {
    await registry.create(namespaceKind, "", { metadata: { name: "default" } }, {}, ctx);
    await registry.create(serviceAccountKind, "default", { metadata: { name: "default" } }, {}, ctx);
  }
  return { registry, store, clock, ctx };
}

export const pod = (name: string, labels?: Record<string, string>): Pod => ({
  apiVersion: "v1",
  kind: podKind.kind,
  metadata: { name, ...(labels ? { labels } : {}) },
  spec: { containers: [{ name: "main", image: "app:1" }] },
});
