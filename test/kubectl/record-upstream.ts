/**
 * Plays sections against an upstream server with the real kubectl and then with ours, each in a fresh namespace of the same name,
 * through a proxy that keeps what ours asked and was answered. Lines that only read, the two run one after the other in the
 * second of these, on the same objects. `scripts/record-upstream.mjs` is how it is called.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRestClient } from "../../src/client/http/rest.ts";
import { loadKubeconfig, resolveContext } from "../../src/client/kubeconfig.ts";
import type { SimulatedImage } from "../../src/node/runtime/simulated/behaviour.ts";
import { joinNode } from "../tools/joined-node.ts";
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

/** What ours printed, and how it came to that. */
interface Played {
  readonly result: Result;
  readonly at: number;
  readonly exchanges: readonly Exchange[];
}

interface PlayedLine {
  readonly text: string;
  readonly real: Result;
  readonly ours: Played;
  readonly difference: Difference | undefined;
}

/** What the images of the sections with a node do. */
const images: readonly SimulatedImage[] = [
  { pattern: "*:none", pullError: 'failed to resolve reference "docker.io/example/app:none": not found' },
  {
    pattern: "*example/crash:*",
    crashAfter: 300,
    exitCode: 3,
    output: ["looking for the harbour", "no harbour found"],
  },
  { pattern: "*example/shaky:*", crashAfter: 300, crashes: 1, output: ["setting sail"] },
  { pattern: "*example/work:*", crashAfter: 300, exitCode: 0, output: ["one", "two", "done"] },
  { pattern: "*example/unready:*", readyAfter: "never" },
  { pattern: "*example/slow:*", readyAfter: 3000 },
  { pattern: "*example/lingering:*", stopDelay: 60_000 },
  { pattern: "*", output: ["listening", "ready"] },
];

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
  const player = createPlayer(against, home, proxy);
  process.chdir(manifests);
  const scratch = tmpdir();
  const { HOME, TMPDIR, TZ } = player.env;
  Object.assign(process.env, { HOME, TMPDIR, TZ });
  try {
    for (const section of sections) {
      const lines = await player.play(section);
      const commands = lines.map(
        ({ text, real, ours: { at, exchanges } }): RecordedCommand => ({ text, real, at, exchanges }),
      );
      yield { section: { title: section.title, commands }, differences: lines.flatMap((l) => l.difference ?? []) };
    }
  } finally {
    await proxy.close();
    rmSync(home, { recursive: true, force: true });
    process.env.TMPDIR = scratch;
  }
}

function createPlayer({ kubeconfig, kubectl }: Against, home: string, proxy: RecordingProxy) {
  const config = join(home, "kubeconfig");
  const env = { PATH: process.env.PATH, HOME: home, TMPDIR: join(home, "tmp"), KUBECONFIG: config, TZ: "Asia/Seoul" };
  mkdirSync(env.TMPDIR);
  /** What kubectl keeps of a server would show in its next answer. */
  const forget = () => rmSync(join(home, ".kube"), { recursive: true, force: true });
  const run = (words: readonly string[], variables: NodeJS.ProcessEnv = {}, input = ""): Promise<Result> => {
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
    const { exitCode, stderr } = await run(words);
    if (exitCode !== 0) throw new Error(`kubectl ${words.join(" ")}: ${stderr}`);
  };
  const place = (command: CommandLine, namespace: string) => {
    const directory = join(home, "sides", namespace);
    mkdirSync(directory, { recursive: true });
    return placed(command, { namespace, directory }, manifests);
  };
  const real = async (command: CommandLine, namespace: string): Promise<Result> => {
    const { words, env: variables, input } = place(command, namespace);
    return withoutHome(await run(words, variables, input), home);
  };
  const ours = async (command: CommandLine, namespace: string): Promise<Played> => {
    const { words, env: variables, input } = place(command, namespace);
    const at = Date.now();
    proxy.start();
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(`${command.text}: ours does not end`)), 60_000).unref();
    });
    const result = await Promise.race([runInProcess(words, { ...env, ...uncached, ...variables }, input), late]);
    return { result: withoutHome(result, home), at, exchanges: await proxy.stop() };
  };

  /** In a fresh namespace. @returns what `one` gave for each recorded line */
  const playWith = async <T>(section: Section, one: (command: CommandLine, i: number) => Promise<T>): Promise<T[]> => {
    const namespace = namespaceOf(section);
    writeFileSync(config, kubeconfigOf(proxy.server, namespace));
    await must("delete", "namespace", namespace, "--ignore-not-found");
    const leave = section.withNode ? await joined(kubeconfig) : async () => {};
    await must("create", "namespace", namespace);
    await must("wait", "--for=create", "serviceaccount/default", "configmap/kube-root-ca.crt", "--timeout=60s");
    const played: T[] = [];
    try {
      for (const command of section.commands) {
        if (command.mode !== "~") {
          played.push(await one(command, played.length));
          continue;
        }
        const { exitCode, stderr } = await real(command, namespace);
        if (exitCode !== 0) throw new Error(`${command.text}: ${stderr}`);
      }
    } finally {
      await must("delete", "namespace", namespace);
      await leave();
    }
    return played;
  };

  return {
    env,
    async play(section: Section): Promise<PlayedLine[]> {
      const namespace = namespaceOf(section);
      const changes = recordedLines(section).some(({ mode }) => mode !== "?");
      const alone = changes
        ? await playWith(section, async (line) => (line.mode === "?" ? undefined : await real(line, namespace)))
        : [];
      const once = async (line: CommandLine, before: Result | undefined): Promise<PlayedLine> => {
        const played = {
          text: line.text,
          real: before ?? (await real(line, namespace)),
          ours: await ours(line, namespace),
        };
        const [a, b] = [played.real, played.ours.result].map((one) => timelessResult(one, line.mode, namespace)) as [
          Result,
          Result,
        ];
        return { ...played, difference: same(a, b) ? undefined : { command: line.text, real: a, ours: b } };
      };
      return playWith(section, async (line, i) => {
        let played = await once(line, alone[i]);
        // What goes on may go on between the two.
        for (let tries = 1; line.mode === "?" && played.difference && tries < 3; tries++)
          played = await once(line, undefined);
        return played;
      });
    },
  };
}

/** @returns ends it */
async function joined(kubeconfig: string): Promise<() => Promise<void>> {
  const { rest: config } = await resolveContext(await loadKubeconfig([kubeconfig]), "wherry-recorder");
  const rest = await createRestClient(config);
  const { leave } = await joinNode({ rest, images, listens: true });
  return async () => {
    await leave();
    rest.close();
  };
}
