import type { Command } from "./core/command.ts";

/** Every command by the words that call it; each is loaded only when it is called. */
export const commands: ReadonlyMap<string, () => Promise<Command>> = new Map<string, () => Promise<Command>>([]);
