import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { helm, helmVersions, kubectl, kubectlVersions } from "./clients.ts";

test.each(kubectlVersions)("kubectl %s runs and is of that version", (version) => {
  const text = execFileSync(kubectl(version), ["version", "--client", "-o", "json"], { encoding: "utf8" });
  expect(JSON.parse(text).clientVersion.gitVersion).toContain(`v${version}.`);
});

test.each(helmVersions)("Helm %s runs and is of that version", (version) => {
  expect(execFileSync(helm(version), ["version", "--template", "{{.Version}}"], { encoding: "utf8" })).toContain(
    `v${version}.`,
  );
});
