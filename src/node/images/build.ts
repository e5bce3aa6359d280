import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { configure, environment, shell } from "./build-config.ts";
import { type CopySource, contextSource, hashFound, type Ownership, stageSource, toEntry } from "./build-context.ts";
import type { ImageConfig, ImageRecord, ProcessConfig } from "./config.ts";
import { planCopy } from "./copy-plan.ts";
import { DockerfileError, expand, type Instruction, parseDockerfile, splitWords } from "./dockerfile.ts";
import type { InstallContext } from "./install.ts";
import { adoptLayer, LayerWriter, removeLayer } from "./layer.ts";
import { platform } from "./manifest.ts";
import { sha256 } from "./store.ts";
import { decompress, readFileStream } from "./streams.ts";
import { tarEntries } from "./tar.ts";
import { LayeredTree } from "./tree.ts";
import { lookupUser } from "./users.ts";

export interface BuildOptions {
  /** The directory that COPY takes files from. */
  readonly contextDir: string;
  /** Path of the Dockerfile; `Dockerfile` in the context by default. */
  readonly dockerfile?: string;
  readonly tags: readonly string[];
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Ends with this stage. */
  readonly target?: string;
  /** Receives one line per step, and what RUN prints. */
  readonly onOutput?: (text: string) => void;
}

/** A command that RUN says to run. */
export interface BuildStep {
  readonly record: ImageRecord;
  /** Unpacked layers, topmost first. */
  readonly directories: readonly string[];
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly onOutput: (text: string) => void;
}

export interface StepResult {
  readonly exitCode: number;
  /** A directory with what the command has changed, which is the caller's now. */
  readonly root: string;
  /** True if it holds the whole root file system and not only the changes. */
  readonly whole: boolean;
}

/** Runs a build's command in a container whose root is the image so far. */
export type BuildRunner = (step: BuildStep) => Promise<StepResult>;

interface Stage {
  readonly name?: string;
  layers: string[];
  config: ProcessConfig;
  history: { created_by: string; empty_layer?: boolean }[];
  sizeBytes: number;
  readonly args: Map<string, string>;
}

/** @throws DockerfileError with file and line; nothing is left of a build that fails but layers that a next one reuses */
export async function buildImage(
  context: InstallContext,
  options: BuildOptions,
  run: BuildRunner,
): Promise<ImageRecord> {
  const file = options.dockerfile ?? join(options.contextDir, "Dockerfile");
  if (!existsSync(options.contextDir)) throw new Error(`the build context ${options.contextDir} does not exist`);
  if (!existsSync(file)) throw new Error(`there is no Dockerfile at ${file}`);
  const instructions = parseDockerfile(readFileSync(file, "utf8"));
  const builder = new Builder(context, options, run, contextSource(options.contextDir, file));
  for (const [i, instruction] of instructions.entries()) {
    options.onOutput?.(`Step ${i + 1}/${instructions.length} : ${instruction.name} ${instruction.text}\n`);
    if (builder.reached(instruction)) break;
    try {
      await builder.apply(instruction);
    } catch (error) {
      if (error instanceof DockerfileError) throw error;
      const { code, message } = error as NodeJS.ErrnoException;
      throw new DockerfileError(
        instruction.line,
        `${instruction.name} failed: ${code === "ENOSPC" ? "no space left on device" : message}`,
      );
    }
  }
  return builder.finish();
}

class Builder {
  readonly #context: InstallContext;
  readonly #options: BuildOptions;
  readonly #run: BuildRunner;
  readonly #source: CopySource;
  readonly #stages: Stage[] = [];
  readonly #globals = new Map<string, string>();

  constructor(context: InstallContext, options: BuildOptions, run: BuildRunner, source: CopySource) {
    this.#context = context;
    this.#options = options;
    this.#run = run;
    this.#source = source;
  }

  /** True at the FROM that comes after the target. */
  reached(instruction: Instruction): boolean {
    const { target } = this.#options;
    return target !== undefined && instruction.name === "FROM" && this.#stages.at(-1)?.name === target.toLowerCase();
  }

  async apply(instruction: Instruction): Promise<void> {
    const { name } = instruction;
    if (name === "FROM") return this.#from(instruction);
    if (name === "ARG") return this.#arg(instruction);
    const stage = this.#stages.at(-1);
    if (!stage) throw new DockerfileError(instruction.line, `${name} stands before the first FROM`);
    if (name === "COPY" || name === "ADD") return this.#copy(stage, instruction);
    if (name === "RUN") return this.#runStep(stage, instruction);
    if (name === "WORKDIR") return this.#workdir(stage, instruction);
    stage.config = { ...stage.config, ...configure(stage.config, instruction, this.#variables(stage)) };
    this.#note(stage, instruction, true);
  }

  finish(): ImageRecord {
    const stage = this.#stages.at(-1);
    if (!stage) throw new DockerfileError(1, "there is no FROM");
    if (this.#options.target !== undefined && stage.name !== this.#options.target.toLowerCase())
      throw new Error(`the Dockerfile has no stage named ${this.#options.target}`);
    const record = this.#record(stage);
    this.#context.files.writeImage(record);
    for (const tag of this.#options.tags) this.#context.files.tag(tag, record.id);
    return record;
  }

  #record(stage: Stage): ImageRecord {
    const config: ImageConfig = {
      ...platform,
      config: stage.config,
      rootfs: { type: "layers", diff_ids: stage.layers.map((name) => `sha256:${name}`) },
      history: stage.history,
    };
    return {
      id: sha256(JSON.stringify(config)),
      config,
      layers: stage.layers,
      sizeBytes: stage.sizeBytes,
      createdAt: this.#context.now,
    };
  }

  #directories(stage: Stage): string[] {
    return stage.layers.map((name) => this.#context.files.layerPath(name)).reverse();
  }

  #note(stage: Stage, { name, text }: Instruction, empty: boolean): void {
    stage.history = [...stage.history, { created_by: `${name} ${text}`, ...(empty ? { empty_layer: true } : {}) }];
  }

  #variables(stage: Stage): Map<string, string> {
    return new Map([...stage.args, ...environment(stage.config)]);
  }

  #from(instruction: Instruction): void {
    const words = splitWords(expand(instruction.text, this.#globals, instruction.line), instruction.line);
    const [base = "", as, name] = words;
    if (!(words.length === 1 || (words.length === 3 && as?.toUpperCase() === "AS")))
      throw new DockerfileError(instruction.line, "FROM takes an image, or an image AS a name");
    const start = this.#base(base, instruction);
    this.#stages.push({ ...start, args: new Map(), ...(name ? { name: name.toLowerCase() } : {}) });
  }

  #base(base: string, instruction: Instruction): Omit<Stage, "args" | "name"> {
    if (base === "scratch") return { layers: [], config: {}, history: [], sizeBytes: 0 };
    const stage = this.#findStage(base);
    if (stage)
      return { layers: stage.layers, config: stage.config, history: stage.history, sizeBytes: stage.sizeBytes };
    const image = this.#context.files.find(base);
    if (!image)
      throw new DockerfileError(instruction.line, `the image ${base} is not here: load, pull or build it first`);
    const history = (image.config.history ?? []).map((step) => ({
      created_by: step.created_by ?? "",
      ...(step.empty_layer ? { empty_layer: true } : {}),
    }));
    return { layers: [...image.layers], config: image.config.config, history, sizeBytes: image.sizeBytes };
  }

  #findStage(name: string): Stage | undefined {
    return this.#stages.find((stage) => stage.name === name.toLowerCase());
  }

  #arg(instruction: Instruction): void {
    const stage = this.#stages.at(-1);
    const known = stage ? this.#variables(stage) : this.#globals;
    for (const word of splitWords(expand(instruction.text, known, instruction.line), instruction.line)) {
      const equals = word.indexOf("=");
      const name = equals < 0 ? word : word.slice(0, equals);
      const given = this.#options.buildArgs?.[name];
      const value = given ?? (equals < 0 ? (stage ? this.#globals.get(name) : undefined) : word.slice(equals + 1));
      if (value !== undefined) (stage?.args ?? this.#globals).set(name, value);
    }
  }

  async #workdir(stage: Stage, instruction: Instruction): Promise<void> {
    const text = expand(instruction.text, this.#variables(stage), instruction.line);
    const dir = posix.resolve("/", stage.config.WorkingDir ?? "/", splitWords(text, instruction.line).join(" "));
    stage.config = { ...stage.config, WorkingDir: dir };
    const there = new LayeredTree(this.#directories(stage)).resolve(dir);
    if (there?.stats.isDirectory() || dir === "/") return this.#note(stage, instruction, true);
    await this.#layer(stage, sha256(JSON.stringify([stage.layers.at(-1), "WORKDIR", dir])), instruction, (writer) =>
      writer.add(member(dir, "directory")),
    );
  }

  /** Adds a layer with what `fill` writes, or the one that an earlier build has made with the same key. */
  async #layer(
    stage: Stage,
    key: string,
    instruction: Instruction,
    fill: (writer: LayerWriter) => Promise<void>,
  ): Promise<void> {
    const { files, ids } = this.#context;
    const name = key.slice(7);
    if (!files.hasLayer(name)) {
      const root = files.temporary();
      mkdirSync(root);
      try {
        const writer = new LayerWriter({ files, ids, below: this.#directories(stage) }, root);
        await fill(writer);
        writer.finish();
        adoptLayer(files, root, name);
      } catch (error) {
        removeLayer(root);
        throw error;
      }
    }
    stage.layers = [...stage.layers, name];
    this.#note(stage, instruction, false);
  }

  async #copy(stage: Stage, instruction: Instruction): Promise<void> {
    const { line, name } = instruction;
    const words = (instruction.json ?? splitWords(instruction.text, line)).map((word) =>
      expand(word, this.#variables(stage), line),
    );
    const target = words.at(-1) as string;
    const from = instruction.flags.from;
    if (words.length < 2) throw new DockerfileError(line, `${name} needs at least a source and a destination`);
    const source = from === undefined ? this.#source : this.#stageSource(from, line);
    const owner = this.#ownership(stage, instruction);
    const image = { tree: new LayeredTree(this.#directories(stage)), workingDir: stage.config.WorkingDir ?? "/" };
    const files = planCopy(instruction, source, words.slice(0, -1), target, image);
    const hash = createHash("sha256").update(JSON.stringify([stage.layers.at(-1), name, target, owner]));
    for (const { found, to } of files) await hashFound(hash, found, to);
    stage.sizeBytes += files.reduce((sum, { found }) => sum + (found.stats.isFile() ? found.stats.size : 0), 0);
    await this.#layer(stage, `sha256:${hash.digest("hex")}`, instruction, async (writer) => {
      for (const { found, to, unpack } of files) {
        if (unpack) await addArchive(writer, found.path, to);
        else await writer.add(toEntry(found, to, owner));
      }
    });
  }

  #stageSource(from: string, line: number): CopySource {
    const stage = /^\d+$/.test(from) ? this.#stages[Number(from)] : this.#findStage(from);
    if (stage && stage !== this.#stages.at(-1)) return stageSource(this.#directories(stage));
    const image = this.#context.files.resolve(from);
    if (!image) throw new DockerfileError(line, `COPY --from=${from}: there is no such stage and no such local image`);
    return stageSource(image.directories);
  }

  #ownership(stage: Stage, { flags, line }: Instruction): Ownership {
    const mode = flags.chmod;
    if (mode !== undefined && !/^[0-7]{3,4}$/.test(mode))
      throw new DockerfileError(line, `--chmod=${mode} is not supported: give an octal mode`);
    const modePart = mode === undefined ? {} : { mode: Number.parseInt(mode, 8) };
    if (flags.chown === undefined) return { uid: 0, gid: 0, ...modePart };
    const spec = expand(flags.chown, this.#variables(stage), line);
    const { uid, gid } = lookupUser(new LayeredTree(this.#directories(stage)), spec);
    // A user alone names the group of the same number.
    return { uid, gid: spec.includes(":") ? gid : uid, ...modePart };
  }

  async #runStep(stage: Stage, instruction: Instruction): Promise<void> {
    const { files } = this.#context;
    const argv = instruction.json ?? shell(instruction.text);
    const env = [...stage.args].filter(([key]) => !environment(stage.config).has(key)).map(([k, v]) => `${k}=${v}`);
    const { Env, User, WorkingDir } = stage.config;
    const key = sha256(JSON.stringify([stage.layers, "RUN", argv, env, Env, User, WorkingDir])).slice(7);
    const record = this.#record(stage);
    const marker = `${files.layerPath(key)}.whole`;
    if (!files.hasLayer(key)) {
      const onOutput = this.#options.onOutput ?? (() => {});
      const result = await this.#run({ record, directories: this.#directories(stage), argv, env, onOutput });
      if (result.exitCode !== 0) {
        removeLayer(result.root);
        const command = argv[0] === "/bin/sh" && argv.length === 3 ? `/bin/sh -c ${argv[2]}` : argv.join(" ");
        throw new DockerfileError(
          instruction.line,
          `The command '${command}' returned a non-zero code: ${result.exitCode}`,
        );
      }
      if (result.whole) files.writeAtomically(marker, "");
      adoptLayer(files, result.root, key);
    }
    stage.layers = existsSync(marker) ? [key] : [...stage.layers, key];
    this.#note(stage, instruction, false);
  }
}

const member = (name: string, type: "directory") => ({
  header: { name, type, mode: 0o755, uid: 0, gid: 0 } as Parameters<LayerWriter["add"]>[0]["header"],
  content: (async function* () {})(),
});

async function addArchive(writer: LayerWriter, archive: string, to: string): Promise<void> {
  for await (const { header, content } of tarEntries(decompress(readFileStream(archive)))) {
    const name = posix.join(to, header.name);
    if (header.name.split("/").includes(".."))
      throw new Error(`${archive}: the member "${header.name}" leads out of it`);
    const link = header.type === "link" ? { linkname: posix.join(to, header.linkname ?? "") } : {};
    await writer.add({ header: { ...header, name, ...link }, content });
  }
}
