/** `auth reconcile`: roles and bindings come to grant what files say, beside what they grant already. */
import { isAlreadyExists, isConflict, isNotFound, isStatus } from "../../../../base/errors.ts";
import { type Command, CommandError, CommandErrors, type Invocation } from "../../core/command.ts";
import { type DryRun, dryRunOf } from "../../core/dry-run.ts";
import { switchFlag } from "../../core/flags.ts";
import { givenFiles } from "../../core/manifest-files.ts";
import { givenManifests, type Manifest } from "../../core/manifests.ts";
import { printResult } from "../../core/operations.ts";
import { apiPath } from "../../core/paths.ts";
import type { Session } from "../../core/session.ts";
import { dryRunFlag, filenameFlags } from "../../core/shared-flags.ts";
import { builtinType, localResource } from "../../core/typed.ts";
import { printFlags } from "../../print/print-flags.ts";
import type { PolicyRule } from "./reconcile/covers.ts";
import { type Binding, type Plan, planBinding, planRole, type Role, type Subject } from "./reconcile/plan.ts";

const group = "rbac.authorization.k8s.io";
const kinds = /^(?:Cluster)?Role(?:Binding)?$/;
const mostTries = 3;

export const reconcileCommand: Command = {
  path: "auth reconcile",
  use: "auth reconcile -f FILENAME",
  short: "Reconcile rules for role, role binding, cluster role, and cluster role binding objects.",
  flags: [
    dryRunFlag,
    ...filenameFlags,
    ...printFlags,
    switchFlag("remove-extra-permissions", "If true, permissions that the files do not have are taken from roles."),
    switchFlag("remove-extra-subjects", "If true, subjects that the files do not have are taken from bindings."),
  ],
  async run(invocation) {
    const { flags, args, io } = invocation;
    if (givenFiles(flags).length === 0) throw new CommandError("must specify one of -f and -k");
    if (args.length > 0) throw new CommandError("no arguments are allowed");
    const dryRun = dryRunOf(flags);
    if (dryRun === "server") throw new CommandError("--dry-run=server for command reconcile is not supported yet");
    const manifests = await givenManifests(flags, io);
    const session = await invocation.session();
    const failures: unknown[] = [];
    for (const parsed of manifests) {
      try {
        if ("error" in parsed) throw parsed.error;
        await reconcileOne(invocation, session, parsed, dryRun);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new CommandErrors(failures);
    return undefined;
  },
};

/** What is neither a role nor a binding is passed over. @throws CommandError for a version that is not v1 */
async function reconcileOne(
  invocation: Invocation,
  session: Session,
  { object, source }: Manifest,
  dryRun: DryRun,
): Promise<void> {
  const { flags, warn } = invocation;
  const { apiVersion, kind } = object;
  const [version, own] = apiVersion.split("/").reverse();
  if (own === group && kinds.test(kind)) {
    if (version !== "v1") throw new CommandError(`only ${group}/v1 is supported: not *${version}.${kind}`);
  } else if (builtinType(object) === undefined) {
    const known = `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/scheme/scheme.go:28"`;
    throw new CommandError(`unable to decode "${source}": ${known}`);
  } else return;
  const removesSubjects = flags.bool("remove-extra-subjects");
  const removesRules = flags.bool("remove-extra-permissions");
  const expected = object as unknown as Role & Binding;
  const plan = (existing: (Role & Binding) | undefined) =>
    kind.endsWith("Binding")
      ? planBinding(existing, expected, removesSubjects)
      : planRole(existing, expected, removesRules);
  const { done, written } = await carryOut(session, expected, plan, dryRun);
  const resource = localResource(object);
  await printResult(invocation, resource, { ...written, apiVersion, kind }, "reconciled", dryRun, { typed: true });
  if (done.operation === "none") return;
  const kept = done.protected ? ", but object opted out (rbac.authorization.kubernetes.io/autoupdate: false)" : "";
  warn(`\treconciliation required ${done.operation}${kept}`);
  const list = (title: string, lines: readonly string[]) => {
    if (lines.length > 0) warn([`\t${title}:`, ...lines.map((line) => `\t\t${line}`)].join("\n"));
  };
  list("missing subjects added", done.missingSubjects.map(subjectText));
  if (removesSubjects) list("extra subjects removed", done.extraSubjects.map(subjectText));
  list("missing rules added", done.missingRules.map(ruleText));
  if (removesRules) list("extra rules removed", done.extraRules.map(ruleText));
}

/** Reads, plans and writes, again when another was faster. */
async function carryOut(
  session: Session,
  expected: Role & Binding,
  planFor: (existing: (Role & Binding) | undefined) => Plan,
  dryRun: DryRun,
): Promise<{ readonly done: Plan; readonly written: object }> {
  const resource = localResource(expected);
  const { name, namespace: own } = expected.metadata;
  const namespace = resource.namespaced ? own : undefined;
  const path = apiPath(resource, { namespace, name });
  for (let tries = 1; ; tries++) {
    const existing = await unlessMissing(session.json<Role & Binding>("GET", path));
    const plan = planFor(existing);
    if (plan.protected || dryRun === "client" || plan.operation === "none") return { done: plan, written: plan.object };
    const body = { ...plan.object, apiVersion: expected.apiVersion, kind: expected.kind };
    const make = async () => {
      if (resource.namespaced) await ensureNamespace(session, namespace ?? "");
      return session.json<object>("POST", apiPath(resource, { namespace }), { body });
    };
    try {
      if (plan.operation === "recreate") {
        const preconditions = { uid: existing?.metadata.uid };
        await unlessMissing(session.json("DELETE", path, { body: { preconditions } }));
      }
      const written = plan.operation === "update" ? await session.json<object>("PUT", path, { body }) : await make();
      return { done: plan, written };
    } catch (error) {
      const again =
        plan.operation === "update"
          ? isNotFound(error)
          : isAlreadyExists(error) || (plan.operation === "recreate" && isConflict(error));
      if (!again) throw error;
      if (tries > mostTries) throw new CommandError("exceeded maximum attempts");
    }
  }
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Who may only change roles may not be allowed to look at namespaces. */
async function ensureNamespace(session: Session, name: string): Promise<void> {
  if (name === "") throw new CommandError("resource name may not be empty");
  try {
    await session.json("GET", `/api/v1/namespaces/${name}`);
  } catch (error) {
    if (!isNotFound(error) && !isStatus(error, "Forbidden")) throw error;
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
    await session.json("POST", "/api/v1/namespaces", { body }).catch((refusal: unknown) => {
      if (!isAlreadyExists(refusal) && !isStatus(refusal, "Forbidden")) throw refusal;
    });
  }
}

const subjectText = ({ kind = "", apiGroup = "", name = "", namespace = "" }: Subject): string =>
  `{Kind:${kind} APIGroup:${apiGroup} Name:${name} Namespace:${namespace}}`;

function ruleText(rule: PolicyRule): string {
  const list = (values: readonly string[] = []) => `[${values.join(" ")}]`;
  return `{Verbs:${list(rule.verbs)} APIGroups:${list(rule.apiGroups)} Resources:${list(rule.resources)} ResourceNames:${list(rule.resourceNames)} NonResourceURLs:${list(rule.nonResourceURLs)}}`;
}
