/** Many watches over one connection, as the page reads them. */
import { expect, test } from "vitest";
import type { Response as ApiResponse } from "../../src/client/http/response.ts";
import { lines } from "../../src/client/http/watch.ts";
import { WatchStreams } from "../../src/dashboard/connection/watch-stream.ts";

/** A wire that the test plays: each request's query, and a way to answer it. */
function wire() {
  const requests: { query: string; write(text: string): void; end(): void; signal: AbortSignal }[] = [];
  const ended: number[] = [];
  let gather = () => {};
  const streams = new WatchStreams({
    open: async (query, signal) => {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const writer = writable.getWriter();
      signal.addEventListener("abort", () => void writer.abort(new Error("aborted")).catch(() => {}));
      const encoder = new TextEncoder();
      requests.push({
        query,
        signal,
        write: (text) => void writer.write(encoder.encode(text)).catch(() => {}),
        end: () => void writer.close().catch(() => {}),
      });
      return new Response(readable);
    },
    ended: ({ code }) => void ended.push(code ?? 0),
    after: (_, fn) => {
      gather = fn;
    },
  });
  return { streams, requests, ended, gather: () => gather() };
}

const next = async (reader: AsyncIterator<string>) => (await reader.next()).value;
const read = (answer: ApiResponse) => lines(answer.body)[Symbol.asyncIterator]();

test("watches opened together share a request; each gets its own lines, as they came", async () => {
  const { streams, requests, gather } = wire();
  const pods = read(streams.open("/api/v1/pods?watch=true", undefined));
  const nodes = read(streams.open("/api/v1/nodes?watch=true", undefined));
  gather();
  await expect.poll(() => requests.length).toBe(1);
  const query = new URLSearchParams(requests[0]?.query);
  expect(query.getAll("path")).toEqual(["/api/v1/pods?watch=true", "/api/v1/nodes?watch=true"]);
  requests[0]?.write('{"watch":1,"event":{"type":"ADDED","object":{"a":"}"}}}\n{"watch":0,"ev');
  requests[0]?.write('ent":{"type":"DELETED"}}\n');
  expect(await next(nodes)).toBe('{"type":"ADDED","object":{"a":"}"}}');
  expect(await next(pods)).toBe('{"type":"DELETED"}');
});

test("one that ended in order ends, one that failed throws its Status, and when the connection breaks off all do", async () => {
  const { streams, requests, ended, gather } = wire();
  const [a, b, c] = ["a", "b", "c"].map((name) => read(streams.open(`/api/${name}?watch=true`, undefined)));
  gather();
  await expect.poll(() => requests.length).toBe(1);
  const status = { kind: "Status", code: 410, reason: "Expired", message: "too old" };
  requests[0]?.write(
    `{"watch":0,"end":{"code":200}}\n{"watch":1,"end":{"code":410,"status":${JSON.stringify(status)}}}\n`,
  );
  expect(await a?.next()).toEqual({ done: true, value: undefined });
  await expect(b?.next()).rejects.toMatchObject({ code: 410, message: "too old" });
  expect(ended).toEqual([410]);
  requests[0]?.end();
  await expect(c?.next()).rejects.toThrow("the connection broke off");
});

test("a request whose watches are all closed is ended; a third one at once ends the others, to come back together", async () => {
  const { streams, requests, gather } = wire();
  const open = async (name: string) => {
    const before = requests.length;
    const answer = streams.open(`/api/${name}?watch=true`, undefined);
    gather();
    await expect.poll(() => requests.length).toBe(before + 1);
    return answer;
  };
  const first = await open("a");
  first.body.destroy();
  expect(requests[0]?.signal.aborted).toBe(true);
  await open("b");
  await open("c");
  expect(requests[1]?.signal.aborted).toBe(false);
  await open("d");
  expect([requests[1], requests[2]].map((r) => r?.signal.aborted)).toEqual([true, true]);
  expect(requests[3]?.signal.aborted).toBe(false);
});
