import type { KubeObject } from "../../../../api/kind.ts";
import { systemClock as clock } from "../../../../base/clock.ts";
import { type Status, StatusError } from "../../../../base/errors.ts";
import { lines } from "../../../../client/http/watch.ts";
import { type Command, CommandError, type Invocation } from "../../core/command.ts";
import { type Found, forEachObject } from "../../core/find-objects.ts";
import { apiPath } from "../../core/paths.ts";
import type { Session } from "../../core/session.ts";
import { filenameFlags, selectorFlag } from "../../core/shared-flags.ts";
import { rolloutTargets } from "./shared.ts";
import { rolloutStatus } from "./status-viewer.ts";

export const statusCommand: Command = {
  path: "rollout status",
  use: "rollout status (TYPE NAME | TYPE/NAME) [flags]",
  short: "Show the status of the rollout.",
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
      name: "watch",
      short: "w",
      type: "bool",
      default: "true",
      usage: "Watch the status of the rollout until it's done.",
    },
  ],
  async run(invocation) {
    const revision = invocation.flags.int("revision");
    if (revision < 0) throw new CommandError(`revision must be a positive integer: ${revision}`);
    const session = await invocation.session();
    const count = await forEachObject(invocation, session, rolloutTargets, (found) =>
      follow(invocation, session, found, revision),
    );
    if (count === 0) invocation.warn(`No resources found in ${session.namespace} namespace.`);
    return undefined;
  },
};

interface Frame {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubeObject;
}

/** Prints a line per state until the rollout is done. @throws CommandError when it fails, is deleted, or times out */
async function follow(invocation: Invocation, session: Session, { resource, object }: Found, revision: number) {
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
  try {
    for await (const frame of frames(session, resource, namespace, name, signal)) {
      if (frame.type === "ERROR") throw StatusError.from(frame.object as unknown as Status);
      if (frame.type === "DELETED") throw new CommandError("object has been deleted");
      if (frame.type === "BOOKMARK") continue;
      const { line, done } = rolloutStatus(frame.object, revision);
      invocation.print(line);
      if (done) return;
    }
    throw new CommandError("watch closed before the rollout was done");
  } catch (error) {
    if (timedOut) throw new CommandError("timed out waiting for the condition");
    throw error;
  } finally {
    cancel();
  }
}

/** The object as it is, then every change. A watch that the server ends is taken up again. */
async function* frames(
  session: Session,
  resource: Found["resource"],
  namespace: string | undefined,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<Frame> {
  let resourceVersion = "";
  while (!signal.aborted) {
    const query = {
      fieldSelector: `metadata.name=${name}`,
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion,
    };
    const response = await session.stream(apiPath(resource, { namespace }, query), {
      accept: "application/json",
      signal,
    });
    for await (const line of lines(response.body)) {
      if (!line) continue;
      const frame = JSON.parse(line) as Frame;
      resourceVersion = frame.object.metadata?.resourceVersion ?? resourceVersion;
      yield frame;
    }
  }
}
