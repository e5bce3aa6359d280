/**
 * `wherry kubectl` against an upstream server, as it answered when it was recorded, prints what the real kubectl printed against
 * that server. How to record anew: CONTRIBUTING.md.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RecordedSection, readRecording } from "../tools/recording.ts";
import { type ReplayServer, replayServer } from "../tools/replay-server.ts";
import { placed, type Section } from "./command-file.ts";
import { type Difference, Score, same, shown, timelessResult, withoutHome } from "./difference.ts";
import { runInProcess } from "./in-process.ts";
import {
  kubeconfigOf,
  manifests,
  namespaceOf,
  recordedLines,
  recordingFile,
  uncached,
  upstreamSections,
} from "./upstream-sections.ts";

const home = mkdtempSync(join(tmpdir(), "wherry-recorded-"));
const env = {
  PATH: process.env.PATH,
  HOME: home,
  TMPDIR: join(home, "tmp"),
  KUBECONFIG: join(home, "kubeconfig"),
  TZ: "Asia/Seoul",
  ...uncached,
};
const recorded = readRecording(recordingFile);
const now = Date.now;
let server: ReplayServer;

beforeAll(async () => {
  process.chdir(manifests);
  const { HOME, TMPDIR, TZ } = env;
  Object.assign(process.env, { HOME, TMPDIR, TZ });
  mkdirSync(env.TMPDIR);
  server = await replayServer();
});

afterAll(async () => {
  await server.close();
  Date.now = now;
  rmSync(home, { recursive: true, force: true });
});

const score = new Score("command lines on an upstream server, as it was recorded");
afterAll(() => score.print());

async function play(section: Section, { commands }: RecordedSection): Promise<void> {
  const namespace = namespaceOf(section);
  const directory = join(home, "sides", namespace);
  mkdirSync(directory, { recursive: true });
  writeFileSync(env.KUBECONFIG, kubeconfigOf(server.server, namespace));
  const differences: Difference[] = [];
  const complaints: string[] = [];
  for (const [i, line] of recordedLines(section).entries()) {
    const { mode } = line;
    const { text, real, at, exchanges } = commands[i] as (typeof commands)[number];
    const { words, env: variables, input } = placed(line, { namespace, directory }, manifests);
    server.play(exchanges);
    // Ages are those of the day of the recording.
    const ahead = now() - at;
    Date.now = () => now() - ahead;
    const ours = withoutHome(await runInProcess(words, { ...env, ...variables }, input), home);
    complaints.push(...server.complaints().map((complaint) => `$ ${text}\n${complaint}`));
    const [a, b] = [timelessResult(real, mode, namespace), timelessResult(ours, mode, namespace)];
    const difference = same(a, b) ? undefined : { command: text, real: a, ours: b };
    if (difference) differences.push(difference);
    score.add(difference);
  }
  expect(complaints.join("\n\n")).toBe("");
  expect(shown(differences, "ours")).toBe(shown(differences, "real"));
}

describe("wherry kubectl against an upstream server", () => {
  for (const section of upstreamSections()) {
    test(section.title, async () => {
      const found = recorded.find(({ title }) => title === section.title);
      const lines = recordedLines(section).map(({ text }) => text);
      expect(
        found?.commands.map(({ text }) => text),
        "the lines have changed since they were recorded: node scripts/record-upstream.mjs",
      ).toEqual(lines);
      await play(section, found as RecordedSection);
    });
  }
});
