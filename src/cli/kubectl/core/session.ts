/** One command's connection to a cluster: who, where, which namespace, and what the server serves. */
import { Readable } from "node:stream";
import { systemClock as clock } from "../../../base/clock.ts";
import { parseDuration } from "../../../base/duration.ts";
import {
  ConnectionError,
  createRestClient,
  type RestClient,
  type RestRequest,
  type RestResponse,
  readText,
} from "../../../client/http/rest.ts";
import { answerError } from "./answer-error.ts";
import { CommandError, type Io } from "./command.ts";
import { connectionOf } from "./connection.ts";
import { Discovery } from "./discovery.ts";
import { cacheFolder, readServed, writeServed } from "./discovery-cache.ts";
import { askServed, servedResources } from "./discovery-lists.ts";
import { parseJson, writeJson } from "./exact-json.ts";
import type { FlagValues } from "./flags.ts";

export interface Session {
  readonly rest: RestClient;
  /** From `-n`, else the context's, else `default`. */
  readonly namespace: string;
  /** Was it given with `-n`? Then a manifest that names another one is refused. */
  readonly namespaceGiven: boolean;
  /** What the server serves; asked for once, or known from earlier commands, unless it is to be `fresh`. */
  discovery(options?: { readonly fresh: boolean }): Promise<Discovery>;
  /** Looks something up in what the server serves; what is known from earlier is asked for anew when it is not in it. */
  served<T>(look: (discovery: Discovery) => T): Promise<T>;
  /** Sends and reads JSON. Server warnings go to standard error. @throws StatusError */
  json<T>(method: string, path: string, options?: JsonOptions): Promise<T>;
  /** Sends and gives the answer back as a stream. @throws StatusError */
  stream(path: string, options?: StreamOptions): Promise<RestResponse>;
}

export interface StreamOptions {
  /** By default GET. */
  readonly method?: string;
  readonly body?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
  /** When `--request-timeout` is over the answer ends, as if there were no more of it. By default it fails. */
  readonly untilTimeout?: boolean;
}

export interface JsonOptions {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** Of a failure only plain text is read, as where client-go reads bytes. */
  readonly bytes?: boolean;
}

/** The kubectl that this one is like. */
export const kubectlVersion = "v1.34.0";
const userAgent = `kubectl/${kubectlVersion} (${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}) wherry`;

/** @param warn receives `Warning: …` lines */
export async function openSession(flags: FlagValues, io: Io, warn: (line: string) => void): Promise<Session> {
  const resolved = await connectionOf(flags, io, userAgent);
  const rest = await createRestClient(resolved.rest);
  await rest.begin();
  const passWarnings = (response: RestResponse) => {
    const header = response.headers.warning;
    for (const line of [header ?? []].flat()) for (const text of warningTexts(line)) warn(`Warning: ${text}`);
  };
  const limit = requestTimeout(flags.string("request-timeout"));
  const verbosity = flags.int("v");
  const sendAndLog =
    verbosity < 6
      ? rest.send
      : (await import("./klog.ts")).logged(rest.send, rest.config.server, verbosity, (l) => void io.stderr.write(l));
  const sendOrSay: RestClient["send"] = async (request) => {
    try {
      const answer = sendAndLog(request);
      // While it is on its way there is time to open what it will be written to.
      void io.stdout;
      return await answer;
    } catch (error) {
      if (!(error instanceof ConnectionError) || request.signal?.aborted) throw error;
      throw await (await import("../../../client/http/connection-words.ts")).inGoWords(error, rest.config);
    }
  };
  /** @param quietly when the time is over, the answer ends instead of failing */
  const send = async (request: RestRequest, quietly = false): Promise<RestResponse> => {
    if (limit <= 0) return sendOrSay(request);
    const late = new AbortController();
    const cancel = clock.after(limit, () => late.abort());
    try {
      const signal = request.signal ? AbortSignal.any([request.signal, late.signal]) : late.signal;
      const response = await sendOrSay({ ...request, signal });
      response.body.once("close", cancel);
      return { ...response, body: Readable.from(inTime(response.body, late.signal, quietly)) };
    } catch (error) {
      cancel();
      if (!late.signal.aborted) throw error;
      const message = "net/http: request canceled (Client.Timeout exceeded while awaiting headers)";
      throw new ConnectionError(new Error(message));
    }
  };
  const folder = cacheFolder(resolved.rest.server, flags, io.env);
  let fresh: Promise<Discovery> | undefined;
  let known: Discovery | undefined;
  const askAnew = () => {
    fresh ??= askServed(session).then((served) => {
      writeServed(folder, served);
      return new Discovery(servedResources(served));
    });
    return fresh;
  };
  const session: Session = {
    rest,
    namespace: resolved.namespace,
    namespaceGiven: flags.string("namespace") !== "",
    async discovery(options) {
      if (fresh || options?.fresh) return askAnew();
      if (known) return known;
      const kept = readServed(folder);
      if (!kept) return askAnew();
      known = new Discovery(servedResources(kept));
      return known;
    },
    async served(look) {
      const discovery = await session.discovery();
      if (fresh) return look(discovery);
      try {
        const found = look(discovery);
        if (!discovery.missed) return found;
      } catch (error) {
        if (!discovery.missed) throw error;
      }
      return look(await askAnew());
    },
    async json<T>(method: string, path: string, { body, contentType, accept, bytes = false }: JsonOptions = {}) {
      const response = await send({
        method,
        path,
        headers: {
          accept: accept ?? "application/json",
          ...(body === undefined ? {} : { "content-type": contentType ?? "application/json" }),
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : writeJson(body) }),
      });
      passWarnings(response);
      if (response.status >= 400) {
        const text = await readText(response);
        const isText = String(response.headers["content-type"]).startsWith("text/");
        throw answerError(response.status, bytes && !isText ? "" : text, { method, path });
      }
      return parseJson<T>(await readText(response));
    },
    async stream(path, { method = "GET", body, accept, signal, untilTimeout } = {}) {
      const headers = { accept: accept ?? "*/*" };
      const rest = { ...(body === undefined ? {} : { body }), ...(signal ? { signal } : {}) };
      const response = await send({ method, path, headers, ...rest }, untilTimeout);
      if (response.status >= 400) throw answerError(response.status, await readText(response));
      return response;
    },
  };
  return session;
}

async function* inTime(body: Readable, late: AbortSignal, quietly: boolean): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    if (!late.aborted) throw error;
    const message = "context deadline exceeded (Client.Timeout or context cancellation while reading body)";
    if (!quietly) throw new ConnectionError(new Error(message));
  }
}

/** Milliseconds; plain numbers are seconds. @throws CommandError */
function requestTimeout(text: string): number {
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (milliseconds === undefined) {
    throw new CommandError(
      `Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)`,
    );
  }
  return milliseconds;
}

/** The texts of a `Warning` header (RFC 7234 §5.5): `299 - "text"`, several of them separated by commas. */
function warningTexts(header: string): string[] {
  return [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map((m) => (m[1] ?? "").replace(/\\(.)/g, "$1"));
}
