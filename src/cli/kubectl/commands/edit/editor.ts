/** The user's editor on a file in the directory for temporary files. */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "../../../../base/clock.ts";
import { CommandError, type Io } from "../../core/command.ts";

export interface Edited {
  readonly path: string;
  readonly text: string;
}

/**
 * Shows the text in KUBE_EDITOR, else EDITOR, else vi.
 * @param extension with its dot
 * @returns what the user made of it; the file stays
 * @throws CommandError when there is no such editor, or it fails
 */
export async function editText(io: Io, text: string, extension: ".yaml" | ".json"): Promise<Edited> {
  const path = join(tmpdir(), `kubectl-edit-${systemRandom.uuid().replaceAll("-", "")}${extension}`);
  writeFileSync(path, text, { mode: 0o600, flag: "wx" });
  io.onInterrupt?.(1);
  await launch(io, path);
  return { path, text: readFileSync(path, "utf8") };
}

/** An editor with quotes in its name is a line for the shell; one with blanks is a program and its arguments. */
function commandFor(env: NodeJS.ProcessEnv, path: string): { name: string; words: readonly string[] } {
  const editor = env.KUBE_EDITOR || env.EDITOR || "vi";
  if (editor.includes(" ") && /["'\\]/.test(editor)) {
    const shell = env.SHELL || "/bin/bash";
    return { name: `${shell} -c ${editor}`, words: [shell, "-c", `${editor} ${JSON.stringify(path)}`] };
  }
  return { name: editor, words: [...editor.split(" "), path] };
}

function launch({ env }: Io, path: string): Promise<void> {
  const { name, words } = commandFor(env, path);
  const [program = "", ...args] = words;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit", env });
    child.once("error", (error: NodeJS.ErrnoException) => {
      const what =
        error.code === "ENOENT" && !program.includes("/")
          ? "unable to launch the editor"
          : "there was a problem with the editor";
      reject(new CommandError(`${what} ${JSON.stringify(name)}`));
    });
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new CommandError(`there was a problem with the editor ${JSON.stringify(name)}`));
    });
  });
}
