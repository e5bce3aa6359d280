/** The workload as YAML, to read and to edit. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { KubeObject } from "../../api/kind.ts";
import { StatusError } from "../../base/errors.ts";
import { comparable, editable, isEdited, onVersion } from "../model/edit.ts";
import type { Rollout } from "../model/rollout.ts";
import { replace } from "../state/actions.ts";
import { t } from "../text/text.ts";
import { Diff } from "../ui/diff.tsx";
import type { Editor } from "../ui/editor.ts";
import { Problem, Section } from "../ui/parts.tsx";
import { Warnings } from "../ui/workload-actions.tsx";
import { printYaml, yaml } from "../ui/yaml.ts";

type Result =
  | { readonly is: "checked"; readonly before: KubeObject; readonly after: KubeObject }
  | { readonly is: "saved" }
  | { readonly is: "problem"; readonly error: unknown }
  | { readonly is: "conflict" };

export function YamlTab({ rollout }: { readonly rollout: Rollout }) {
  const words = t().yaml;
  const library = yaml();
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | undefined>(undefined);
  const changed = useSignal(false);
  const result = useSignal<Result | undefined>(undefined);
  const warnings = useSignal<readonly string[]>([]);
  const object = rollout.workload.object as KubeObject;
  // The version that is edited; what comes later does not overwrite what was typed.
  const base = useRef(object);
  /** The version whose text it began with: the same but for its status. */
  const shown = useRef(object);

  const load = (next: KubeObject) => {
    if (!library) return;
    base.current = next;
    shown.current = next;
    editor.current?.set(printYaml(library, editable(next)));
    changed.value = false;
    result.value = undefined;
  };

  useEffect(() => {
    if (!library || !place.current) return;
    const parent = place.current;
    let gone = false;
    void import("../ui/editor.ts").then(({ createEditor }) => {
      if (gone) return;
      base.current = object;
      shown.current = object;
      editor.current = createEditor(parent, printYaml(library, editable(object)), words.label, () => {
        changed.value = true;
        result.value = undefined;
      });
    });
    return () => {
      gone = true;
      editor.current?.destroy();
      editor.current = undefined;
    };
  }, [library]);

  const newer = object.metadata?.resourceVersion !== base.current.metadata?.resourceVersion;
  // Only what may be edited counts; a status changes all the time. Nobody has typed anything: it shows what is.
  useEffect(() => {
    if (!library || !editor.current || !newer) return;
    if (!isEdited(base.current, object)) base.current = object;
    else if (!changed.peek()) load(object);
  }, [object]);

  const send = async (dryRun: boolean) => {
    if (!library || !editor.current) return;
    result.value = undefined;
    try {
      const document = library.parseDocument(editor.current.text());
      const [wrong] = document.errors;
      if (wrong) throw wrong;
      const next = onVersion(document.toJS() as KubeObject, shown.current, base.current);
      const written = await replace(rollout.workload, next, base.current, { dryRun });
      warnings.value = written.warnings;
      if (dryRun) result.value = { is: "checked", before: comparable(base.current), after: comparable(written.object) };
      else {
        load(written.object);
        result.value = { is: "saved" };
      }
    } catch (error) {
      const conflict = error instanceof StatusError && error.reason === "Conflict";
      result.value = conflict ? { is: "conflict" } : { is: "problem", error };
    }
  };
  const at = result.value;
  return (
    <Section title={words.title} id="yaml">
      <div class="row">
        <button type="button" onClick={() => send(true)} disabled={!changed.value}>
          {words.check}
        </button>
        <button type="button" class="primary" onClick={() => send(false)} disabled={!changed.value}>
          {words.save}
        </button>
        <button type="button" onClick={() => load(object)} disabled={!changed.value}>
          {words.discard}
        </button>
        <span class="muted small">{words.hint}</span>
      </div>
      <Warnings texts={warnings.value} onClose={() => (warnings.value = [])} />
      <div role="status">
        {at?.is === "saved" ? <p class="note good">{words.saved}</p> : null}
        {at?.is === "checked" ? (
          <div class="stack tight">
            <p class="note good">{words.checked}</p>
            <Diff previous={at.before} next={at.after} label={words.checked} />
          </div>
        ) : null}
        {at?.is === "conflict" ? (
          <div class="note warn stack tight">
            <p>{words.conflict}</p>
            {library ? (
              <Diff previous={comparable(base.current)} next={comparable(object)} label={words.conflict} />
            ) : null}
            <div class="row">
              <button type="button" onClick={() => load(object)}>
                {words.loadNewest}
              </button>
            </div>
          </div>
        ) : null}
      </div>
      {at?.is === "problem" ? <Problem error={at.error} /> : null}
      <div class="editor" ref={place} />
      {library ? null : <p class="muted">{t().access.loading}</p>}
    </Section>
  );
}
