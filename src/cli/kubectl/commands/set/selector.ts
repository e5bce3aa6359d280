import { type Command, CommandError, CommandErrors } from "../../core/command.ts";
import { dryRunOf, dryRunQuery } from "../../core/dry-run.ts";
import { findObjects, type LiveObject } from "../../core/find-objects.ts";
import { printResult } from "../../core/operations.ts";
import { apiPath } from "../../core/paths.ts";
import { recorded } from "../../core/record.ts";
import { toLabelSelector } from "../../core/selectors.ts";
import {
  allFlag,
  dryRunFlag,
  fieldManagerFlag,
  localFlag,
  plainFileFlags,
  recordFlag,
  resourceVersionFlag,
} from "../../core/shared-flags.ts";
import { strategicPatchBetween } from "../../core/two-way.ts";
import { asGoWrites, builtinType } from "../../core/typed.ts";
import { printFlags } from "../../print/print-flags.ts";

export const setSelectorCommand: Command = {
  path: "set selector",
  use: "set selector (-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]",
  short: "Set the selector on a resource.",
  flags: [
    allFlag,
    dryRunFlag,
    fieldManagerFlag("kubectl-set"),
    ...plainFileFlags,
    localFlag,
    ...printFlags,
    recordFlag,
    resourceVersionFlag,
  ],
  async run(invocation) {
    const { flags, args } = invocation;
    const dryRun = dryRunOf(flags);
    const last = args.at(-1);
    if (last === undefined) throw new CommandError("one selector is required");
    const { matchLabels = {}, matchExpressions = [] } = toLabelSelector(last);
    const local = flags.bool("local");
    const session = await invocation.session();
    const options = { args: args.slice(0, -1), typeMeansAll: flags.bool("all"), local, typed: true };
    const { found, errors } = await findObjects(invocation, session, options);
    for (const { resource, object } of found) {
      try {
        if (resource.kind !== "Service" || resource.group !== "")
          throw new CommandError("setting a selector is only supported for Services");
        if (matchExpressions.length > 0) {
          const all = matchExpressions.map((e) => `{${e.key} ${e.operator} [${(e.values ?? []).join(" ")}]}`);
          throw new CommandError(`match expression [${all.join(" ")}] not supported on this object`);
        }
        const version = flags.string("resource-version");
        const { resourceVersion: _, ...unversioned } = object.metadata;
        const before = asGoWrites(version ? { ...object, metadata: unversioned } : object) as LiveObject;
        const { selector: __, ...spec } = (before.spec ?? {}) as Record<string, unknown>;
        const after = recorded(invocation, {
          ...before,
          metadata: { ...before.metadata, ...(version ? { resourceVersion: version } : {}) },
          spec: Object.keys(matchLabels).length > 0 ? { ...spec, selector: matchLabels } : spec,
        } as LiveObject);
        if (local || dryRun === "client") {
          await printResult(invocation, resource, after, "selector updated", dryRun, { typed: true });
          continue;
        }
        const query = { dryRun: dryRunQuery(dryRun), fieldManager: flags.string("field-manager") };
        const { namespace, name } = object.metadata;
        const next = await session.json<LiveObject>("PATCH", apiPath(resource, { namespace, name }, query), {
          body: strategicPatchBetween(before, after, builtinType(before) ?? ""),
          contentType: "application/strategic-merge-patch+json",
        });
        await printResult(invocation, resource, next, "selector updated", dryRun, { typed: true });
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new CommandErrors(errors);
    return undefined;
  },
};
