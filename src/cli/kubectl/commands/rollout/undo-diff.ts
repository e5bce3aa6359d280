/** `rollout undo --diff`: what going back would change, as `diff` shows it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { templateDifferences } from "../../../../api/apps/template-differences.ts";
import type { Deployment } from "../../../../api/generated/types.ts";
import type { Invocation } from "../../core/command.ts";
import type { Found, LiveObject } from "../../core/find-objects.ts";
import { toYaml } from "../../print/yaml.ts";
import { showDifference } from "../diff.ts";
import { objectText } from "./shared.ts";

/** @param after as the server says it would be */
export async function showUndo(invocation: Invocation, found: Found, after: LiveObject): Promise<void> {
  const templates = [found.object, after].map((object) => (object as Deployment).spec?.template ?? {});
  const [now = {}, then = {}] = templates;
  invocation.print(`${objectText(found)} would change, and nothing has been done:`);
  for (const phrase of templateDifferences(now, then)) invocation.print(`  ${phrase}`);
  const folders = ["LIVE-", "UNDONE-"].map((prefix) => mkdtempSync(join(tmpdir(), prefix)));
  const [live = "", undone = ""] = folders;
  const { group, version, kind } = found.resource;
  const { namespace = "", name } = found.object.metadata;
  const file = [group, version, kind, namespace, name].filter(Boolean).join(".");
  try {
    writeFileSync(join(live, file), toYaml(comparable(found.object)));
    writeFileSync(join(undone, file), toYaml(comparable(after)));
    await showDifference(invocation, live, undone);
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

/** What a user has written, without what the server adds to it with every write. */
function comparable({ status: _, ...object }: LiveObject): object {
  const { managedFields: _fields, resourceVersion: _version, generation: _generation, ...metadata } = object.metadata;
  return { ...object, metadata };
}
