import { readFileSync } from "node:fs";

/** wherry's own version, from its package.json. */
export const packageVersion = (): string => {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
};
