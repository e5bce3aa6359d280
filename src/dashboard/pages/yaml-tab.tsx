/** The workload as YAML, to read and to edit. */
import { effect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { type KubeObject, keyOf } from "../../api/kind.ts";
import type { Rollout } from "../model/rollout.ts";
import { read, replace } from "../state/actions.ts";
import { Draft, draftOf, leaveDraft } from "../state/draft.ts";
import { t } from "../text/text.ts";
import { Diff } from "../ui/diff.tsx";
import { Problem, Section } from "../ui/parts.tsx";
import { Warnings } from "../ui/workload-actions.tsx";
import { parseYaml, printYaml, type Yaml, yaml } from "../ui/yaml.ts";

export function YamlTab({ rollout }: { readonly rollout: Rollout }) {
  const library = yaml();
  return (
    <Section title={t().yaml.title} id="yaml">
      {library ? <Edited rollout={rollout} library={library} /> : <p class="muted">{t().access.loading}</p>}
    </Section>
  );
}

function Edited({ rollout, library }: { readonly rollout: Rollout; readonly library: Yaml }) {
  const words = t().yaml;
  const { workload } = rollout;
  const object = workload.object as KubeObject;
  const place = useRef<HTMLDivElement>(null);
  const key = `${workload.plural} ${keyOf(object)}`;
  const draft = useMemo(
    () =>
      draftOf(
        key,
        () =>
          new Draft(object, {
            print: (next) => printYaml(library, next),
            parse: (text) => parseYaml(library, text) as KubeObject,
            replace: (next, dryRun) => replace(workload, next, { dryRun }),
            read: () => read(workload),
          }),
      ),
    [key],
  );
  useEffect(() => draft.see(object), [object]);
  useEffect(() => {
    const parent = place.current as HTMLDivElement;
    let gone = false;
    let leave = () => {};
    void import("../ui/editor.ts").then(({ createEditor }) => {
      if (gone) return;
      const editor = createEditor(parent, draft.text.peek(), words.label, (text) => draft.type(text));
      const stop = effect(() => editor.set(draft.text.value));
      leave = () => {
        stop();
        editor.destroy();
      };
    });
    return () => {
      gone = true;
      leave();
      leaveDraft(key);
    };
  }, [draft]);

  const idle = !draft.changed.value || draft.busy.value;
  const at = draft.outcome.value;
  return (
    <>
      <div class="row">
        <button type="button" onClick={() => draft.send(true)} disabled={idle}>
          {words.check}
        </button>
        <button type="button" class="primary" onClick={() => draft.send(false)} disabled={idle}>
          {words.save}
        </button>
        <button type="button" onClick={() => draft.load()} disabled={idle}>
          {words.discard}
        </button>
        <span class="muted small">{words.hint}</span>
      </div>
      <Warnings texts={draft.warnings.value} onClose={() => (draft.warnings.value = [])} />
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
            <Diff previous={at.before} next={at.after} label={words.conflict} />
            <div class="row">
              <button type="button" onClick={() => draft.load()}>
                {words.loadNewest}
              </button>
            </div>
          </div>
        ) : null}
      </div>
      {at?.is === "problem" ? <Problem error={at.error} /> : null}
      <div class="editor" ref={place} />
    </>
  );
}
