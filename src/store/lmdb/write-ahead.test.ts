import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { type Clock, systemClock } from "../../base/clock.ts";
import type { WalRecord, WalWrite } from "./segment.ts";
import { WriteAheadLog } from "./write-ahead.ts";

const root = mkdtempSync(join(tmpdir(), "wherry-wal-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let n = 0;
const freshDirectory = () => mkdtempSync(join(root, `${n++}-`));

/** A database that takes records, unless it is full. */
function database() {
  const records = new Map<number, string>();
  const state = { full: false };
  const drain = async (given: readonly WalRecord[]) => {
    await new Promise((resolve) => setImmediate(resolve));
    if (state.full) throw new Error("full");
    for (const { revision, payload } of given) records.set(revision, Buffer.from(payload).toString("latin1"));
  };
  return { records, state, drain, newest: () => Math.max(1, ...records.keys()) };
}

const text = ({ payload }: WalRecord) => Buffer.from(payload).toString("latin1");
/** In two pieces, of which one may be empty. */
const record = (revision: number, payload: string): WalWrite => ({
  revision,
  pieces: [Buffer.from(payload.slice(0, 3)), Buffer.from(payload.slice(3))],
});
const open = (dir: string, newest: number, drain = database().drain, clock = systemClock) =>
  WriteAheadLog.open({ dir, newest, drain, clock, segmentSize: 5000 });

/** A clock on which every sync takes so long. */
const syncsTake = (ms: number): Clock => {
  let now = 0;
  return { ...systemClock, monotonic: () => (now += ms) };
};

/** What is written to a file while the rest of it goes to the database stays for the next time. */
const writesWhileDraining = [
  { do: "append" as const, sizes: [600, 600, 600, 600, 600, 600] },
  { do: "drain beside" as const },
  { do: "append" as const, sizes: [1] },
];

test("what was appended is there after any interruption, in order, with whatever the database has", async () => {
  const few = fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 8 });
  // So many that their sync is waited for on another thread.
  const many = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 32, maxLength: 40 });
  const group = fc.oneof({ weight: 8, arbitrary: few }, { weight: 1, arbitrary: many });
  const step = fc.oneof(
    { weight: 8, arbitrary: group.map((sizes) => ({ do: "append" as const, sizes })) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom("drain" as const, "drain beside" as const, "wait" as const, "full" as const, "room" as const)
        .map((d) => ({ do: d })),
    },
    { weight: 2, arbitrary: fc.nat().map((at) => ({ do: "interrupt" as const, at })) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.constantFrom(0.1, 5), async (steps, ms) => {
      const db = database();
      let dir = freshDirectory();
      let { log } = await open(dir, 1, db.drain, syncsTake(ms));
      const acknowledged = new Map<number, string>();
      let revision = 1;
      for (const s of steps) {
        if (s.do === "append") {
          const records = s.sizes.map((size, i) =>
            record(revision + 1 + i, String.fromCharCode(97 + (i % 26)).repeat(size)),
          );
          try {
            await log.append(records);
          } catch {
            expect(db.state.full).toBe(true);
            continue;
          }
          revision += records.length;
          for (const r of records) acknowledged.set(r.revision, Buffer.concat(r.pieces).toString("latin1"));
        } else if (s.do === "drain") await log.drain().catch(() => expect(db.state.full).toBe(true));
        else if (s.do === "drain beside") void log.drain().catch(() => undefined);
        else if (s.do === "wait") await new Promise((resolve) => setTimeout(resolve));
        else if (s.do === "interrupt") {
          const copy = freshDirectory();
          cpSync(dir, copy, { recursive: true });
          await log.close();
          dir = copy;
          const again = await open(dir, db.newest(), db.drain, syncsTake(ms));
          log = again.log;
          const all = new Map([...db.records, ...again.records.map((r) => [r.revision, text(r)] as const)]);
          expect([...all.keys()].sort((a, b) => a - b)).toEqual([...acknowledged.keys()]);
          for (const [key, value] of acknowledged) if (all.get(key) !== value) expect(all.get(key)).toBe(value);
        } else db.state.full = s.do === "full";
      }
      db.state.full = false;
      await log.drain();
      await log.close();
      expect(new Map([...db.records].sort(([a], [b]) => a - b))).toEqual(acknowledged);
    }),
    { numRuns: 300, examples: [[writesWhileDraining, 0.1]] },
  );
});

test("a write that was cut off anywhere leaves what was before it, and nothing of it comes back later", async () => {
  const dir = freshDirectory();
  const { log } = await open(dir, 1);
  await log.append([record(2, "two")]);
  await log.append([record(3, "three"), record(4, "four"), record(5, "five")]);
  await log.close();
  const [used] = ["wal-0", "wal-1"].map((name) => join(dir, name)).filter((path) => statSync(path).size > 0);
  const bytes = readFileSync(used as string);
  const ends = [19, 19 + 21, 19 + 21 + 20, 19 + 21 + 20 + 20];
  for (let cut = 0; cut < (ends[3] as number); cut++) {
    const broken = freshDirectory();
    const damaged = Buffer.from(bytes);
    damaged[cut] = (damaged[cut] as number) ^ 0x55;
    writeFileSync(join(broken, "wal-0"), damaged);
    const { log: reopened, records } = await open(broken, 1);
    const whole = ends.filter((end) => end <= cut).length;
    expect(records.map((r) => r.revision)).toEqual([2, 3, 4, 5].slice(0, whole));
    // Of the same lengths: the next one ends where a left-over record would begin.
    await reopened.append([record(2 + whole, ["too", "shree", "gour", "nine"][whole] as string)]);
    await reopened.close();
    const { records: after, log: last } = await open(broken, 1);
    expect(after.map((r) => r.revision)).toEqual([2, 3, 4, 5].slice(0, whole + 1));
    await last.close();
  }
});

test("revisions that are missing are reported, not passed over", async () => {
  const dir = freshDirectory();
  const { log } = await open(dir, 1);
  await log.append([record(2, "two"), record(3, "three")]);
  await log.append([record(4, "four")]);
  await log.close();
  await expect(open(dir, 0)).rejects.toThrow(`${dir} is damaged: revision 1 is missing, 2 is there`);
});

test("while the database is full, writes go on as far as the files reach, then fail, and go on when it has room", async () => {
  const dir = freshDirectory();
  const db = database();
  const { log } = await open(dir, 1, db.drain);
  db.state.full = true;
  let revision = 1;
  const write = async () => {
    await log.append([record(revision + 1, "x".repeat(1000))]);
    revision++;
  };
  await expect(
    (async () => {
      for (let i = 0; i < 100; i++) await write();
    })(),
  ).rejects.toThrow("full");
  expect(revision).toBe(11);
  await expect(write()).rejects.toThrow("full");
  db.state.full = false;
  for (let i = 0; i < 10; i++) await write();
  await log.drain();
  await log.close();
  expect([...db.records.keys()]).toEqual(Array.from({ length: 20 }, (_, i) => i + 2));
});
