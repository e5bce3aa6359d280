import type { Store } from "../store.ts";
import { createEngine } from "./engine.ts";

/** A store that lives as long as the process: for tests and throw-away clusters. */
export const createMemoryStore = (): Store => createEngine();
