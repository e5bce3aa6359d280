/** `serviceaccounts/{name}/token`: issues a token (authentication.k8s.io/v1 TokenRequest). */
import { invalidValue, path } from "../../api/field.ts";
import type { Pod, ServiceAccount } from "../../api/generated/types.ts";
import type { Kind, KubeObject } from "../../api/kind.ts";
import { formatTime } from "../../base/clock.ts";
import { badRequest, conflict, forbidden, invalid } from "../../base/errors.ts";
import type { Registry } from "../../registry/registry.ts";
import type { ServiceAccountTokens, TokenOrder } from "../authn/service-account-tokens.ts";
import { nodeOf } from "../authz/node.ts";
import { decodeObject, readBody } from "../request/body.ts";
import type { ResourceRequest } from "../request/info.ts";
import { negotiateAnswer } from "../request/negotiate.ts";
import { writeOptions } from "../request/query.ts";
import type { RequestState } from "../request/state.ts";
import { respondObject } from "../respond/respond.ts";
import { expectKind, notAllowed } from "./call.ts";

interface TokenSpec {
  readonly audiences?: readonly string[];
  readonly expirationSeconds?: number;
  readonly boundObjectRef?: {
    readonly kind?: string;
    readonly apiVersion?: string;
    readonly name?: string;
    readonly uid?: string;
  };
}

export interface TokenContext {
  readonly registry: Registry;
  readonly tokens: ServiceAccountTokens;
  kind<T extends KubeObject>(group: string, plural: string): Kind<T>;
}

const shortest = 600;
const longest = 2 ** 32;

export const isTokenRequest = (info: ResourceRequest): boolean =>
  info.group === "" && info.version === "v1" && info.resource === "serviceaccounts" && info.subresource === "token";

export async function serveTokenRequest(state: RequestState, info: ResourceRequest, context: TokenContext) {
  const form = negotiateAnswer(state.exchange.headers.accept, false);
  if (info.verb !== "create") throw notAllowed();
  const { dryRun } = writeOptions(state.query, state.exchange.headers["user-agent"], "CreateOptions");
  const body = await decodeObject(
    await readBody(state.exchange),
    state.exchange.headers["content-type"],
    "TokenRequest",
  );
  const request = expectKind(body, { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" });
  const spec = (request as { spec?: TokenSpec }).spec ?? {};
  const { namespace, name } = info;
  const given = request.metadata?.name;
  if (given && given !== name)
    throw invalid("authentication.k8s.io", "TokenRequest", name, [
      invalidValue(path("metadata", "name"), given, "must match the service account name if specified"),
    ]);
  const { object: account } = await context.registry.get(
    context.kind<ServiceAccount>("", "serviceaccounts"),
    { namespace, name },
    state,
  );
  const order: TokenOrder = {
    namespace,
    serviceAccount: { name, uid: account.metadata?.uid ?? "" },
    audiences: spec.audiences ?? [],
    expirationSeconds: lifetime(spec),
    ...(await boundPod(state, info, spec, context)),
  };
  const node = nodeOf(state.user);
  if (node && order.pod?.nodeName !== node) {
    const why = order.pod
      ? "node requested token bound to a pod scheduled on a different node"
      : "node requested token not bound to a pod";
    throw forbidden({ group: "", resource: "serviceaccounts" }, name, why);
  }
  const { token, expires, audiences } = context.tokens.issue(order);
  await respondObject(
    state,
    201,
    {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: { name, namespace, creationTimestamp: formatTime(expires - order.expirationSeconds * 1000) },
      spec: { ...spec, audiences, expirationSeconds: order.expirationSeconds },
      status: { token: dryRun ? "" : token, expirationTimestamp: formatTime(expires) },
    },
    form,
  );
}

function lifetime({ expirationSeconds = 3600 }: TokenSpec): number {
  const wrong =
    expirationSeconds < shortest
      ? "may not specify a duration less than 10 minutes"
      : expirationSeconds > longest
        ? "may not specify a duration larger than 2^32 seconds"
        : undefined;
  if (wrong) {
    throw invalid("authentication.k8s.io", "TokenRequest", "", [
      invalidValue(path("spec", "expirationSeconds"), expirationSeconds, wrong),
    ]);
  }
  return expirationSeconds;
}

async function boundPod(state: RequestState, info: ResourceRequest, spec: TokenSpec, { registry, kind }: TokenContext) {
  const ref = spec.boundObjectRef;
  if (!ref) return {};
  if (ref.kind !== "Pod" || ref.apiVersion !== "v1") {
    const version = ref.apiVersion ?? "";
    throw badRequest(
      `cannot bind token to object of type ${version.includes("/") ? version : `/${version}`}, Kind=${ref.kind}`,
    );
  }
  const key = { namespace: info.namespace, name: ref.name ?? "" };
  const { object: pod } = await registry.get(kind<Pod>("", "pods"), key, state);
  const uid = pod.metadata?.uid ?? "";
  const account = pod.spec?.serviceAccountName ?? "";
  if (account !== info.name) {
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(info.name)} to pod running with different serviceaccount name.`,
    );
  }
  if (ref.uid && ref.uid !== uid) {
    const why = `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict({ group: "", resource: "pods" }, key.name, why);
  }
  const nodeName = pod.spec?.nodeName;
  return { pod: { name: key.name, uid, ...(nodeName ? { nodeName } : {}) } };
}
