/** Collects a description: lines at a level of indentation, cells parted by tabs; columns are aligned at the end. */
import { tabulate } from "../print/tabwriter.ts";

/** What would steer a terminal is shown instead of sent. */
const escaped = (text: string): string => text.replaceAll("\u001b", "^[").replaceAll("\r", "\\r");

export interface Writer {
  /** Appends `text`, two spaces in front for each level. It brings its own newline. */
  write(level: number, text: string): void;
}

/** Writes what is part of something else: everything that many levels deeper. */
export const nested = (w: Writer, by: number): Writer => ({ write: (level, text) => w.write(level + by, text) });

export class DescriptionWriter implements Writer {
  #raw = "";
  #aligned = "";

  write(level: number, text: string): void {
    this.#raw += escaped("  ".repeat(level) + text);
  }

  /** Columns of what follows are aligned apart from what came before. */
  flush(): void {
    this.#aligned += describeColumns(this.#raw);
    this.#raw = "";
  }

  /** With columns aligned. */
  text(): string {
    this.flush();
    return this.#aligned;
  }

  /** As written, tabs and all. */
  rawText(): string {
    return this.#raw;
  }
}

/** A least width of 0 and a padding of 2. */
const describeColumns = (text: string): string => tabulate(text, { minWidth: 0, padding: 2 });
