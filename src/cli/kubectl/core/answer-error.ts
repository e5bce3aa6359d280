/** What a failure answer means when it says nothing itself, in client-go's words. */

import { StatusError } from "../../../base/errors.ts";
import { errorOf } from "../../../client/http/rest.ts";

const meanings: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  400: ["BadRequest", "the server rejected our request for an unknown reason"],
  401: ["Unauthorized", "the server has asked for the client to provide credentials"],
  403: ["Forbidden", "unknown"],
  404: ["NotFound", "the server could not find the requested resource"],
  405: ["MethodNotAllowed", "the server does not allow this method on the requested resource"],
  406: ["NotAcceptable", "the server was unable to respond with a content type that the client supports"],
  409: ["Conflict", "the server reported a conflict"],
  415: ["UnsupportedMediaType", "the body of the request was in an unknown format"],
  429: ["TooManyRequests", "the server has received too many requests and has asked us to try again later"],
  503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
  504: [
    "Timeout",
    "the server was unable to return a response in the time allotted, but may still be processing the request",
  ],
};

/** @param request the method and the path that failed; without it nothing is said of what was asked for */
export function answerError(
  status: number,
  body: string,
  request?: { readonly method: string; readonly path: string },
): StatusError {
  if (isStatusObject(body)) return errorOf(status, body);
  const text = body.trim();
  const [reason, message] =
    meanings[status] ??
    (status >= 500
      ? ([
          "InternalError",
          `an error on the server (${JSON.stringify(text || "unknown")}) has prevented the request from succeeding`,
        ] as const)
      : ([
          "Unknown",
          text || `the server responded with the status code ${status} but did not return more information`,
        ] as const));
  const asked = request ? askedFor(request) : "";
  return StatusError.from({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: message === "unknown" ? text || "unknown" : message + asked,
    reason,
    code: status,
  } as Parameters<typeof StatusError.from>[0]);
}

function isStatusObject(body: string): boolean {
  try {
    return (JSON.parse(body) as { kind?: string } | null)?.kind === "Status";
  } catch {
    return false;
  }
}

/** ` (get deployments.apps web)`. */
function askedFor({ method, path }: { readonly method: string; readonly path: string }): string {
  const [bare = ""] = path.split("?");
  const match =
    /^\/(?:api\/[^/]+|apis\/([^/]+)\/[^/]+)\/(?:namespaces\/[^/]+\/(?=[^/]+))?([^/]+)(?:\/([^/]+))?/.exec(bare) ?? [];
  const [, group, resource, name] = match;
  if (!resource) return "";
  const what = group ? `${resource}.${group}` : resource;
  return ` (${method.toLowerCase()} ${what}${name ? ` ${decodeURIComponent(name)}` : ""})`;
}
