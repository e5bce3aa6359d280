/** What all of a build shares. */
import type { Files } from "./files.ts";
import type { Schemas } from "./schema.ts";

export interface BuildContext {
  readonly files: Files;
  readonly schemas: Schemas;
  /** A line for standard error. */
  warn(line: string): void;
  /** A line of the log, which standard error has with its time in front. */
  log(line: string): void;
  /** May charts be inflated? */
  readonly enableHelm: boolean;
  /** May plugins be loaded that are not built in? */
  readonly enablePlugins: boolean;
}
