import { configDefaults, defineConfig } from "vitest/config";

/** Suites named `*.netns.test.ts` change routes and firewall rules: `npm test` runs them in a network namespace of their own. */
const inNamespace = process.env.WHERRY_TEST_NETNS === "1";
const namespaced = "**/*.netns.test.ts";

export default defineConfig({
  test: {
    include: inNamespace ? [namespaced] : ["src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts"],
    exclude: inNamespace ? configDefaults.exclude : [...configDefaults.exclude, namespaced],
    // They share one namespace: one after the other.
    fileParallelism: !inNamespace,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
