/** `create rolebinding` and `create clusterrolebinding`. */
import { CommandError, type Invocation } from "../../core/command.ts";
import { type Flag, listFlag, textFlag } from "../../core/flags.ts";
import { createCommand } from "./shared.ts";

const apiGroup = "rbac.authorization.k8s.io";

const subjectFlags: readonly Flag[] = [
  listFlag("group", "Groups to bind to the role; may be repeated."),
  listFlag(
    "serviceaccount",
    "Service accounts to bind to the role, in the format <namespace>:<name>; may be repeated.",
  ),
  listFlag("user", "Usernames to bind to the role; may be repeated."),
];
const clusterRoleFlag = textFlag("clusterrole", "ClusterRole this binding should reference.");
const subjectUse =
  "[--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none] [flags]";

export const createRoleBindingCommand = createCommand({
  name: "rolebinding",
  use: `NAME --clusterrole=NAME|--role=NAME ${subjectUse}`,
  short: "Create a role binding for a particular role or cluster role.",
  flags: [clusterRoleFlag, textFlag("role", "Role this RoleBinding should reference."), ...subjectFlags],
  failure: "failed to create rolebinding: ",
  build(invocation, name) {
    const [role, clusterRole] = [invocation.flags.string("role"), invocation.flags.string("clusterrole")];
    if ((role === "") === (clusterRole === ""))
      throw new CommandError("exactly one of clusterrole or role must be specified");
    const roleRef = { apiGroup, kind: role ? "Role" : "ClusterRole", name: role || clusterRole };
    return { ...rbac("RoleBinding"), metadata: { name }, ...subjectsOf(invocation), roleRef };
  },
});

export const createClusterRoleBindingCommand = createCommand({
  name: "clusterrolebinding",
  use: `NAME --clusterrole=NAME ${subjectUse}`,
  short: "Create a cluster role binding for a particular cluster role.",
  flags: [{ ...clusterRoleFlag, required: true }, ...subjectFlags],
  failure: "failed to create clusterrolebinding: ",
  build(invocation, name) {
    const roleRef = { apiGroup, kind: "ClusterRole", name: invocation.flags.string("clusterrole") };
    return { ...rbac("ClusterRoleBinding"), metadata: { name }, ...subjectsOf(invocation), roleRef };
  },
});

const rbac = (kind: string) => ({ apiVersion: `${apiGroup}/v1`, kind });

/** @throws CommandError for a service account that is not `namespace:name` */
function subjectsOf({ flags }: Invocation): { subjects?: object[] } {
  const serviceAccounts = flags.list("serviceaccount").map((text) => {
    const [namespace, name, ...more] = text.split(":");
    if (!namespace || !name || more.length > 0) throw new CommandError("serviceaccount must be <namespace>:<name>");
    return { kind: "ServiceAccount", name, namespace };
  });
  const subjects = [
    ...flags.list("user").map((name) => ({ kind: "User", apiGroup, name })),
    ...flags.list("group").map((name) => ({ kind: "Group", apiGroup, name })),
    ...serviceAccounts,
  ];
  return subjects.length > 0 ? { subjects } : {};
}
