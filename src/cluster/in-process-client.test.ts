import { clientConformance } from "../client/client.conformance.ts";
import { testRegistry } from "../testing/registry-fixture.ts";
import { createInProcessClient } from "./in-process-client.ts";

clientConformance("the in-process client", async () => {
  const { registry, store, ctx } = await testRegistry();
  return {
    client: createInProcessClient(registry, ctx.user),
    compact: () => store.compact(store.progress()),
    async close() {
      await registry.close();
      await store.close();
    },
  };
});
