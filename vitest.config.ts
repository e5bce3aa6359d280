import { configDefaults, defineConfig } from "vitest/config";

/** Suites named `*.netns.test.ts` change routes and firewall rules: `npm test` runs them in a network namespace of their own. */
const inNamespace = process.env.WHERRY_TEST_NETNS === "1";
const namespaced = "**/*.netns.test.ts";
/** Suites named `*.inside.test.ts` run inside a node: `linux.test.ts` starts them there, with a directory to use. */
const inNode = process.env.WHERRY_TEST_DIR !== undefined;
const inside = "**/*.inside.test.ts";

const suites = ["src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts"];
const place = inNamespace ? namespaced : inNode ? inside : undefined;

export default defineConfig({
  test: {
    include: place ? [place] : suites,
    exclude: place ? configDefaults.exclude : [...configDefaults.exclude, namespaced, inside],
    // They share one namespace: one after the other.
    fileParallelism: !place,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
