/**
 * An API server as a test's client sees it, recorded once from a real one and played again without it.
 *
 * A recording has chapters. Each begins with something that changes the cluster: a write of the client's own, or what a
 * test does behind its back (`act`). When it is played, lists, watch events and answers come as the real server gave
 * them, at the same pace, a chapter at a time; a request that was never recorded is answered with an error, and fails
 * `close`. Nothing is made up but times, which are moved to now, and lists, which are put together of the recorded list and
 * the events since.
 *
 * The file is compressed (brotli) and has one JSON value per line: when each chapter began, in milliseconds since the Unix
 * epoch, then what is described at {@link Entry}.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { systemClock as clock, formatTime, parseTime } from "../../src/base/clock.ts";
import { readText } from "../../src/client/http/response.ts";
import type { RestClient } from "../../src/client/http/rest.ts";
import { lines } from "../../src/client/http/watch.ts";

interface Item {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: { readonly name?: string; readonly namespace?: string; readonly resourceVersion: string };
}

interface List {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly Item[];
}

/** A line of a watch. */
interface Event {
  readonly type: string;
  readonly object: Item;
}

/** Any request that is neither list nor watch, or that failed. */
interface Exchange {
  /** In which it was asked; a write begins it. */
  readonly chapter: number;
  /** See {@link requestOf}. */
  readonly request: string;
  readonly body?: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly answer: string;
}

/**
 * - `list` and `of` are requests without what only resumes; `after` is in milliseconds since the chapter began
 * - `forgotten` is told to a watch that resumes where the server has forgotten what happened
 */
type Entry =
  | { readonly list: string; readonly answer: List }
  | { readonly of: string; readonly chapter: number; readonly after: number; readonly event: Event }
  | { readonly exchange: Exchange }
  | { readonly forgotten: Event };

export interface PlayedApi {
  /** `http://127.0.0.1:40123`; it asks for no credentials. */
  readonly server: string;
  /** Begins a chapter. @param does what was done; it is done only when that is recorded */
  act(does: () => Promise<unknown>): Promise<void>;
  /** Ends all connections, and takes none until `mend`. */
  cut(): void;
  /** @param forgetful what the server no longer knows: watches that resume are told so, as it tells it */
  mend(forgetful?: boolean): void;
  /** @throws Error with the requests that were not in the recording */
  close(): Promise<void>;
}

/** `GET /api/v1/pods as someone`. */
const requestOf = ({ method, headers }: IncomingMessage, path: string): string => {
  const as = headers["impersonate-user"];
  return `${method} ${path}${as ? ` as ${as}` : ""}`;
};

/** Of lists and watches: without what differs between two that see the same. */
function streamOf(request: IncomingMessage): string {
  const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://api");
  for (const name of ["watch", "allowWatchBookmarks", "resourceVersion", "timeoutSeconds"]) query.delete(name);
  return requestOf(request, [pathname, query].map(String).filter(Boolean).join("?"));
}

const isWatch = ({ method, url = "" }: IncomingMessage) => method === "GET" && /[?&]watch=true\b/.test(url);

/** Does it change the cluster? */
const isWrite = ({ method, url = "" }: IncomingMessage) =>
  method !== "GET" && !/[?&]dryRun=All\b/.test(url) && !url.startsWith("/apis/authentication.k8s.io/");

const isList = (answer: unknown): answer is List => Array.isArray((answer as Partial<List> | undefined)?.items);

/** Answers until it is closed, but not while it is cut. */
async function listen(answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>) {
  let isCut = false;
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.on("connection", (socket) => isCut && socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      isCut = true;
      server.closeAllConnections();
    },
    mend() {
      isCut = false;
    },
    end: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Of its first revision a server that has run for ten minutes knows nothing any more: so often does it compact. */
const firstRevision = "/api/v1/events?watch=true&resourceVersion=1&timeoutSeconds=5";

/**
 * Writes `file` when it is closed.
 * @param rest leads to a real API server, whose users it may impersonate
 */
export async function recordApi(rest: RestClient, file: string): Promise<PlayedApi> {
  const chapters = [clock.now()];
  const entries: Entry[] = [];
  const seen = new Set<string>();
  const watched = new Map<string, AbortController>();
  const once = (key: string, entry: () => Entry) => {
    if (seen.has(key)) return;
    seen.add(key);
    entries.push(entry());
  };
  const chapter = () => chapters.length - 1;

  const { server, cut, mend, end } = await listen(async (request, response) => {
    const { method = "GET", url = "/" } = request;
    const body = await text(request);
    if (isWrite(request)) chapters.push(clock.now());
    const begun = chapter();
    const of = streamOf(request);
    // The first watch goes on when its client is gone or cut off: what happens meanwhile belongs to the recording.
    const first = isWatch(request) && !watched.has(of);
    const gone = new AbortController();
    if (first) watched.set(of, gone);
    else response.once("close", () => gone.abort());
    const headers: Record<string, string> = {};
    for (const name of ["accept", "content-type", "impersonate-user"]) {
      const value = request.headers[name];
      if (typeof value === "string") headers[name] = value;
    }
    const answered = await rest.send({ method, path: url, headers, ...(body ? { body } : {}), signal: gone.signal });
    const kept: Record<string, string> = {};
    for (const name of ["content-type", "warning"]) {
      const value = answered.headers[name];
      if (typeof value === "string") kept[name] = value;
    }
    response.writeHead(answered.status, kept);
    if (isWatch(request) && answered.status === 200) {
      response.flushHeaders();
      for await (const line of lines(answered.body)) {
        const entry = { of, chapter: chapter(), after: clock.now() - (chapters.at(-1) ?? 0), event: JSON.parse(line) };
        if (first) entries.push(entry);
        if (!response.destroyed) response.write(`${line}\n`);
      }
      return void response.end();
    }
    const answer = await readText(answered);
    const parsed = /json/.test(kept["content-type"] ?? "") ? (JSON.parse(answer) as unknown) : undefined;
    if (answered.status === 200 && isList(parsed)) {
      once(of, () => ({ list: of, answer: parsed }));
    } else {
      const exchange = {
        chapter: begun,
        request: requestOf(request, url),
        status: answered.status,
        headers: kept,
        answer,
      };
      const whole = body ? { ...exchange, body } : exchange;
      once(JSON.stringify(whole), () => ({ exchange: whole }));
    }
    response.end(answer);
  });
  return {
    server,
    async act(does) {
      chapters.push(clock.now());
      await does();
    },
    cut,
    mend,
    async close() {
      const headers = { accept: "application/json" };
      const [told = "{}"] = (await readText(await rest.send({ method: "GET", path: firstRevision, headers }))).split(
        "\n",
      );
      const forgotten = JSON.parse(told) as Event;
      if (forgotten.type !== "ERROR")
        throw new Error("the server has forgotten nothing yet: let it run for ten minutes");
      entries.push({ forgotten });
      for (const gone of watched.values()) gone.abort();
      await end();
      const all = [chapters, ...entries].map((value) => JSON.stringify(value)).join("\n");
      // The largest window: what is alike may lie far apart.
      const params = { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS };
      writeFileSync(file, brotliCompressSync(all, { params }));
    },
  };
}

const stamp = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?=(?:\.\d+)?Z)/g;

/** Moves all times in a text. @param by milliseconds, whole seconds */
const moved = (value: string, by: number): string =>
  value.replace(stamp, (time) => formatTime(parseTime(`${time}Z`) + by).slice(0, -1));

/** Plays a file that {@link recordApi} has written. */
export async function replayApi(file: string): Promise<PlayedApi> {
  const [first = "", ...rest] = brotliDecompressSync(readFileSync(file)).toString().split("\n");
  const chapters = JSON.parse(first) as number[];
  // A chapter does not begin sooner than when it was recorded: no time that is told is still to come.
  const by = Math.floor((clock.now() - (chapters[0] ?? 0)) / 1000) * 1000;
  const entries = rest.map((line) => JSON.parse(moved(line, by)) as Entry);
  const lists = new Map(entries.flatMap((entry) => ("list" in entry ? [[entry.list, entry.answer] as const] : [])));
  const exchanges = entries.flatMap((entry) => ("exchange" in entry ? [entry.exchange] : []));
  const tooOld = entries.flatMap((entry) => ("forgotten" in entry ? [entry.forgotten] : []))[0];
  const ended = new AbortController();
  /** Lines so far, by watch, and who waits for more. */
  const told = new Map<string, Event[]>();
  const listeners = new Map<string, Set<(event: Event) => void>>();
  const strays: string[] = [];
  let current = -1;
  let forgotten = 0;

  const tell = (of: string, event: Event) => {
    told.set(of, [...(told.get(of) ?? []), event]);
    for (const listener of listeners.get(of) ?? []) listener(event);
  };
  /** When the last event of the chapter is told. */
  let ends = 0;
  const begin = async (chapter: number) => {
    current = chapter;
    const began = (chapters[chapter] ?? 0) + by;
    // Nor before all of the last one is told: the order is the server's.
    await clock.sleep(Math.max(0, began - clock.now(), ends - clock.now()), ended.signal);
    for (const entry of entries) {
      if (!("of" in entry) || entry.chapter !== chapter) continue;
      clock.after(entry.after, () => tell(entry.of, entry.event));
      ends = Math.max(ends, clock.now() + entry.after + 1);
    }
  };
  const revision = ({ metadata }: Item) => Number(metadata.resourceVersion);
  /** Of all that was told: a server has one count for all kinds. */
  const newest = () => Math.max(0, ...[...told.values()].flat().map(({ object }) => revision(object)));

  const listNow = (of: string, { metadata, items, ...list }: List) => {
    const now = new Map(items.map((item) => [`${item.metadata.namespace}/${item.metadata.name}`, item]));
    for (const { type, object } of told.get(of) ?? []) {
      const key = `${object.metadata.namespace}/${object.metadata.name}`;
      if (type === "BOOKMARK" || revision(object) <= Number(metadata.resourceVersion)) continue;
      const { apiVersion: _, kind: __, ...item } = object;
      if (type === "DELETED") now.delete(key);
      else now.set(key, item);
    }
    const resourceVersion = String(Math.max(Number(metadata.resourceVersion), newest()));
    return JSON.stringify({ ...list, metadata: { ...metadata, resourceVersion }, items: [...now.values()] });
  };

  const watch = (request: IncomingMessage, response: ServerResponse) => {
    const of = streamOf(request);
    const since = Number(new URL(request.url ?? "", "http://api").searchParams.get("resourceVersion"));
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    if (since < forgotten) return void response.end(`${JSON.stringify(tooOld)}\n`);
    const say = (event: Event) => void response.write(`${JSON.stringify(event)}\n`);
    for (const event of told.get(of) ?? []) if (revision(event.object) > since) say(event);
    const all = listeners.get(of) ?? new Set();
    listeners.set(of, all.add(say));
    response.once("close", () => all.delete(say));
  };

  const { server, cut, mend, end } = await listen(async (request, response) => {
    const of = streamOf(request);
    const list = lists.get(of);
    if (list && isWatch(request)) return watch(request, response);
    if (list) return void response.writeHead(200, { "content-type": "application/json" }).end(listNow(of, list));
    const asked = requestOf(request, request.url ?? "/");
    const body = await text(request);
    const due = isWrite(request) ? current + 1 : current;
    const known = exchanges.findLast(
      (one) =>
        one.request === asked &&
        (one.body ?? "") === body &&
        (isWrite(request) ? one.chapter === due : one.chapter <= due),
    );
    if (!known) {
      strays.push(`${asked} ${body} in chapter ${current}`);
      return void response.writeHead(500).end(`not recorded: ${asked}`);
    }
    if (isWrite(request)) await begin(due);
    response.writeHead(known.status, known.headers).end(known.answer);
  });
  await begin(0);
  return {
    server,
    act: () => begin(current + 1),
    cut,
    mend(forgetful = false) {
      if (forgetful) forgotten = newest();
      mend();
    },
    async close() {
      ended.abort();
      await end();
      if (strays.length > 0) throw new Error(`not in ${file}:\n${strays.join("\n")}`);
    },
  };
}
