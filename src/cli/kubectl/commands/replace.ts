import { systemClock as clock } from "../../../base/clock.ts";
import { isNotFound } from "../../../base/errors.ts";
import { type Command, CommandError, CommandErrors } from "../core/command.ts";
import { dryRunOf, dryRunQuery, fieldValidationOf } from "../core/dry-run.ts";
import { together, whileDoing } from "../core/failure.ts";
import type { LiveObject } from "../core/find-objects.ts";
import { withLastApplied } from "../core/last-applied.ts";
import { givenFiles } from "../core/manifest-files.ts";
import { printResult } from "../core/operations.ts";
import { apiPath } from "../core/paths.ts";
import { recorded } from "../core/record.ts";
import type { Session } from "../core/session.ts";
import {
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  recordFlag,
  saveConfigFlag,
  subresourceFlag,
  validateFlag,
} from "../core/shared-flags.ts";
import { findTargets, placed, type Target } from "../core/targets.ts";
import { printFlags } from "../print/print-flags.ts";
import { type DeletePlan, deleteTargets } from "./delete/delete-targets.ts";
import { deletionFlags, gracePeriodOf, propagationOf } from "./delete/flags.ts";
import { checkRaw, sendRaw } from "./raw.ts";

export const replaceCommand: Command = {
  path: "replace",
  use: "replace -f FILENAME",
  short: "Replace a resource by file name or stdin.",
  flags: [
    ...deletionFlags("false"),
    dryRunFlag,
    fieldManagerFlag("kubectl-replace"),
    ...filenameFlags,
    ...printFlags,
    { name: "raw", type: "string", default: "", usage: "Raw URI to PUT to the server." },
    recordFlag,
    saveConfigFlag,
    subresourceFlag("replace"),
    validateFlag,
  ],
  async run(invocation) {
    const { flags } = invocation;
    const fieldValidation = fieldValidationOf(flags);
    const dryRun = dryRunOf(flags);
    const propagationPolicy = propagationOf(flags.string("cascade"));
    if (givenFiles(flags).length === 0) throw new CommandError("must specify one of -f and -k");
    const force = flags.bool("force");
    if (flags.int("grace-period") >= 0 && !force) throw new CommandError("--grace-period must have --force specified");
    if (flags.duration("timeout") !== 0 && !force) throw new CommandError("--timeout must have --force specified");
    if (force && dryRun !== "none") throw new CommandError("--dry-run can not be used when --force is set");
    if (flags.string("raw")) {
      checkRaw(invocation, { needsFile: true });
      return sendRaw(invocation, "PUT");
    }
    const session = await invocation.session();
    const { targets, errors } = await findTargets(invocation, session, { args: [] });
    if (force) {
      const plan: DeletePlan = {
        gracePeriod: gracePeriodOf(flags.int("grace-period"), false),
        propagationPolicy,
        dryRun,
        force,
        ignoreNotFound: true,
        wait: flags.bool("wait") || flags.int("grace-period") === 0,
        timeout: flags.duration("timeout"),
        output: flags.string("output"),
        everywhere: true,
      };
      await deleteTargets(invocation, session, { targets, errors }, plan);
      for (const target of targets) await untilGone(session, target, plan.timeout || 5 * 60_000);
    }
    const query = { dryRun: dryRunQuery(dryRun), fieldManager: flags.string("field-manager"), fieldValidation };
    const subresource = flags.string("subresource") || undefined;
    const failures: unknown[] = [];
    for (const target of targets) {
      try {
        const body = recorded(invocation, withLastApplied(placed(target), flags.bool("save-config")));
        let next = body;
        if (force) next = await create(session, target, body, query);
        else if (dryRun !== "client")
          next = await whileDoing("replacing", target.source, () => put(session, target, body, query, subresource));
        await printResult(invocation, target.resource, next, "replaced", dryRun);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length + errors.length > 0) throw new CommandErrors([...failures, ...together(errors, failures)]);
    if (force && targets.length === 0) throw new CommandError("no objects passed to replace");
    return undefined;
  },
};

type Query = Record<string, string | undefined>;

/** Looks once a second, as kubectl does. @throws CommandError after `timeout` milliseconds */
async function untilGone(session: Session, { resource, namespace, name }: Target, timeout: number): Promise<void> {
  const end = clock.monotonic() + timeout;
  for (;;) {
    try {
      await session.json("GET", apiPath(resource, { namespace, name }));
    } catch (error) {
      if (isNotFound(error)) return;
      throw error;
    }
    if (clock.monotonic() >= end) throw new CommandError("timed out waiting for the condition");
    await clock.sleep(1000);
  }
}

function create(
  session: Session,
  { resource, namespace }: Target,
  body: LiveObject,
  query: Query,
): Promise<LiveObject> {
  const { resourceVersion: _, ...metadata } = body.metadata;
  return session.json("POST", apiPath(resource, { namespace }, query), { body: { ...body, metadata } });
}

/** A manifest without a version replaces whatever version there is. */
async function put(
  session: Session,
  { resource, namespace, name }: Target,
  body: LiveObject,
  query: Query,
  subresource: string | undefined,
): Promise<LiveObject> {
  const place = { namespace, name, subresource };
  let metadata = body.metadata;
  if (!metadata.resourceVersion) {
    try {
      const { resourceVersion } = (await session.json<LiveObject>("GET", apiPath(resource, place))).metadata;
      metadata = { ...metadata, resourceVersion };
    } catch {
      // The server says what is wrong when it is asked to write.
    }
  }
  return session.json("PUT", apiPath(resource, place, query), { body: { ...body, metadata } });
}
