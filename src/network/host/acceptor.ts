import type { Server } from "node:net";
import { serve } from "../forward.ts";
import type { Picker } from "../picker.ts";

/** The agent's end of the ways in from the host: listeners that were opened elsewhere, served here. */
export interface Acceptor {
  /** @param picker chooses the endpoint for each connection */
  add(id: string, server: Server, picker: Picker): void;
  remove(id: string): void;
  close(): void;
}

export function createAcceptor(): Acceptor {
  const open = new Map<string, () => void>();
  return {
    add(id, server, picker) {
      open.get(id)?.();
      open.set(id, serve(server, picker));
    },
    remove(id) {
      open.get(id)?.();
      open.delete(id);
    },
    close() {
      for (const end of open.values()) end();
      open.clear();
    },
  };
}
