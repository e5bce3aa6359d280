import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { lock } from "./lock.ts";

const dir = mkdtempSync(join(tmpdir(), "wherry-"));
afterAll(() => rmSync(dir, { recursive: true }));

test("is held by one, given up, and taken over from a process that is gone", () => {
  const file = join(dir, "lock");
  const release = lock(file);
  expect(() => lock(file)).toThrow(`in use by process ${process.pid}`);
  release();
  expect(existsSync(file)).toBe(false);
  // The same pid with another start time is another process.
  writeFileSync(file, `${process.pid} 1\n`);
  const again = lock(file);
  expect(readFileSync(file, "utf8")).toMatch(new RegExp(`^${process.pid} `));
  again();
});
