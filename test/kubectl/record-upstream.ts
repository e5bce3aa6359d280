/**
 * Plays sections against an upstream server with the real kubectl and then with ours, each in a fresh namespace of the same name,
 * through a proxy that keeps what ours asked and was answered. `scripts/record-upstream.mjs` is how it is called.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Exchange,
  type RecordedCommand,
  type RecordedSection,
  readRecording,
  writeRecording,
} from "../tools/recording.ts";
import { type RecordingProxy, recordingProxy, withoutSecrets } from "../tools/recording-proxy.ts";
import { type CommandLine, placed, type Section } from "./command-file.ts";
import { type Difference, same, shown, timelessResult, withoutHome } from "./difference.ts";
import { type Result, runInProcess } from "./in-process.ts";
import { withoutLogLines } from "./masks.ts";
import {
  kubeconfigOf,
  manifests,
  namespaceOf,
  recordedLines,
  recordingFile,
  uncached,
  upstreamSections,
} from "./upstream-sections.ts";

export interface Against {
  /** Of the cluster, with a context that may do everything. */
  readonly kubeconfig: string;
  /** Path of a real kubectl. */
  readonly kubectl: string;
}

export interface RecordOptions extends Against {
  /** Titles of the sections to record anew; none: all. */
  readonly titles: readonly string[];
  readonly say: (line: string) => void;
}

interface Played {
  readonly result: Result;
  readonly at: number;
  readonly exchanges: readonly Exchange[];
}

interface Outcome {
  readonly section: RecordedSection;
  readonly differences: readonly Difference[];
}

/** @returns false when something differs; that is said, and the section stays as it was recorded before */
export async function record({ titles, say, ...against }: RecordOptions): Promise<boolean> {
  const all = upstreamSections();
  const unknown = titles.find((title) => !all.some((s) => s.title === title));
  if (unknown !== undefined) throw new Error(`no section is titled ${unknown}`);
  const before = existsSync(recordingFile) ? readRecording(recordingFile) : [];
  const recorded = new Map(before.map((section) => [section.title, section]));
  const wanted = all.filter(({ title }) => titles.length === 0 || titles.includes(title));
  let good = true;
  for await (const { section, differences } of playSections(wanted, against)) {
    say(`${section.title}: ${section.commands.length} lines, ${differences.length} differ`);
    for (const one of differences) say(`${shown([one], "real")}\n--- but ours:\n${shown([one], "ours")}\n`);
    if (differences.length > 0) good = false;
    else recorded.set(section.title, section);
    writeRecording(
      recordingFile,
      all.flatMap(({ title }) => recorded.get(title) ?? []),
    );
  }
  return good;
}

/** Each section, as the real kubectl printed it and as ours was answered. */
export async function* playSections(sections: readonly Section[], against: Against): AsyncGenerator<Outcome> {
  const home = mkdtempSync(join(tmpdir(), "wherry-record-"));
  const proxy = await recordingProxy(against.kubeconfig);
  const player = createPlayer(against.kubectl, home, proxy);
  process.chdir(manifests);
  const scratch = tmpdir();
  const { HOME, TMPDIR, TZ } = player.env;
  Object.assign(process.env, { HOME, TMPDIR, TZ });
  try {
    for (const section of sections) {
      const real = await player.play("real", section);
      const ours = await player.play("ours", section);
      const namespace = namespaceOf(section);
      const differences: Difference[] = [];
      const commands = recordedLines(section).map(({ text }, i): RecordedCommand => {
        const [a, b] = [real[i] as Played, ours[i] as Played];
        const [x, y] = [timelessResult(a.result, namespace), timelessResult(b.result, namespace)];
        if (!same(x, y)) differences.push({ command: text, real: x, ours: y });
        return { text, real: a.result, at: b.at, exchanges: b.exchanges };
      });
      yield { section: { title: section.title, commands }, differences };
    }
  } finally {
    await proxy.close();
    rmSync(home, { recursive: true, force: true });
    process.env.TMPDIR = scratch;
  }
}

function createPlayer(kubectl: string, home: string, proxy: RecordingProxy) {
  const config = join(home, "kubeconfig");
  const env = { PATH: process.env.PATH, HOME: home, TMPDIR: join(home, "tmp"), KUBECONFIG: config, TZ: "Asia/Seoul" };
  mkdirSync(env.TMPDIR);
  /** What kubectl keeps of a server would show in its next answer. */
  const forget = () => rmSync(join(home, ".kube"), { recursive: true, force: true });
  const real = (words: readonly string[], variables: NodeJS.ProcessEnv = {}, input = ""): Promise<Result> => {
    forget();
    return new Promise((resolve) => {
      const options = { env: { ...env, ...variables }, cwd: manifests, maxBuffer: 256 << 20, timeout: 60_000 };
      const child = execFile(kubectl, [...words], options, (error, stdout, stderr) => {
        const exitCode = error ? (typeof error.code === "number" ? error.code : -1) : 0;
        // What comes as protobuf passes the proxy as it is.
        resolve({ stdout: withoutSecrets(stdout), stderr: withoutSecrets(withoutLogLines(stderr)), exitCode });
      });
      child.stdin?.on("error", () => {});
      child.stdin?.end(input);
    });
  };
  const must = async (...words: string[]): Promise<void> => {
    const { exitCode, stderr } = await real(words);
    if (exitCode !== 0) throw new Error(`kubectl ${words.join(" ")}: ${stderr}`);
  };
  const runLine = async (program: "real" | "ours", command: CommandLine, namespace: string): Promise<Played> => {
    const directory = join(home, "sides", namespace);
    mkdirSync(directory, { recursive: true });
    const { words, env: variables, input } = placed(command, { namespace, directory }, manifests);
    if (program === "real")
      return { result: withoutHome(await real(words, variables, input), home), at: 0, exchanges: [] };
    const at = Date.now();
    proxy.start();
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(`${command.text}: ours does not end`)), 60_000).unref();
    });
    const result = await Promise.race([runInProcess(words, { ...env, ...uncached, ...variables }, input), late]);
    return { result: withoutHome(result, home), at, exchanges: await proxy.stop() };
  };
  return {
    env,
    real,
    /** What each recorded line printed. */
    async play(program: "real" | "ours", section: Section): Promise<Played[]> {
      const namespace = namespaceOf(section);
      writeFileSync(config, kubeconfigOf(proxy.server, namespace));
      await must("delete", "namespace", namespace, "--ignore-not-found");
      await must("create", "namespace", namespace);
      await must("wait", "--for=create", "serviceaccount/default", "configmap/kube-root-ca.crt", "--timeout=60s");
      const played: Played[] = [];
      for (const command of section.commands) {
        const one = await runLine(command.mode === "~" ? "real" : program, command, namespace);
        if (command.mode !== "~") played.push(one);
        else if (one.result.exitCode !== 0) throw new Error(`${command.text}: ${one.result.stderr}`);
      }
      await must("delete", "namespace", namespace);
      return played;
    },
  };
}
