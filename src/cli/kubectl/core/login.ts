/** Asks for name and password, as kubectl does when nothing says who the user is. */
import type { ReadStream } from "node:tty";
import { CommandError, type Io } from "./command.ts";

/** @throws CommandError when standard input ends first */
export async function askForLogin(io: Io): Promise<{ readonly username: string; readonly password: string }> {
  const read = lineReader(io);
  io.stdout.write("Please enter Username: ");
  const username = await read();
  io.stdout.write("Please enter Password: ");
  const stdin = io.stdin as Partial<ReadStream>;
  stdin.setRawMode?.(true);
  try {
    return { username, password: await read() };
  } finally {
    stdin.setRawMode?.(false);
    io.stdin.pause();
    io.stdout.write("\n");
  }
}

/** Lines of standard input, one by one; Ctrl-C ends, where the terminal no longer says so itself. */
function lineReader({ stdin }: Io): () => Promise<string> {
  let text = "";
  return () =>
    new Promise((resolve, reject) => {
      const done = () => stdin.off("data", more).off("end", ended).off("error", ended);
      const look = (): boolean => {
        const at = [...text].findIndex((letter) => "\r\n\u0003".includes(letter));
        if (at < 0) return false;
        const [line, end] = [text.slice(0, at), text[at]];
        text = text.slice(at + 1);
        done();
        if (end === "\u0003") reject(new CommandError("interrupted"));
        else resolve(line.trim());
        return true;
      };
      const more = (chunk: Buffer | string) => {
        text += chunk.toString();
        look();
      };
      const ended = () => {
        done();
        reject(new CommandError("EOF"));
      };
      if (look()) return;
      stdin.on("data", more).once("end", ended).once("error", ended);
      stdin.resume();
    });
}
