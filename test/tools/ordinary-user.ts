/** An ordinary user to run as when the tests run as root: an unused ID, without a name or a password. */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { repository, type User, wherryProgram } from "./cluster.ts";

export interface OrdinaryUser {
  /** Absent when this process is that user already. */
  readonly user?: User;
  /** The command line where the user can read it. */
  readonly program: string;
  remove(): void;
}

export function ordinaryUser(): OrdinaryUser {
  if (process.getuid?.() !== 0) return { program: wherryProgram, remove: () => {} };
  const user = { uid: 61_234, gid: 61_234 };
  const identity = [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"];
  const canRun = (program: string) =>
    spawnSync("setpriv", [...identity, process.execPath, program, "--version"], { cwd: "/" }).status === 0;
  if (canRun(wherryProgram)) return { user, program: wherryProgram, remove: () => {} };
  const copy = installedCopy();
  const program = join(copy, "dist/cli/main.cjs");
  if (!canRun(program)) throw new Error(`an ordinary user cannot run ${process.execPath}`);
  return { user, program, remove: () => rmSync(copy, { recursive: true, force: true }) };
}

/** The package as it is installed, outside of a home directory that nobody else may enter. */
function installedCopy(): string {
  const to = mkdtempSync("/tmp/wh-copy-");
  chmodSync(to, 0o755);
  const { stdout } = spawnSync("npm", ["ls", "--omit=dev", "--all", "--parseable"], {
    cwd: repository,
    encoding: "utf8",
  });
  const copy = (from: string, name: string) => {
    mkdirSync(dirname(join(to, name)), { recursive: true });
    cpSync(from, join(to, name), { recursive: true, dereference: true });
  };
  for (const path of stdout.trim().split("\n").slice(1)) copy(path, path.slice(path.indexOf("/node_modules/") + 1));
  for (const name of ["dist", "package.json"]) copy(join(repository, name), name);
  spawnSync("chmod", ["-R", "a+rX", to]);
  return to;
}
