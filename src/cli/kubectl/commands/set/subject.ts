import { isDeepStrictEqual } from "node:util";
import type { RbacSubject } from "../../../../api/generated/types.ts";
import { type Command, CommandError, type Invocation } from "../../core/command.ts";
import { dryRunOf } from "../../core/dry-run.ts";
import type { Found } from "../../core/find-objects.ts";
import { listFlag } from "../../core/flags.ts";
import type { Session } from "../../core/session.ts";
import { bothAllAndSelector, findForSet, refuseLocalOnServer, setFlags, setOnAll } from "./shared.ts";

export const setSubjectCommand: Command = {
  path: "set subject",
  use: "set subject (-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
  short: "Update the user, group, or service account in a role binding or cluster role binding.",
  flags: [
    ...setFlags.filter(({ name }) => name !== "record"),
    listFlag("group", "Groups to bind to the role."),
    listFlag("serviceaccount", "Service accounts to bind to the role."),
    listFlag("user", "Usernames to bind to the role."),
  ],
  async run(invocation) {
    const { flags, args } = invocation;
    dryRunOf(flags);
    const session = await invocation.session();
    const objects = await findForSet(invocation, session, args);
    validate(invocation, objects);
    const subjects = subjectsOf(invocation, session);
    return setOnAll(invocation, session, objects, {
      done: "subjects updated",
      failure: "failed to patch subjects to rolebinding: ",
      change(object) {
        if (object.kind !== "RoleBinding" && object.kind !== "ClusterRoleBinding")
          throw new CommandError("setting subjects is only supported for RoleBinding/ClusterRoleBinding");
        const now = (object.subjects ?? []) as RbacSubject[];
        const added = subjects.filter((subject) => !now.some((known) => isDeepStrictEqual(known, subject)));
        object.subjects = [...now, ...added];
        return added.length > 0;
      },
    });
  },
};

/** @throws CommandError in kubectl's words */
function validate(invocation: Invocation, objects: readonly Found[]): void {
  const { flags } = invocation;
  refuseLocalOnServer(invocation);
  if (flags.bool("all") && flags.string("selector")) throw bothAllAndSelector();
  if (["user", "group", "serviceaccount"].every((name) => flags.list(name).length === 0))
    throw new CommandError("you must specify at least one value of user, group or serviceaccount");
  for (const text of flags.list("serviceaccount")) {
    const [namespace, name, ...more] = text.split(":");
    if (!name || more.length > 0) throw new CommandError("serviceaccount must be <namespace>:<name>");
    if (!namespace && objects.some(({ object }) => object.kind === "ClusterRoleBinding"))
      throw new CommandError("serviceaccount must be <namespace>:<name>, namespace must be specified");
  }
}

function subjectsOf({ flags }: Invocation, session: Session): RbacSubject[] {
  const sorted = (name: string) => [...new Set(flags.list(name))].sort();
  const apiGroup = "rbac.authorization.k8s.io";
  return [
    ...sorted("user").map((name) => ({ kind: "User", apiGroup, name })),
    ...sorted("group").map((name) => ({ kind: "Group", apiGroup, name })),
    ...sorted("serviceaccount").map((text) => {
      const [namespace, name = ""] = text.split(":");
      return { kind: "ServiceAccount", name, namespace: namespace || session.namespace };
    }),
  ];
}
