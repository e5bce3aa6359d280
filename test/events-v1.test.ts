/** What `events.k8s.io/v1` demands of its Events. The answers expected are those of kube-apiserver 1.34. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { testServer } from "../src/testing/server-fixture.ts";

let server: Awaited<ReturnType<typeof testServer>>;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const events = "/apis/events.k8s.io/v1/namespaces/default/events";
const core = "/api/v1/namespaces/default/events";
const event = (change: object = {}, name = "e") => ({
  apiVersion: "events.k8s.io/v1",
  kind: "Event",
  metadata: { name },
  regarding: { kind: "Pod", namespace: "default", name: "p" },
  reason: "R",
  note: "n",
  type: "Normal",
  eventTime: "2026-01-01T00:00:00.000000Z",
  reportingController: "x.io/c",
  reportingInstance: "i",
  action: "A",
  ...change,
});
const send = (method: string, path: string, body: object, type = "application/json") =>
  server.call(path, { method, headers: { "content-type": type }, body });
const problems = (answer: { json(): { details: { causes: { field: string; message: string }[] } } }) =>
  answer.json().details.causes.map(({ field, message }) => `${field}: ${message}`);

const time = "2026-01-01T00:00:00Z";
const tooLong = (length: number) => `Invalid value: "": can have at most ${length} characters`;

test.each<[object, string[]]>([
  [{ eventTime: null }, ["eventTime: Required value"]],
  [
    { reportingController: null },
    [
      "reportingController: Required value",
      expect.stringMatching(/^reportingController: Invalid value: "": name part must be non-empty$/),
      expect.stringMatching(/^reportingController: Invalid value: "": name part must consist of alphanumeric/),
    ],
  ],
  [{ reportingInstance: null }, ["reportingInstance: Required value"]],
  [{ reportingInstance: "x".repeat(129) }, [`reportingInstance: ${tooLong(128)}`]],
  [{ action: null }, ["action: Required value"]],
  [{ action: "x".repeat(129) }, [`action: ${tooLong(128)}`]],
  [{ reason: null }, ["reason: Required value"]],
  [{ note: "x".repeat(1025) }, [`message: ${tooLong(1024)}`]],
  [{ type: null }, ['type: Invalid value: "": has invalid value: ']],
  [{ type: "Odd" }, ['type: Invalid value: "": has invalid value: Odd']],
  [{ series: { count: 2 } }, ["series.lastObservedTime: Required value"]],
  [
    { series: {} },
    ['series.count: Invalid value: "": should be at least 2', "series.lastObservedTime: Required value"],
  ],
  [{ deprecatedSource: { component: "c" } }, ['source: Invalid value: "": needs to be unset']],
  [{ deprecatedFirstTimestamp: time }, ['firstTimestamp: Invalid value: "": needs to be unset']],
  [{ deprecatedLastTimestamp: time }, ['lastTimestamp: Invalid value: "": needs to be unset']],
  [{ deprecatedCount: 1 }, ['count: Invalid value: "": needs to be unset']],
])("a new Event with %o", async (change, causes) => {
  const answer = await send("POST", `${events}?dryRun=All`, event(change));
  expect([answer.status, problems(answer)]).toEqual([422, causes]);
  const applied = await send(
    "PATCH",
    `${events}/applied?dryRun=All&fieldManager=m`,
    event(change, "applied"),
    "application/apply-patch+yaml",
  );
  expect([applied.status, problems(applied)]).toEqual([422, causes]);
});

test("fields are those of its version", async () => {
  const strict = await send("POST", `${events}?fieldValidation=Strict`, event({ message: "m", regarding: { foo: 1 } }));
  expect(strict.json().message).toBe(
    'Event in version "v1" cannot be handled as a Event: strict decoding error: unknown field "regarding.foo", unknown field "message"',
  );
  const wrong = await send("POST", events, event({ regarding: 5 }));
  expect(wrong.json().message).toBe(
    'Event in version "v1" cannot be handled as a Event: json: cannot unmarshal number into Go struct field Event.regarding of type v1.ObjectReference',
  );
});

test("what an Event says stays", async () => {
  expect((await send("POST", events, event())).status).toBe(201);
  const immutable = "field is immutable";
  const cases: [object, string[]][] = [
    [{}, []],
    [{ note: "z" }, [`message: Invalid value: "z": ${immutable}`]],
    [{ reason: "Z" }, Array(2).fill(`reason: Invalid value: "Z": ${immutable}`)],
    [{ type: "Odd" }, [`type: Invalid value: "Odd": ${immutable}`]],
    [{ deprecatedCount: 3 }, [`count: Invalid value: 3: ${immutable}`]],
    [{ deprecatedSource: { component: "c" } }, [`source: Invalid value: {"Component":"c","Host":""}: ${immutable}`]],
    [
      { regarding: { kind: "Pod", namespace: "default", name: "q" } },
      [
        'involvedObject: Invalid value: {"Kind":"Pod","Namespace":"default","Name":"q","UID":"","APIVersion":"",' +
          `"ResourceVersion":"","FieldPath":""}: ${immutable}`,
      ],
    ],
    [
      { eventTime: "2027-01-01T00:00:00.000000Z" },
      [`eventTime: Invalid value: "2027-01-01T00:00:00.000000Z": ${immutable}`],
    ],
    [
      { series: { count: 1 } },
      expect.arrayContaining(["series.lastObservedTime: Required value"]) as unknown as string[],
    ],
    [{ series: { count: 2, lastObservedTime: "2026-01-01T00:00:00.000000Z" } }, []],
  ];
  for (const [change, causes] of cases) {
    const answer = await send("PUT", `${events}/e?dryRun=All`, event(change));
    if (causes.length === 0 && Array.isArray(causes)) expect(answer.status).toBe(200);
    else expect([answer.status, problems(answer)]).toEqual([422, causes]);
  }
  const patched = await send("PATCH", `${events}/e`, { note: "z" }, "application/merge-patch+json");
  expect(problems(patched)).toEqual([`message: Invalid value: "z": ${immutable}`]);
  const free = await send("PATCH", `${core}/e`, { message: "z", type: "Odd" }, "application/merge-patch+json");
  expect(free.json()).toMatchObject({ message: "z", type: "Odd" });
});
