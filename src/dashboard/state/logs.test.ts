import { afterEach, expect, test } from "vitest";
import { type Clock, systemClock } from "../../base/clock.ts";
import { badRequest, notFound } from "../../base/errors.ts";
import { LogReader, type LogSource } from "./logs.ts";

const source = (pod: string): LogSource => ({ namespace: "n", pod, container: "c" });
let stop = () => {};
afterEach(() => stop());

/** Answers of a log by pod, and a reader that looks again when told. */
function setUp(logs: Record<string, string | Error>) {
  const asked: string[] = [];
  let again = () => {};
  let resting = () => {};
  const clock: Clock = {
    ...systemClock,
    sleep: (_ms, ended) =>
      new Promise((resolve) => {
        again = resolve;
        ended?.addEventListener("abort", () => resolve(), { once: true });
        resting();
      }),
  };
  const reader = new LogReader(async (path) => {
    asked.push(path);
    const [, pod = ""] = /pods\/([^/]+)\/log/.exec(path) ?? [];
    const answer = logs[pod] ?? "";
    if (answer instanceof Error) throw answer;
    return answer;
  }, clock);
  stop = () => reader.stop();
  const rested = () =>
    new Promise<void>((resolve) => {
      resting = resolve;
    });
  const look = async () => {
    const done = rested();
    again();
    await done;
  };
  const texts = () => reader.lines.value.map(({ source: { pod }, text }) => `${pod} ${text}`);
  return { reader, asked, look, rested, texts };
}

test("lines of several pods come together in order, each once, and reading goes on where it stood", async () => {
  const logs: Record<string, string | Error> = {
    a: "2026-01-01T00:00:01Z one\n2026-01-01T00:00:03Z three\n",
    b: "2026-01-01T00:00:02Z two\n",
  };
  const { reader, asked, look, rested, texts } = setUp(logs);
  const done = rested();
  reader.read([source("a"), source("b")], false);
  await done;
  expect(texts()).toEqual(["a one", "b two", "a three"]);
  logs.a = "2026-01-01T00:00:03Z three\n2026-01-01T00:00:03.5Z four\n";
  await look();
  expect(texts()).toEqual(["a one", "b two", "a three", "a four"]);
  expect(asked.slice(-2)).toEqual([
    "/api/v1/namespaces/n/pods/a/log?container=c&timestamps=true&tailLines=500&sinceTime=2026-01-01T00%3A00%3A03Z",
    "/api/v1/namespaces/n/pods/b/log?container=c&timestamps=true&tailLines=500&sinceTime=2026-01-01T00%3A00%3A02Z",
  ]);
});

test("why a log cannot be read is said until it can; a pod that is gone keeps its lines", async () => {
  const logs: Record<string, string | Error> = { a: badRequest('container "c" in pod "a" is waiting to start') };
  const { reader, look, rested, texts } = setUp(logs);
  const done = rested();
  reader.read([source("a")], false);
  await done;
  expect([...reader.problems.value]).toEqual([["n/a/c", 'container "c" in pod "a" is waiting to start']]);
  logs.a = "2026-01-01T00:00:01Z one\n";
  await look();
  expect(reader.problems.value.size).toBe(0);
  logs.a = notFound({ group: "", resource: "pods" }, "a");
  await look();
  expect(reader.problems.value.size).toBe(0);
  expect(texts()).toEqual(["a one"]);
});

test("the log of the last run begins anew and is read once", async () => {
  const logs: Record<string, string | Error> = { a: "2026-01-01T00:00:01Z one\n" };
  const { reader, asked, look, rested, texts } = setUp(logs);
  let done = rested();
  reader.read([source("a")], false);
  await done;
  logs.a = "2026-01-01T00:00:00Z before\n";
  done = rested();
  reader.read([source("a")], true);
  await done;
  await look();
  expect(texts()).toEqual(["a before"]);
  expect(asked).toHaveLength(2);
  expect(asked[1]).toContain("previous=true");
});
