/** Does a path mean a git repository? As kustomize tells them (api `internal/git/repospec.go`). */
import { posix } from "node:path";

const schemes = ["ssh://", "https://", "http://", "file://"];

export function isGitUrl(path: string): boolean {
  if (path.startsWith("/")) return false;
  let rest = (path.split("?")[0] ?? "").replace(/^git::/i, "");
  const scheme = schemes.find((one) => rest.toLowerCase().startsWith(one)) ?? "";
  rest = rest.slice(scheme.length);
  const user = /^[a-zA-Z][a-zA-Z0-9-]*@/.exec(rest)?.[0] ?? "";
  rest = rest.slice(user.length);
  if (scheme === "file://") return hasRepository(user + rest, true);
  const github = /^github\.com[/:]/i.test(rest);
  const likeScp = scheme === "" && (user !== "" || github);
  if (scheme === "" && !likeScp) return false;
  const slash = rest.indexOf("/");
  const colon = likeScp ? rest.indexOf(":") : -1;
  const end = likeScp && (slash < 0 || (colon > 0 && colon < slash)) ? colon : slash;
  const host = end < 0 ? rest : rest.slice(0, end + 1);
  return (github || host !== "") && hasRepository(end < 0 ? "" : rest.slice(end + 1), false);
}

function hasRepository(path: string, isFile: boolean): boolean {
  const [repository, root] = split(path, isFile);
  if (repository === "") return false;
  return posix.normalize(root.replace(/^\//, "")).split("/")[0] !== "..";
}

function split(path: string, isFile: boolean): [repository: string, root: string] {
  const marker = path.indexOf("_git/");
  if (marker >= 0) {
    const [first = "", ...more] = path.slice(marker + 5).split("/");
    return [path.slice(0, marker + 5) + first, more.join("/")];
  }
  const double = path.indexOf("//");
  if (double >= 0) return [path.slice(0, double), path.slice(double + 2)];
  const suffix = path.indexOf(".git");
  if (suffix >= 0) return [path.slice(0, suffix + 4), path.slice(suffix + 4)];
  if (isFile) return [path, ""];
  const segments = path.split("/");
  return segments.length < 2 ? ["", ""] : [segments.slice(0, 2).join("/"), segments.slice(2).join("/")];
}
