/** What a terminal allows. */
import type { WriteStream } from "node:tty";
import type { Io } from "../core/command.ts";

export const isTerminal = (stream: Io["stderr"]): boolean => (stream as Partial<WriteStream>).isTTY === true;

export interface Terminal {
  /** Characters in a line and lines on the screen, as they are now. */
  size(): { readonly columns: number; readonly rows: number };
  readonly color: boolean;
  write(text: string): void;
}

/** Standard output, when it is a terminal that can move its cursor. */
export function terminalOf({ stdout, env }: Io): Terminal | undefined {
  const tty = stdout as Partial<WriteStream>;
  if (!tty.isTTY || env.TERM === "dumb") return undefined;
  return {
    size: () => ({ columns: tty.columns || 80, rows: tty.rows || 24 }),
    // https://no-color.org: set and not empty.
    color: !env.NO_COLOR,
    write: (text) => void stdout.write(text),
  };
}
