/** `Impersonate-*` headers: acting as someone else, for those who may (apiserver `filters/impersonation.go`). */
import type { IncomingHttpHeaders } from "node:http";
import { badRequest, internalError } from "../../base/errors.ts";
import type { UserInfo } from "../../registry/registry.ts";
import type { Authorizer, ResourceAttributes } from "../authz/authorizer.ts";
import { assertAllowed } from "../authz/authorizer.ts";

const serviceAccount = /^system:serviceaccount:([^:]+):([^:]+)$/;
const values = (header: string | string[] | undefined): string[] =>
  header === undefined ? [] : Array.isArray(header) ? header : header.split(",").map((v) => v.trim());

/**
 * The user that the request is to be treated as.
 * @throws 403 when `user` may not impersonate it
 */
export async function impersonate(
  headers: IncomingHttpHeaders,
  user: UserInfo,
  authorizer: Authorizer,
): Promise<UserInfo> {
  const name = headers["impersonate-user"] as string | undefined;
  const groups = values(headers["impersonate-group"]);
  const uid = headers["impersonate-uid"] as string | undefined;
  const extra = Object.keys(headers).filter((h) => h.startsWith("impersonate-extra-"));
  if (!name) {
    if (!groups.length && !uid && !extra.length) return user;
    throw internalError(`requested [${JSON.stringify({ groups, uid })}] without impersonating a user`);
  }
  if (extra.length) throw badRequest("impersonating extra fields is not supported");

  const account = serviceAccount.exec(name);
  const base = { isResource: true as const, user, verb: "impersonate", version: "v1", subresource: "", path: "" };
  const asked: ResourceAttributes[] = [
    account
      ? { ...base, group: "", resource: "serviceaccounts", namespace: account[1] as string, name: account[2] as string }
      : { ...base, group: "", resource: "users", namespace: "", name },
    ...groups.map((group) => ({ ...base, group: "", resource: "groups", namespace: "", name: group })),
    ...(uid ? [{ ...base, group: "authentication.k8s.io", resource: "uids", namespace: "", name: uid }] : []),
  ];
  for (const attributes of asked) await assertAllowed(authorizer, attributes);

  const implied = account
    ? ["system:serviceaccounts", `system:serviceaccounts:${account[1]}`, "system:authenticated"]
    : [name === "system:anonymous" ? "system:unauthenticated" : "system:authenticated"];
  const wanted = account && groups.length ? ["system:authenticated"] : implied;
  return { name, ...(uid ? { uid } : {}), groups: [...new Set([...groups, ...wanted])] };
}
