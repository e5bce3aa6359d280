/**
 * `/watches?path=…&path=…`: many watches over one connection. A browser opens no more than six to one server, and a page
 * that shows a cluster watches more kinds than that.
 *
 * The answer is lines of JSON, as things happen; `watch` counts the paths from 0:
 *
 * - `{"watch":0,"event":{"type":"ADDED","object":{…}}}`: a line of that watch, as the API server sent it
 * - `{"watch":0,"end":{"code":200}}`: it ended in order
 * - `{"watch":0,"end":{"code":410,"status":{…}}}`: it failed, or never began; `status` is a `Status`
 *
 * It ends with its last watch; who wants one again asks again, in a request of its own.
 */
import { setMaxListeners } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { badRequest, type Status, StatusError } from "../../base/errors.ts";
import { ConnectionError, errorOf, type RestClient, readText } from "../../client/http/rest.ts";
import { lines } from "../../client/http/watch.ts";
import { unreachable } from "./pass.ts";
import { foreignHeaders } from "./respond.ts";

export async function serveWatches(
  request: IncomingMessage,
  response: ServerResponse,
  paths: readonly string[],
  rest: RestClient,
) {
  if (request.method !== "GET") throw new StatusError(405, "MethodNotAllowed", "watches are read with GET");
  const wrong = paths.length === 0 ? "" : paths.find((path) => !/^\/apis?\//.test(path));
  if (wrong !== undefined) {
    const why = `path: Invalid value: ${JSON.stringify(wrong)}: name what to watch, such as /api/v1/pods?watch=true`;
    throw badRequest(why);
  }
  const gone = new AbortController();
  // Every request listens to it; more than that would be a leak.
  setMaxListeners(10 + 2 * paths.length, gone.signal);
  response.once("close", () => gone.abort());
  response.writeHead(200, { ...foreignHeaders, "content-type": "application/x-ndjson", "cache-control": "no-store" });
  response.flushHeaders();
  // All watches wait for one and the same.
  let room: Promise<void> | undefined;
  const roomAgain = () => {
    room ??= new Promise<void>((resolve) => {
      const done = () => {
        room = undefined;
        response.off("drain", done).off("close", done);
        resolve();
      };
      response.on("drain", done).on("close", done);
    });
    return room;
  };
  const say = async (text: string) => {
    if (!gone.signal.aborted && !response.write(`${text}\n`)) await roomAgain();
  };
  await Promise.all(
    paths.map(async (path, watch) => {
      const end = await follow(path, rest, gone.signal, (line) => say(`{"watch":${watch},"event":${line}}`));
      await say(JSON.stringify({ watch, end }));
    }),
  );
  response.end();
}

/** @returns how it ended; it never rejects for a failure of the API server */
async function follow(
  path: string,
  rest: RestClient,
  signal: AbortSignal,
  event: (line: string) => Promise<void>,
): Promise<{ code: number; status?: Status }> {
  try {
    const answer = await rest.send({ method: "GET", path, headers: { accept: "application/json" }, signal });
    if (answer.status !== 200) {
      const { status } = errorOf(answer.status, await readText(answer));
      return { code: answer.status, status };
    }
    try {
      for await (const line of lines(answer.body)) if (line) await event(line);
    } catch (error) {
      throw new ConnectionError(error as Error);
    }
    return { code: 200 };
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    const { status } = unreachable(error, rest.config.server);
    return { code: 502, status };
  }
}
