import fc from "fast-check";
import { expect, test } from "vitest";
import type { FieldSet } from "./fields-v1.ts";
import { compareElements } from "./path-element.ts";
import { isShared, share, textOf } from "./shared-sets.ts";

const name = fc.constantFrom("a", "b", "spec", "status", 'quo"te', "<&>", "__proto__", "ü", "10", "9");
const element = fc.oneof(
  name.map((n) => `f:${n}`),
  name.map((n) => `k:${JSON.stringify({ name: n })}`),
  name.map((n) => `v:${JSON.stringify(n)}`),
  fc.nat(20).map((n) => `i:${n}`),
);
const { set } = fc.letrec<{ set: FieldSet }>((tie) => ({
  set: fc
    .uniqueArray(
      fc.tuple(
        fc.oneof({ weight: 5, arbitrary: element }, fc.constant(".")),
        fc.oneof({ maxDepth: 4 }, fc.constant({}), tie("set")),
      ),
      { selector: ([key]) => key, maxLength: 5 },
    )
    .map((entries) => Object.fromEntries(entries.map(([key, below]) => [key, key === "." ? {} : below]))),
}));

function expectStored(node: FieldSet): void {
  expect(Object.isFrozen(node)).toBe(true);
  const keys = Object.keys(node).filter((key) => key !== ".");
  expect(keys).toEqual([...keys].sort(compareElements));
  if (node["."]) expect(Object.keys(node)[0]).toBe(".");
  for (const key in node) expectStored(node[key] as FieldSet);
}

test("a shared set is the same set, in upstream's order, frozen all the way, with its JSON", () => {
  fc.assert(
    fc.property(set, (given) => {
      const shared = share(structuredClone(given));
      expect(shared).toEqual(given);
      expectStored(shared);
      expect(textOf(shared)).toBe(JSON.stringify(shared));
      expect(share(shared)).toBe(shared);
      expect([isShared(shared), isShared({ ...shared }), isShared(undefined)]).toEqual([true, false, false]);
    }),
    { numRuns: 300 },
  );
});

test("what two objects have alike they have together, whatever else they have", () => {
  const ofPod = (ip: string) => {
    const conditions = { 'k:{"type":"Ready"}': { ".": {}, "f:type": {}, "f:status": {} } };
    return share({
      "f:status": {
        "f:podIPs": { ".": {}, [`k:{"ip":"${ip}"}`]: { ".": {}, "f:ip": {} } },
        "f:conditions": conditions,
      },
    })["f:status"] as FieldSet;
  };
  const [one, two] = [ofPod("10.0.0.1"), ofPod("10.0.0.2")];
  expect(one["f:conditions"]).toBe(two["f:conditions"]);
  expect(one["f:podIPs"]).not.toEqual(two["f:podIPs"]);
});

test("what is very long is not remembered", () => {
  const ofMap = (keys: number) => {
    const data = Object.fromEntries(Array.from({ length: keys }, (_, i) => [`f:key-${i}`, {}]));
    return [share({ "f:data": { ...data } }), share({ "f:data": { ...data } })] as const;
  };
  const [short, again] = ofMap(20);
  expect(short["f:data"]).toBe(again["f:data"]);
  const [long, other] = ofMap(500);
  expect(long).toEqual(other);
  expect(textOf(long)).toBe(JSON.stringify(long));
  expect(long["f:data"]).not.toBe(other["f:data"]);
});

test("however many different sets come, each is right", () => {
  for (let round = 0; round < 2; round++)
    for (let i = 0; i < 1500; i++) {
      const given: FieldSet = { "f:data": { ".": {}, "f:values": { [`f:${i}`]: {}, "f:all": {} } } };
      expect(textOf(share(given))).toBe(`{"f:data":{".":{},"f:values":{"f:${i}":{},"f:all":{}}}}`);
    }
});
