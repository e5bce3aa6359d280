/** Types what README and guide show, on clusters of its own, and compares the answers. */
import { spawn } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { builtinKinds } from "../src/api/kinds.ts";
import { commands as kubectlCommands } from "../src/cli/kubectl/commands.ts";
import { appearsIn, comparable } from "./docs/compare.ts";
import { blocksOf, linksOf, markdownBelow, read, type Step, stepsOf } from "./docs/pages.ts";
import { repository, type TestHome, testHome, wherryProgram } from "./tools/cluster.ts";
import { eventually } from "./tools/eventually.ts";
import { run } from "./tools/run.ts";

/** Commands that are shown and not run, and why. */
const notRun: ReadonlyMap<string, string> = new Map([
  ["npm install && npm start", "installs from a registry; what it starts, the demo, has a test of its own"],
  ["npx wherry up", "fetches the package from a registry; `wherry up` is run"],
  ["npm install --global wherry", "changes the machine"],
  ["npm install --save-dev wherry", "installs from a registry"],
  ["docker save my-app:1 | gzip > my-app.tar.gz", "needs Docker"],
  ["wherry dashboard                    # of the current context", "serves until it is interrupted: test/dashboard"],
  [
    "wherry dashboard --context staging  # of any other cluster in the kubeconfig",
    "the same, and needs such a cluster",
  ],
  ["wherry image load my-app.tar.gz", "needs what Docker saved; loading has tests of its own"],
]);

const readme = join(repository, "README.md");
const guide = join(repository, "docs/guide");
/** In the order in which README names them, which is the order in which they are read. */
const guidePages = linksOf(read(readme)).filter((link) => link.startsWith("docs/guide/"));

const homes: TestHome[] = [];
afterAll(() => {
  for (const home of homes) home.remove();
});

/** Somebody who reads: a directory with the examples, a shell that knows `wherry`, `kubectl` and `curl`. */
class Reader {
  readonly #home = testHome();
  readonly #dir = join(this.#home.dir, "work");
  readonly #env: NodeJS.ProcessEnv;

  constructor() {
    homes.push(this.#home);
    const bin = join(this.#home.dir, "bin");
    mkdirSync(bin);
    cpSync(join(repository, "examples"), join(this.#dir, "examples"), { recursive: true });
    const node = JSON.stringify(process.execPath);
    const program = (name: string, script: string) => {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, name), 0o755);
    };
    program("wherry", `exec ${node} ${JSON.stringify(wherryProgram)} "$@"`);
    program("kubectl", `exec ${node} ${JSON.stringify(wherryProgram)} kubectl "$@"`);
    // The machine need not have one.
    program(
      "curl",
      `exec ${node} -e 'fetch(process.argv.at(-1)).then(async (r) => console.log((await r.text()).trimEnd()))' -- "$@"`,
    );
    this.#env = { ...this.#home.env, PATH: `${bin}:${process.env.PATH}` };
  }

  async readPage(path: string): Promise<void> {
    for (const block of blocksOf(read(path))) {
      if (block.file !== undefined) this.#file(block.file, block.text);
      if (block.language !== "console") continue;
      for (const step of stepsOf(block)) await this.#type(step, `${relative(repository, path)}:${step.line}`);
    }
  }

  /** A file that is there already must be as the page shows it; any other is written. */
  #file(name: string, text: string): void {
    const path = join(this.#dir, name);
    if (existsSync(path)) expect(text, name).toBe(read(path));
    else writeFileSync(path, text);
  }

  async #type(step: Step, where: string): Promise<void> {
    const { command, shown } = step;
    const assignment = /^(\w+)=/.exec(command)?.[1];
    if (assignment) {
      await eventually(async () => {
        const { output, code } = await this.#run(`${command}; printf %s "$${assignment}"`);
        expect({ output, code }, where).toEqual({ output: expect.stringMatching(/./), code: 0 });
        this.#env[assignment] = output;
      });
      return;
    }
    if (shown.at(-1) === "^C") {
      const wanted = shown.slice(0, -1);
      const { output } = await this.#run(command, (soFar) => appearsIn(wanted, soFar));
      expect(appearsIn(wanted, output), `${where}: ${command}\n${output}`).toBe(true);
      return;
    }
    const once = async () => {
      const { output, code } = await this.#run(command);
      if (shown.includes("...")) expect(appearsIn(shown, output), `${where}: ${command}\n${output}`).toBe(true);
      else expect(comparable(command, output.split("\n")), `${where}: ${command}`).toEqual(comparable(command, shown));
      const fails = shown.some((line) => /^error: /i.test(line));
      expect(code === 0, `${where}: ${command} ended with exit code ${code}`).toBe(!fails);
    };
    // Who only looks may look again.
    await (/^(?:kubectl (?:get|logs|rollout history)|curl) /.test(command) ? eventually(once) : once());
  }

  /** @param enough when to press Ctrl-C */
  #run(command: string, enough?: (output: string) => boolean): Promise<{ output: string; code: number | null }> {
    return new Promise((resolve, reject) => {
      const child = spawn("/bin/sh", ["-c", command], { cwd: this.#dir, env: this.#env, detached: true });
      let interrupted = false;
      // Once: what it still says as it ends may come when there is nobody left to interrupt.
      const interrupt = () => {
        if (!interrupted) process.kill(-(child.pid as number), "SIGINT");
        interrupted = true;
      };
      const patience = enough && setTimeout(interrupt, 120_000);
      let output = "";
      const take = (chunk: string) => {
        output += chunk;
        if (enough?.(output)) interrupt();
      };
      child.stdout.setEncoding("utf8").on("data", take);
      child.stderr.setEncoding("utf8").on("data", take);
      child.once("error", reject);
      child.once("close", (code) => {
        clearTimeout(patience);
        resolve({ output, code });
      });
    });
  }

  /** Ends what a page that failed left running. */
  async leave(): Promise<void> {
    for (const name of ["wherry", "pair"]) await this.#run(`wherry down --name ${name}`);
  }
}

describe("what is shown works", () => {
  test("README", async () => {
    const reader = new Reader();
    try {
      await reader.readPage(readme);
    } finally {
      await reader.leave();
    }
  });

  test("the guide, from its first page to its last", { timeout: 600_000 }, async () => {
    const reader = new Reader();
    try {
      for (const page of guidePages) await reader.readPage(join(repository, page));
    } finally {
      await reader.leave();
    }
  });
});

describe("pages", () => {
  const pages = [
    readme,
    join(repository, "README.ko.md"),
    join(repository, "CONTRIBUTING.md"),
    join(repository, "CHANGELOG.md"),
    ...markdownBelow(join(repository, "docs")),
  ];

  test("the Korean README shows the same commands, and leads to the same pages of the guide", () => {
    const korean = read(join(repository, "README.ko.md"));
    expect(blocksOf(korean).map(({ text }) => text)).toEqual(blocksOf(read(readme)).map(({ text }) => text));
    expect(linksOf(korean).filter((link) => link.startsWith("docs/guide/"))).toEqual(guidePages);
  });

  test("README leads to every page of the guide", () => {
    expect(guidePages.map((p) => basename(p)).sort()).toEqual(
      markdownBelow(guide)
        .map((p) => basename(p))
        .sort(),
    );
  });

  test("the command line's page names every command and option", async () => {
    const page = read(join(guide, "cli.md"));
    const help = async (...args: string[]) => {
      const { out } = await run(process.execPath, [wherryProgram, ...args, "--help"]);
      const names = (pattern: RegExp) => [...out.matchAll(pattern)].map(([, name = ""]) => name);
      return {
        commands: names(/^ {2}([a-z]+)(?: \S+)* {2,}/gm).filter((name) => name !== "help"),
        options: names(/^ {2}(?:-\w, )?(--[a-z-]+)/gm).filter((name) => !["--help", "--version"].includes(name)),
      };
    };
    const { commands: own } = await help();
    expect(own.length).toBeGreaterThan(5);
    const { commands: ofImages } = await help("image");
    const options = await Promise.all(
      [...own.filter((c) => c !== "kubectl").map((c) => [c]), ...ofImages.map((c) => ["image", c])].map(
        async (words) => (await help(...words)).options,
      ),
    );
    const words = [...own, ...ofImages, ...options.flat(), ...[...kubectlCommands.keys()].flatMap((c) => c.split(" "))];
    const named = [...page.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = ""]) => code.split(" "));
    expect([...new Set(words)].filter((word) => !named.includes(word))).toEqual([]);
  });

  test("the reference names every kind that is served", () => {
    const rows = read(join(repository, "docs/reference/api.md"))
      .split("\n")
      .filter((line) => line.startsWith("|"));
    const missing = builtinKinds.flatMap(({ group, version, kind, scale }) => {
      const row = rows.find((r) => r.includes(`\`${group ? `${group}/` : ""}${version}\``) && r.includes(kind));
      return row === undefined || (scale && !row.includes("`scale`")) ? [kind] : [];
    });
    expect(missing).toEqual([]);
  });

  test("what is shown and not run is on the list", () => {
    const shown = [readme, ...markdownBelow(guide)].flatMap((page) =>
      blocksOf(read(page))
        .filter((block) => block.language === "sh")
        .flatMap((block) => block.text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))),
    );
    expect([...new Set(shown)].sort()).toEqual([...notRun.keys()].sort());
  });

  test("links lead somewhere", () => {
    const broken = pages.flatMap((page) =>
      linksOf(read(page))
        .filter((link) => !existsSync(join(dirname(page), link)))
        .map((link) => `${relative(repository, page)}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  test("decisions are numbered one after the other", () => {
    const numbers = markdownBelow(join(repository, "docs/decisions")).map((p) => basename(p).slice(0, 5));
    expect(numbers.sort()).toEqual(numbers.map((_, i) => `${String(i + 1).padStart(4, "0")}-`));
  });

  test("every dependency has its reason", () => {
    const { dependencies, devDependencies } = JSON.parse(read(join(repository, "package.json")));
    const rows = read(join(repository, "docs/dependencies.md")).split("\n").slice(4);
    const named = rows.flatMap((row) => row.split("|")[1]?.trim().split(", ") ?? []);
    expect(named.sort()).toEqual(Object.keys({ ...dependencies, ...devDependencies }).sort());
  });
});
