import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Suites named `*.netns.test.ts` change routes and firewall rules: `npm test` runs them in a network namespace of their own. */
const inNamespace = process.env.WHERRY_TEST_NETNS === "1";
const namespaced = "**/*.netns.test.ts";
/** Suites named `*.inside.test.ts` run inside a node: `linux.test.ts` starts them there, with a directory to use. */
const inNode = process.env.WHERRY_TEST_DIR !== undefined;
const inside = "**/*.inside.test.ts";

const suites = ["src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts"];
const place = inNamespace ? namespaced : inNode ? inside : undefined;

/** Those that take longest begin first, so that nothing long is left for the end; then whatever else starts clusters. */
class LongestFirst extends BaseSequencer {
  static readonly #long = [
    "/test/kubectl/differential.",
    "/test/wherry-kubectl-story.",
    "/test/story.",
    "/src/node/runtime/linux/",
    "/test/docs.",
    "/test/guard.",
    "/test/",
  ];
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = LongestFirst.#long.findIndex((path) => moduleId.startsWith(this.ctx.config.root + path));
      return at < 0 ? LongestFirst.#long.length : at;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    include: place ? [place] : suites,
    exclude: place ? configDefaults.exclude : [...configDefaults.exclude, namespaced, inside],
    // They share one namespace: one after the other.
    fileParallelism: !place,
    // Clusters wait a good deal: one more keeps the processors busy.
    maxWorkers: place ? 1 : availableParallelism() + 1,
    maxConcurrency: 3,
    sequence: { sequencer: LongestFirst },
    // Bounds that only end a test that would wait for ever, also on a machine that has much else to do.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
