import type { ChildProcess } from "node:child_process";
import type { ToAgent } from "../network/host/protocol.ts";
import type { AgentChannel } from "./host-listeners.ts";

/** The way to the agent that runs in this process. What is sent to one that has ended is lost, which its exit tells. */
export function channelTo(child: ChildProcess): AgentChannel {
  /** Who waits for a message to be on its way. */
  const sending = new Set<() => void>();
  const hasEnded = () => !child.connected || child.exitCode !== null || child.signalCode !== null;
  // Node says nothing of handles that are still queued then, and may take the channel for open.
  const end = () => {
    for (const done of sending) done();
  };
  child.once("exit", end);
  child.once("disconnect", end);
  return {
    send: (message: ToAgent, handle) =>
      new Promise<void>((resolve) => {
        if (hasEnded()) return resolve();
        const done = () => {
          sending.delete(done);
          resolve();
        };
        sending.add(done);
        child.send(message, handle, {}, done);
      }),
  };
}
