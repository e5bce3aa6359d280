/** Opens an address in the user's browser. */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** What opens an address here; undefined where there is no screen to show it on. */
export function browserCommand(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string | undefined {
  if (env.CI || env.SSH_CONNECTION) return undefined;
  if (platform === "darwin") return "/usr/bin/open";
  if (!env.DISPLAY && !env.WAYLAND_DISPLAY) return undefined;
  return (env.PATH ?? "")
    .split(":")
    .map((folder) => join(folder, "xdg-open"))
    .find(isProgram);
}

/** Does nothing where there is none: the address has been printed. */
export function openBrowser(address: string, env: NodeJS.ProcessEnv): void {
  const command = browserCommand(process.platform, env);
  if (!command) return;
  const child = spawn(command, [address], { env, stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}
