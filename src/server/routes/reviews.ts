/** Questions that are asked with a POST and never stored: who am I, may I, may they. */

import { invalidValue, path } from "../../api/field.ts";
import { apiVersionOf } from "../../api/kind.ts";
import { type Clock, formatTime } from "../../base/clock.ts";
import { badRequest, invalid, StatusError } from "../../base/errors.ts";
import type { UserInfo } from "../../registry/registry.ts";
import type { TokenAuthenticator } from "../authn/authenticate.ts";
import type { Attributes, Authorizer } from "../authz/authorizer.ts";
import { decodeObject, readBody } from "../request/body.ts";
import type { ResourceRequest } from "../request/info.ts";
import { negotiateAnswer } from "../request/negotiate.ts";
import { writeOptions } from "../request/query.ts";
import type { RequestState } from "../request/state.ts";
import { respondObject } from "../respond/respond.ts";
import { expectKind } from "./call.ts";

interface AccessSpec {
  readonly resourceAttributes?: {
    readonly namespace?: string;
    readonly verb?: string;
    readonly group?: string;
    readonly version?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly name?: string;
  };
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string };
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly namespace?: string;
  readonly token?: string;
}

export interface ReviewContext {
  readonly authorizer: Authorizer;
  readonly tokens: TokenAuthenticator | undefined;
  readonly clock: Clock;
}

type Answer = (spec: AccessSpec, state: RequestState, info: ResourceRequest, context: ReviewContext) => Promise<object>;

const group = "authorization.k8s.io";

function attributesOf(kind: string, spec: AccessSpec, user: UserInfo): Attributes {
  const { resourceAttributes: r, nonResourceAttributes: n } = spec;
  if (!r === !n) {
    const at = path("spec", r ? "nonResourceAttributes" : "resourceAttributes");
    const why = r
      ? "cannot be specified in combination with resourceAttributes"
      : "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    throw invalid(group, kind, "", [invalidValue(at, r ? n : null, why)]);
  }
  if (n) return { isResource: false, user, verb: n.verb ?? "", path: n.path ?? "" };
  return {
    isResource: true,
    user,
    verb: r?.verb ?? "",
    group: r?.group ?? "",
    version: r?.version ?? "*",
    resource: r?.resource ?? "",
    subresource: r?.subresource ?? "",
    namespace: r?.namespace ?? "",
    name: r?.name ?? "",
    path: "",
  };
}

async function access(kind: string, spec: AccessSpec, user: UserInfo, { authorizer }: ReviewContext) {
  const { allowed, reason } = await authorizer.authorize(attributesOf(kind, spec, user));
  return { status: { allowed, ...(reason ? { reason } : {}) } };
}

const named = (kind: string, spec: AccessSpec): UserInfo => {
  if (!spec.user && !spec.groups?.length) {
    throw invalid(group, kind, "", [
      invalidValue(path("spec", "user"), "", "at least one of user or group must be specified"),
    ]);
  }
  return { name: spec.user ?? "", ...(spec.uid ? { uid: spec.uid } : {}), groups: spec.groups ?? [] };
};

const userInfo = (user: UserInfo) => ({
  username: user.name,
  ...(user.uid ? { uid: user.uid } : {}),
  groups: user.groups,
});

const answers: Readonly<Record<string, { readonly kind: string; readonly group: string; readonly answer: Answer }>> = {
  selfsubjectaccessreviews: {
    kind: "SelfSubjectAccessReview",
    group,
    answer: (spec, state, _, context) => access("SelfSubjectAccessReview", spec, state.user, context),
  },
  subjectaccessreviews: {
    kind: "SubjectAccessReview",
    group,
    answer: async (spec, _state, _info, context) =>
      access("SubjectAccessReview", spec, named("SubjectAccessReview", spec), context),
  },
  localsubjectaccessreviews: {
    kind: "LocalSubjectAccessReview",
    group,
    answer: async (spec, _, info, context) => {
      const kind = "LocalSubjectAccessReview";
      const namespace = spec.resourceAttributes?.namespace;
      if (namespace !== info.namespace) {
        throw invalid(group, kind, "", [
          invalidValue(
            path("spec", "resourceAttributes", "namespace"),
            namespace ?? "",
            "must match metadata.namespace",
          ),
        ]);
      }
      return access(kind, spec, named(kind, spec), context);
    },
  },
  selfsubjectrulesreviews: {
    kind: "SelfSubjectRulesReview",
    group,
    answer: async (spec, state, _, { authorizer }) => {
      if (!spec.namespace) throw badRequest("no namespace on request");
      const rules = authorizer.rulesFor?.(state.user, spec.namespace) ?? [];
      return {
        // The question is not repeated.
        spec: {},
        status: {
          resourceRules: rules
            .filter((r) => r.resources)
            .map(({ verbs, apiGroups, resources, resourceNames }) => ({ verbs, apiGroups, resources, resourceNames })),
          nonResourceRules: rules
            .filter((r) => r.nonResourceURLs)
            .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
          incomplete: false,
        },
      };
    },
  },
  selfsubjectreviews: {
    kind: "SelfSubjectReview",
    group: "authentication.k8s.io",
    answer: async (_, state, _info, { clock }) => ({
      metadata: { creationTimestamp: formatTime(clock.now()) },
      status: { userInfo: userInfo(state.user) },
    }),
  },
  tokenreviews: {
    kind: "TokenReview",
    group: "authentication.k8s.io",
    answer: async (spec, _state, _info, { tokens }) => {
      if (!spec.token) throw badRequest("token is required for TokenReview in authentication");
      const user = await tokens?.authenticate(spec.token);
      return {
        status: user ? { authenticated: true, user: userInfo(user) } : { user: {}, error: "invalid bearer token" },
      };
    },
  },
};

/** Does this resource answer questions? */
export const isReview = (info: ResourceRequest): boolean =>
  info.version === "v1" && answers[info.resource]?.group === info.group && !info.subresource;

export async function serveReview(state: RequestState, info: ResourceRequest, context: ReviewContext): Promise<void> {
  const form = negotiateAnswer(state.exchange.headers.accept, false);
  if (info.verb !== "create") {
    throw new StatusError(
      405,
      "MethodNotAllowed",
      "the server does not allow this method on the requested resource",
      {},
    );
  }
  const review = answers[info.resource];
  if (!review) return;
  writeOptions(state.query, state.exchange.headers["user-agent"], "CreateOptions");
  const body = await decodeObject(await readBody(state.exchange), state.exchange.headers["content-type"], review.kind);
  const expected = { group: review.group, version: "v1", kind: review.kind };
  const object = expectKind(body, expected) as { metadata?: object; spec?: AccessSpec };
  const status = await review.answer(object.spec ?? {}, state, info, context);
  const { kind } = review;
  await respondObject(
    state,
    201,
    {
      kind,
      apiVersion: apiVersionOf(expected),
      metadata: { ...object.metadata },
      ...(object.spec ? { spec: object.spec } : {}),
      ...status,
    },
    form,
  );
}
