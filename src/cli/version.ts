import { createRequire } from "node:module";

/** wherry's own version, from its package.json: found by name, wherever the build has put this code. */
export const packageVersion = (): string =>
  (createRequire(import.meta.url)("wherry/package.json") as { version: string }).version;
