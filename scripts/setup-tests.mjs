// Makes sure that the programs the suites need are here: by apt when we are root on Debian or Ubuntu,
// else with one line that names what to install.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** Program → Debian packages. */
const needed = {
  unshare: "util-linux",
  ip: "iproute2",
  nft: "nftables",
  "docker-registry": "docker-registry",
  // The dashboard's tests, and letters for its Korean.
  chromium: "chromium fonts-noto-cjk",
};

const dirs = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
const present = (program) => dirs.some((d) => existsSync(`${d}/${program}`));
const missing = () => [
  ...new Set(
    Object.keys(needed)
      .filter((p) => !present(p))
      .flatMap((p) => needed[p].split(" ")),
  ),
];

const isDebian = () => {
  try {
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync("/etc/os-release", "utf8"));
  } catch {
    return false;
  }
};

const fail = (packages) => {
  console.error(`npm test needs programs that are not here. Install: ${packages.join(" ")} (Debian and Ubuntu names).`);
  process.exit(1);
};

const packages = missing();
if (packages.length > 0) {
  if (process.getuid() !== 0 || !isDebian()) fail(packages);
  // No service of these packages may start here: policy-rc.d is how Debian is told so.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  console.log(`installing ${packages.join(" ")}`);
  spawnSync("apt-get", ["update", "-q"], { stdio: "ignore", env });
  try {
    execFileSync("apt-get", ["install", "-qq", "-y", "--no-install-recommends", ...packages], {
      stdio: ["ignore", "ignore", "inherit"],
      env,
    });
  } catch {
    fail(packages);
  }
  const left = missing();
  if (left.length > 0) fail(left);
}
