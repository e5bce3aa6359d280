/** `/version`: what kubectl, Helm and client-go take the server for. */
export interface VersionInfo {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
  readonly [key: string]: string;
}

/**
 * The emulated Kubernetes version, with our name as build metadata, as k3s does it: semantic versioning ignores build
 * metadata in comparisons, so that chart constraints such as `>=1.30` hold, which a pre-release suffix would break.
 */
export const version: VersionInfo = {
  major: "1",
  minor: "34",
  emulationMajor: "1",
  emulationMinor: "34",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "33",
  gitVersion: "v1.34.0+wherry",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "",
  compiler: `node ${process.version}`,
  platform: `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`,
};
