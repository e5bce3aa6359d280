import { systemClock as clock } from "../../../../base/clock.ts";
import { type Status, StatusError } from "../../../../base/errors.ts";
import { type Command, CommandError, type Invocation } from "../../core/command.ts";
import { type Found, forEachObject } from "../../core/find-objects.ts";
import type { Session } from "../../core/session.ts";
import { filenameFlags, selectorFlag } from "../../core/shared-flags.ts";
import { terminalOf } from "../../print/terminal.ts";
import { frames } from "./frames.ts";
import { rolloutTargets } from "./shared.ts";
import { rolloutStatus } from "./status-viewer.ts";

export const statusCommand: Command = {
  path: "rollout status",
  use: "rollout status (TYPE NAME | TYPE/NAME) [flags]",
  short: "Show the status of the rollout.",
  interruptExitCode: () => 1,
  flags: [
    ...filenameFlags,
    {
      name: "revision",
      type: "int",
      default: "0",
      usage: "Pin to a specific revision for showing its status. Defaults to 0 (last revision).",
    },
    selectorFlag,
    {
      name: "timeout",
      type: "duration",
      default: "0s",
      usage: "The length of time to wait before ending watch, zero means never.",
    },
    {
      name: "live",
      type: "bool",
      default: "true",
      usage: "On a terminal, show a live picture instead of a line for each step.",
    },
    {
      name: "watch",
      short: "w",
      type: "bool",
      default: "true",
      usage: "Watch the status of the rollout until it's done.",
    },
  ],
  async run(invocation) {
    const revision = invocation.flags.int64("revision");
    if (revision < 0n) throw new CommandError(`revision must be a positive integer: ${revision}`);
    const session = await invocation.session();
    const count = await forEachObject(invocation, session, rolloutTargets, (found) =>
      follow(invocation, session, found, revision),
    );
    if (count === 0) invocation.warn(`No resources found in ${session.namespace} namespace.`);
    return undefined;
  },
};

/** Prints a line per state until the rollout is done. @throws CommandError when it fails, is deleted, or times out */
async function follow(invocation: Invocation, session: Session, found: Found, revision: bigint) {
  const { resource, object } = found;
  const { flags, io } = invocation;
  // Kinds without a rollout are refused before anything is watched.
  const now = rolloutStatus(object, revision);
  if (!flags.bool("watch")) {
    invocation.print(now.line);
    return;
  }
  const { namespace, name } = object.metadata;
  const timeout = new AbortController();
  let timedOut = false;
  const limit = flags.duration("timeout");
  const cancel =
    limit > 0
      ? clock.after(limit, () => {
          timedOut = true;
          timeout.abort();
        })
      : () => {};
  const signal = AbortSignal.any([io.signal, timeout.signal]);
  const terminal = flags.bool("live") ? terminalOf(io) : undefined;
  const live = terminal && (await import("./live.ts")).openLive(session, found, terminal, signal);
  const watched = { resource, namespace, select: { fieldSelector: `metadata.name=${name}` } };
  try {
    for await (const frame of frames(session, watched, signal)) {
      if (frame.type === "ERROR") throw StatusError.from(frame.object as unknown as Status);
      if (frame.type === "DELETED") throw new CommandError("object has been deleted");
      if (frame.type === "BOOKMARK") continue;
      const { line, done } = rolloutStatus(frame.object, revision);
      live?.show(frame.object);
      if (done) await live?.settled();
      if (done || !live) invocation.print(line);
      if (done) return;
    }
    throw new CommandError("watch closed before the rollout was done");
  } catch (error) {
    if (timedOut) throw new CommandError("timed out waiting for the condition");
    throw error;
  } finally {
    live?.close();
    cancel();
  }
}
