import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readSimulatedImages } from "./simulated-images.ts";

const dir = mkdtempSync(join(tmpdir(), "wherry-"));
afterAll(() => rmSync(dir, { recursive: true }));

const read = (text: string) => {
  const file = join(dir, "images.yaml");
  writeFileSync(file, text);
  return readSimulatedImages(file);
};

test("durations become milliseconds", async () => {
  const text =
    '- {pattern: "*:broken", pullError: manifest unknown}\n- {pattern: "*", readyAfter: 1m30s, crashAfter: 0}\n';
  expect(await read(text)).toEqual([
    { pattern: "*:broken", pullError: "manifest unknown" },
    { pattern: "*", readyAfter: 90_000, crashAfter: 0 },
  ]);
  expect(await read('[{"pattern": "*", "readyAfter": "never", "present": true}]')).toEqual([
    { pattern: "*", readyAfter: "never", present: true },
  ]);
});

test.each([
  ["{}", /expected a list of images/],
  ["- {readyAfter: 1s}", /\[0\]\.pattern: is required/],
  ["- {pattern: '*', readyAfter: soon}", /\[0\]\.readyAfter: "soon" is not a duration/],
  ["- {pattern: '*', readyafter: 1s}", /\[0\]\.readyafter: unknown; there are: /],
  ["- {pattern: 3}", /\[0\]\.pattern: 3 is not of the right type/],
  ["- [", /images\.yaml: /],
])("%s is refused in one line", async (text, why) => {
  await expect(read(text)).rejects.toThrow(why);
});
