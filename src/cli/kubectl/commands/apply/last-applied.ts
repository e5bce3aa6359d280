/** `apply view-last-applied`, `set-last-applied` and `edit-last-applied`: the annotation that client-side apply keeps. */

import { isDeepStrictEqual } from "node:util";
import { isNotFound } from "../../../../base/errors.ts";
import { type Command, CommandError, type Invocation } from "../../core/command.ts";
import { dryRunOf, dryRunQuery, fieldValidationOf } from "../../core/dry-run.ts";
import { parseJson, writeJson } from "../../core/exact-json.ts";
import { whileDoing } from "../../core/failure.ts";
import { type Found, findObjects, type LiveObject } from "../../core/find-objects.ts";
import { switchFlag, textFlag } from "../../core/flags.ts";
import { lastAppliedAnnotation } from "../../core/last-applied.ts";
import { printResult } from "../../core/operations.ts";
import { apiPath } from "../../core/paths.ts";
import type { Session } from "../../core/session.ts";
import { allFlag, dryRunFlag, filenameFlags, selectorFlag } from "../../core/shared-flags.ts";
import { findTargets, placed, targetText } from "../../core/targets.ts";
import { sortedJson } from "../../print/output.ts";
import { printFlags } from "../../print/print-flags.ts";
import { toYaml } from "../../print/yaml.ts";
import { editSession } from "../edit/session.ts";
import { lastAppliedNotes } from "../edit/text.ts";
import { editFlags } from "../edit.ts";

const annotationOf = (object: LiveObject): string | undefined => object.metadata.annotations?.[lastAppliedAnnotation];

export const viewLastAppliedCommand: Command = {
  path: "apply view-last-applied",
  use: "apply view-last-applied (TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)",
  short: "View the latest last-applied-configuration annotations by type/name or file.",
  flags: [
    allFlag,
    ...filenameFlags,
    textFlag("output", "Output format. Must be one of (yaml, json).", "yaml", "o"),
    selectorFlag,
  ],
  async run(invocation) {
    const { flags, io } = invocation;
    const session = await invocation.session();
    const options = { typeMeansAll: session.namespaceGiven };
    const { found, errors } = await findObjects(invocation, session, options);
    if (errors.length > 0) throw errors[0];
    const [file] = flags.list("filename");
    const texts: string[] = [];
    for (const { object } of found) {
      const text = annotationOf(object);
      if (text !== undefined) texts.push(text);
      else if (file !== undefined) {
        const what = `no last-applied-configuration annotation found on resource: ${object.metadata.name}\n`;
        throw new CommandError(`error when ${what} ${JSON.stringify(file)}: %!v(<nil>)`);
      }
    }
    const output = flags.string("output");
    for (const text of texts) {
      if (output === "json") io.stdout.write(indented(text));
      else if (output === "yaml") io.stdout.write(toYaml(parseJson(text)));
      else {
        throw new CommandError(
          `Unexpected -o output mode: ${output}, the flag 'output' must be one of yaml|json\nSee 'kubectl apply view-last-applied -h' for help and examples`,
        );
      }
    }
    return undefined;
  },
};

/** The JSON with line breaks, what stands behind it kept. */
const indented = (text: string): string => writeJson(parseJson(text), 2) + (/\s*$/.exec(text)?.[0] ?? "");

export const setLastAppliedCommand: Command = {
  path: "apply set-last-applied",
  use: "apply set-last-applied -f FILENAME",
  short: "Set the latest last-applied-configuration annotations by setting it to match the contents of a file.",
  flags: [
    switchFlag("create-annotation", "Also where the object has no such annotation yet."),
    dryRunFlag,
    ...filenameFlags.filter(({ name }) => name === "filename"),
    ...printFlags,
  ],
  async run(invocation) {
    const { flags, print } = invocation;
    const dryRun = dryRunOf(flags);
    const session = await invocation.session();
    const { targets, errors } = await findTargets(invocation, session, { args: [] });
    const changes: (Found & { readonly text: string })[] = [];
    for (const target of targets) {
      const manifest = placed(target);
      const { resource, namespace, name, source } = target;
      const what = `retrieving current configuration of:\n${targetText(target)}\nfrom server for:`;
      const live = await session.json<LiveObject>("GET", apiPath(resource, { namespace, name })).catch((error) => {
        if (isNotFound(error)) throw error;
        return whileDoing(what, source, () => Promise.reject(error));
      });
      const now = annotationOf(live);
      if (now === undefined && !flags.bool("create-annotation")) {
        throw new CommandError(
          `no last-applied-configuration annotation found on resource: ${name}, to create the annotation, run the command with --create-annotation`,
        );
      }
      const text = `${sortedJson(manifest)}\n`;
      if (now !== undefined && isDeepStrictEqual(parseJson(now), parseJson(text)))
        print(`set-last-applied ${name}: no changes required.`);
      else changes.push({ resource, object: live, text });
    }
    if (errors.length > 0) throw errors[0];
    for (const { resource, object, text } of changes) {
      const { namespace, name } = object.metadata;
      const path = apiPath(resource, { namespace, name }, { dryRun: dryRunQuery(dryRun) });
      const next = dryRun === "client" ? object : await annotate(session, path, text);
      await printResult(invocation, resource, next, "configured", dryRun);
    }
    return undefined;
  },
};

export const editLastAppliedCommand: Command = {
  path: "apply edit-last-applied",
  use: "apply edit-last-applied (RESOURCE/NAME | -f FILENAME)",
  short: "Edit latest last-applied-configuration annotations of resources from the default editor.",
  flags: editFlags.map((flag) =>
    flag.name === "field-manager" ? { ...flag, default: "kubectl-client-side-apply" } : flag,
  ),
  async run(invocation) {
    const session = await invocation.session();
    const { found, errors } = await findObjects(invocation, session, { typeMeansAll: true });
    if (errors.length > 0) throw errors[0];
    const applied = found.flatMap(({ resource, object }): Found[] => {
      const text = annotationOf(object);
      return text === undefined ? [] : [{ resource, object: parseJson<LiveObject>(text) }];
    });
    if (applied.length === 0) {
      throw new CommandError(
        "no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`",
      );
    }
    return editSession(invocation, session, applied, {
      notes: lastAppliedNotes,
      reopens: false,
      write: (edited) => writeLastApplied(invocation, session, edited, applied),
    });
  },
};

async function writeLastApplied(
  invocation: Invocation,
  session: Session,
  { resource, object }: Found,
  originals: readonly Found[],
): Promise<void> {
  const original = originals.find((o) => o.object.metadata.uid === object.metadata.uid)?.object;
  if (isDeepStrictEqual(original, object)) {
    await printResult(invocation, resource, object, "skipped", "none");
    return;
  }
  const { flags } = invocation;
  const query = { fieldManager: flags.string("field-manager"), fieldValidation: fieldValidationOf(flags) };
  const place = { namespace: session.namespace, name: object.metadata.name };
  await annotate(session, apiPath(resource, place, query), `${sortedJson(object)}\n`);
  await printResult(invocation, resource, object, "edited", "none");
}

const annotate = (session: Session, path: string, text: string): Promise<LiveObject> =>
  session.json("PATCH", path, {
    body: { metadata: { annotations: { [lastAppliedAnnotation]: text } } },
    contentType: "application/merge-patch+json",
  });
