import { storeConformance } from "../store.conformance.ts";
import { createMemoryStore } from "./memory.ts";

storeConformance("memory", { open: async () => createMemoryStore() });
