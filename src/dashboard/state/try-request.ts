/** One request to a pod or a Service through the API server's proxy. */
import { systemClock } from "../../base/clock.ts";
import { errorOf } from "../../client/http/response.ts";

export interface Answer {
  readonly status: number;
  /** As much of it as is shown. */
  readonly body: string;
  /** Was there more? */
  readonly cut: boolean;
  readonly milliseconds: number;
}

/** Milliseconds that an answer may take. */
const longest = 15_000;
/** Bytes of a body that are shown. */
const most = 64 * 1024;

/**
 * @param path of the API: `/api/v1/namespaces/N/pods/P:8080/proxy/…`. Its answer says nothing about the cluster's
 * connection: whatever status it has is the application's.
 * @throws StatusError when it is the API server that answers: it may not, or cannot, ask the application
 * @throws when there is no answer in 15 seconds
 */
export async function tryRequest(path: string): Promise<Answer> {
  const began = systemClock.monotonic();
  const response = await fetch(`/k8s${path}`, { signal: AbortSignal.timeout(longest), cache: "no-store" });
  const milliseconds = Math.round(systemClock.monotonic() - began);
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  let body = "";
  let size = 0;
  let cut = false;
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    const room = most - size;
    size += value.byteLength;
    body += decoder.decode(value.subarray(0, room), { stream: true });
    if (size <= most) continue;
    cut = true;
    await reader.cancel();
    break;
  }
  if (response.status >= 400) {
    const error = errorOf(response.status, body);
    if (error.reason !== "Unknown") throw error;
  }
  return { status: response.status, body, cut, milliseconds };
}
