/** `kubectl wait`: until something holds of one or many objects. */
import { systemClock as clock } from "../../../base/clock.ts";
import { isNotFound, notFound } from "../../../base/errors.ts";
import { type Command, CommandError, CommandErrors, type Invocation } from "../core/command.ts";
import { kindText } from "../core/discovery.ts";
import { findObjects, type LiveObject } from "../core/find-objects.ts";
import { apiPath } from "../core/paths.ts";
import type { Session } from "../core/session.ts";
import {
  allNamespacesFlag,
  fieldSelectorFlag,
  filesWhenLocal,
  localFlag,
  plainFileFlags,
  selectorFlag,
} from "../core/shared-flags.ts";
import type { Target } from "../core/targets.ts";
import { printFlags } from "../print/print-flags.ts";
import { objectPrinter, type Printable } from "../print/printer.ts";
import { type Awaited, parseCondition } from "./wait/condition.ts";
import { statesOf } from "./wait/states.ts";

const week = 168 * 3600 * 1000;

export const waitCommand: Command = {
  path: "wait",
  use: "wait ([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
  short: "Wait until something holds of one or many resources.",
  interruptExitCode: () => 1,
  flags: [
    { name: "all", type: "bool", default: "false", usage: "All resources of the type." },
    allNamespacesFlag,
    fieldSelectorFlag,
    ...plainFileFlags,
    {
      name: "for",
      type: "string",
      default: "",
      usage:
        "What to wait for: create, delete, condition=NAME[=VALUE], jsonpath=PATH[=VALUE]. VALUE of a condition is true unless given.",
    },
    { ...localFlag, usage: "If true, what the files have is looked at as it stands there, and no server is asked." },
    ...printFlags,
    selectorFlag,
    {
      name: "timeout",
      type: "duration",
      default: "30s",
      usage: "How long to wait. Zero looks once and does not wait, less than zero waits for a week.",
    },
  ],
  run,
};

interface Waiting {
  readonly session: Session;
  readonly awaited: Awaited;
  readonly timeout: number;
  /** Only what the files have. */
  readonly local: boolean;
  /** Aborts when the time is over, for all objects together. */
  readonly signal: AbortSignal;
}

async function run(invocation: Invocation): Promise<undefined> {
  const { flags, io } = invocation;
  const printer = await objectPrinter(flags);
  const session = await invocation.session();
  const awaited = parseCondition(flags.string("for"));
  const given = flags.duration("timeout");
  const local = flags.bool("local");
  if (local && invocation.args.length > 0) throw new CommandError(filesWhenLocal);
  const timeout = given < 0 ? week : given;
  const late = new AbortController();
  const cancel = timeout > 0 ? clock.after(timeout, () => late.abort()) : () => {};
  const waiting: Waiting = { session, awaited, timeout, local, signal: AbortSignal.any([late.signal, io.signal]) };
  try {
    if (awaited.kind === "create" && !local) await untilCreated(invocation, waiting);
    const { found, errors } = await findObjects(invocation, session, { local });
    const failures = errors.filter((error) => !(awaited.kind === "delete" && isNotFound(error)));
    if (found.length === 0 && failures.length === 0 && awaited.kind !== "delete")
      throw new CommandError("no matching resources found");
    for (const { resource, object } of found) {
      const { name, namespace } = object.metadata;
      try {
        const final = await untilMet({ resource, namespace, name }, object, waiting);
        if (printer) printer.print(final as Printable, (text) => void io.stdout.write(text));
        else invocation.print(`${kindText(resource)}/${name} condition met`);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new CommandErrors(failures);
    return undefined;
  } finally {
    cancel();
  }
}

/** Looks twice a second whether everything named is there. */
async function untilCreated(invocation: Invocation, { session, timeout, signal }: Waiting): Promise<void> {
  for (;;) {
    const { found, errors } = await findObjects(invocation, session);
    if (errors.some((error) => !isNotFound(error))) throw new CommandErrors(errors);
    if (errors.length === 0 && found.length > 0) return;
    if (timeout > 0) await clock.sleep(500, signal).catch(() => {});
    if (timeout === 0 || signal.aborted) throw new CommandError("timed out waiting for the condition");
  }
}

/** @returns the object as it was when it held @throws CommandError when the time is over */
async function untilMet(target: Target, seen: LiveObject, waiting: Waiting): Promise<LiveObject> {
  const { session, awaited, timeout, local, signal } = waiting;
  const { resource, namespace, name } = target;
  if (awaited.kind === "create") return seen;
  const over = new CommandError(`timed out waiting for the condition on ${resource.plural}/${name}`);
  if (local) {
    // A file does not change while one waits.
    if (awaited.kind === "state" && awaited.holds(seen)) return seen;
    throw over;
  }
  const read = () => session.json<LiveObject>("GET", apiPath(resource, { namespace, name }));
  const unmet = new CommandError(`condition not met for ${resource.plural}/${name}`);
  if (timeout === 0 && awaited.kind === "state") {
    const object = await read();
    if (awaited.holds(object)) return object;
    throw unmet;
  }
  let object = seen;
  if (awaited.kind === "delete") {
    // What a Go client says when its time is over before it asks.
    if (signal.aborted) throw new CommandError("client rate limiter Wait returned an error: context deadline exceeded");
    try {
      object = await read();
    } catch (error) {
      if (isNotFound(error)) return seen;
      throw error;
    }
    if (timeout === 0) throw unmet;
  }
  try {
    for await (const state of statesOf(session, target, signal)) {
      if (signal.aborted) break;
      if (awaited.kind === "delete") {
        if (state.type === "gone" || state.type === "deleted") return object;
      } else if (state.type === "gone") throw notFound({ group: resource.group, resource: resource.plural }, name);
      else if (state.type === "present" && awaited.holds(state.object)) return state.object;
    }
  } catch (error) {
    throw signal.aborted ? over : error;
  }
  throw over;
}
