import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scripts } from "./scripts.ts";

/** What Bash offers, given what `wherry` answers. It writes down how it was asked. */
function offered(words: readonly string[], answer: string): string[] {
  const dir = mkdtempSync(join(tmpdir(), "wherry-completion-"));
  try {
    const program = join(dir, "wherry");
    writeFileSync(
      program,
      `#!/bin/sh\nfor word; do echo "<$word>"; done > ${dir}/asked\ncat <<'END'\n${answer}\nEND\n`,
    );
    chmodSync(program, 0o755);
    const line = words.map((word) => `'${word}'`).join(" ");
    const script = `${scripts.bash}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; __wherry_kubectl; cat ${dir}/asked; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const out = execFileSync("bash", ["--norc", "-c", script], {
      env: { PATH: `${dir}:${process.env.PATH}` },
      encoding: "utf8",
    });
    return out.trimEnd().split("\n");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

test("Bash asks for what may follow, and offers what fits", () => {
  const asked = ["<kubectl>", "<__completeNoDesc>", "<get>"];
  expect(offered(["wherry", "kubectl", "get", "po"], "pods\npoddisruptionbudgets\n:4")).toEqual([
    ...asked,
    "<po>",
    "pods",
    "poddisruptionbudgets",
  ]);
  expect(offered(["wherry", "kubectl", "get", ""], "pods\nservices\n:4")).toEqual([...asked, "<>", "pods", "services"]);
  expect(offered(["wherry", "kubectl", "get", "--namespace", "="], "default\n:4").slice(-1)).toEqual(["default"]);
  expect(offered(["wherry", "kubectl", "get", "x"], ":4")).toEqual([...asked, "<x>"]);
});

test("every shell that kubectl knows has its script", () => {
  expect(Object.keys(scripts).sort()).toEqual(["bash", "fish", "powershell", "zsh"]);
  for (const script of Object.values(scripts)) expect(script).toContain("__complete");
});
