/**
 * The one way from the page to the cluster: the project's own typed client over `fetch`, through the server that the
 * page came from (`/k8s/<path>` is the Kubernetes API). What happens on the way decides {@link connection}.
 */
import { signal } from "@preact/signals";
import { systemClock } from "../../base/clock.ts";
import type { Status } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import { createHttpClient } from "../../client/http/client.ts";
import { type Response as ApiResponse, errorOf, readText } from "../../client/http/response.ts";
import { bodyOf } from "./fetch-body.ts";
import { WatchStreams } from "./watch-stream.ts";

/**
 * - `lost`: nobody answers, or the page's server cannot reach the cluster; `why` is what it said
 * - `expired`: the cluster does not take the credentials any more
 * - `closed`: the page's server does not know this page any more: it was started again
 */
export type Connection =
  | { readonly state: "connecting" | "connected" }
  | { readonly state: "lost" | "expired" | "closed"; readonly why: string };

export const connection = signal<Connection>({ state: "connecting" });

const report = (next: Connection) => {
  const { state } = connection.peek();
  if (state !== next.state) connection.value = next;
};

/** A `fetch` of the page's server. @throws TypeError when there is no answer */
export async function reach(path: string, init?: RequestInit, query = ""): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path + query, init);
  } catch (error) {
    if (!init?.signal?.aborted) report({ state: "lost", why: error instanceof Error ? error.message : String(error) });
    throw error;
  }
  // What a pod or a node answers through the API server says nothing of the connection to that.
  if (/\/proxy(\/|$)/.test(path)) return response;
  const failure = response.status >= 400 ? errorOf(response.status, await response.clone().text()).status : undefined;
  if (!reportFailure(failure) && !ownPaths.has(path)) report({ state: "connected" });
  return response;
}

const watchesPath = "/watches";
/** Where the page's server itself answers, also when the cluster does not. */
const ownPaths: ReadonlySet<string> = new Set([watchesPath, "/info"]);

/** @returns whether it says that there is no connection */
function reportFailure(failure: Status | undefined): boolean {
  const why = failure?.message ?? "";
  if (failure?.code === 401) {
    const own = failure.details?.causes?.some(({ reason }) => reason === "Dashboard") ?? false;
    report({ state: own ? "closed" : "expired", why });
  } else if (failure?.code === 502 && failure.reason === "BadGateway") report({ state: "lost", why });
  else return false;
  return true;
}

const streams = new WatchStreams({
  async open(query, signal) {
    // That a watch stands is not said before something happens: whoever was lost asks for something else first.
    if (connection.peek().state !== "connected") await reach("/k8s/version", { signal });
    const response = await reach(watchesPath, { signal }, query);
    if (response.ok) return response;
    throw errorOf(response.status, await response.text());
  },
  ended: reportFailure,
  after: systemClock.after,
});

/** Resolves when the page can be seen: hidden pages keep no connection open. */
const visible = (): Promise<void> =>
  new Promise((resolve) => {
    if (document.visibilityState === "visible") return resolve();
    const look = () => {
      if (document.visibilityState !== "visible") return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
  });

interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

async function send(
  { method, path, headers, body, signal }: ApiRequest,
  warn?: (text: string) => void,
): Promise<ApiResponse> {
  if (method === "GET" && /[?&]watch=true\b/.test(path)) {
    await visible();
    return streams.open(path, signal);
  }
  const response = await reach(`/k8s${path}`, { method, headers, body, signal });
  for (const text of warningTexts(response.headers.get("warning") ?? "")) warn?.(text);
  return { status: response.status, body: bodyOf(response) };
}

/** The texts of a `Warning` header (RFC 7234 §5.5): `299 - "text"`, several of them separated by commas. */
const warningTexts = (header: string): string[] =>
  [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map((m) => (m[1] ?? "").replace(/\\(.)/g, "$1"));

export const client: Client = createHttpClient({ send });

/** A client that hands over what the server warns of. */
export const warningClient = (warn: (text: string) => void): Client =>
  createHttpClient({ send: (request) => send(request, warn) });

/** A GET that is not of an object: logs, metrics. The answer may be a failure. */
export const get = (path: string, signal?: AbortSignal): Promise<ApiResponse> =>
  send({ method: "GET", path, ...(signal ? { signal } : {}) });

/** A GET whose answer is text, such as a log. @throws StatusError for a failure */
export async function getText(path: string, signal?: AbortSignal): Promise<string> {
  const response = await get(path, signal);
  const text = await readText(response);
  if (response.status >= 400) throw errorOf(response.status, text);
  return text;
}

/** A page that nobody has seen for a minute gives its connection back; it resumes where it was. */
const restAfter = 60_000;

export function restWhenHidden(): void {
  let cancel = () => {};
  document.addEventListener("visibilitychange", () => {
    cancel();
    if (document.visibilityState === "hidden") cancel = systemClock.after(restAfter, () => streams.drop());
  });
}
