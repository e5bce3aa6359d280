import { type Command, CommandError, CommandErrors, type Invocation } from "../../core/command.ts";
import { kindText, resourceText, type ServedResource } from "../../core/discovery.ts";
import { type Found, findObjects, type ObjectOptions } from "../../core/find-objects.ts";
import type { Flag } from "../../core/flags.ts";
import { printResult } from "../../core/operations.ts";
import { apiPath } from "../../core/paths.ts";
import type { Session } from "../../core/session.ts";
import { fieldManagerFlag, filenameFlags, selectorFlag } from "../../core/shared-flags.ts";
import { bareContent } from "../../core/targets.ts";
import { printFlags } from "../../print/print-flags.ts";
import { deploymentHistory } from "./deployment-history.ts";
import type { History } from "./revisions.ts";
import { setHistory } from "./set-history.ts";

/** How rollout commands find what they work on: a type alone means all of its kind. */
export const rolloutTargets: ObjectOptions = {
  typed: true,
  typeMeansAll: true,
  nothingNamed: "required resource not specified",
};

const changeFlags: readonly Flag[] = [
  fieldManagerFlag("kubectl-rollout"),
  ...filenameFlags,
  ...printFlags,
  selectorFlag,
];

interface Change {
  /** What is printed when it is done: `paused`. */
  readonly done: string;
  /** What is printed when there is nothing to change. */
  readonly unchanged: string;
  /** `pausing`: for kinds that do not have it. */
  readonly doing: string;
  readonly kinds: readonly string[];
  /** A strategic merge patch, or the reason why not: what is wrong with the object, or a failure without its name. */
  patch(found: Found): { readonly patch: object } | { readonly problem: string } | { readonly failure: string };
}

/** `rollout pause`, `resume`, `restart`. */
export const changeCommand = (verb: string, short: string, change: Change): Command => ({
  path: `rollout ${verb}`,
  use: `rollout ${verb} RESOURCE`,
  short,
  flags: changeFlags,
  run: async (invocation) => changeObjects(invocation, await invocation.session(), change),
});

/** Applies a change to every object; each that cannot be changed is one error line. */
async function changeObjects(invocation: Invocation, session: Session, change: Change): Promise<undefined> {
  const { found: objects, errors } = await bareContent(() => findObjects(invocation, session, rolloutTargets));
  if (objects.length === 0 && errors.length === 0) {
    invocation.warn(`No resources found in ${session.namespace} namespace.`);
  }
  for (const found of objects) {
    const { resource, object } = found;
    const named = `error: ${resourceText(resource)} "${object.metadata.name}"`;
    if (!change.kinds.includes(resource.kind)) {
      errors.push(new Error(`${named} ${change.doing} is not supported`));
      continue;
    }
    const result = change.patch(found);
    if ("problem" in result) {
      errors.push(new Error(`${named} ${result.problem}`));
      continue;
    }
    if ("failure" in result) {
      errors.push(new Error(result.failure));
      continue;
    }
    const { namespace, name } = object.metadata;
    const query = { fieldManager: invocation.flags.string("field-manager") };
    try {
      const next = await session.json<typeof object>("PATCH", apiPath(resource, { namespace, name }, query), {
        body: result.patch,
        contentType: "application/strategic-merge-patch+json",
      });
      const operation =
        next.metadata.resourceVersion === object.metadata.resourceVersion ? change.unchanged : change.done;
      await printResult(invocation, resource, next, operation, "none", { typed: true });
    } catch (error) {
      errors.push(new Error(`failed to patch: ${error instanceof Error ? error.message : String(error)}`));
    }
  }
  if (errors.length > 0) throw new CommandErrors(errors);
  return undefined;
}

export const objectText = ({ resource, object }: Found): string => `${kindText(resource)}/${object.metadata.name}`;

const histories: Readonly<Record<string, History>> = {
  Deployment: deploymentHistory,
  StatefulSet: setHistory,
  DaemonSet: setHistory,
};

/** Workloads that keep no history. */
const forgetful = new Set(["CronJob", "Job", "Pod", "ReplicaSet", "ReplicationController"]);

/** @throws CommandError for kinds without a history: kubectl has one text for workloads and one for everything else */
export function historyOf({ kind, group }: ServedResource, what: "history viewer" | "rollbacker"): History {
  const history = histories[kind];
  if (history) return history;
  const name = `${kind}${group && `.${group}`}`;
  if (forgetful.has(kind)) throw new CommandError(`no ${what} has been implemented for "${name}"`);
  const retrieving = what === "history viewer" ? "retrieving history for" : "retrieving rollbacker for";
  throw new CommandError(`error ${retrieving} "${name}", no visitor method exists for {${group} ${kind}}`);
}
