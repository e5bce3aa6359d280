import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["src/node/**/*.inside.ts"], testTimeout: 20_000, pool: "threads", fileParallelism: false },
});
