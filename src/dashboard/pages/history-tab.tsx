/** The revisions of a workload: what changed in each, and the way back to each. */
import { useSignal } from "@preact/signals";
import type { PodTemplateSpec } from "../../api/generated/types.ts";
import { withoutHash } from "../model/edit.ts";
import type { Revision, Rollout } from "../model/rollout.ts";
import type { Written } from "../state/actions.ts";
import { goTo } from "../state/route.ts";
import { t } from "../text/text.ts";
import { Diff } from "../ui/diff.tsx";
import { Age, Section } from "../ui/parts.tsx";
import { UndoDialog, Warnings } from "../ui/workload-actions.tsx";

/** One value per revision, however often it is rendered: comparing it is not cheap. */
const templates = new WeakMap<object, PodTemplateSpec>();
function templateOf({ object, template }: Revision): PodTemplateSpec {
  const known = templates.get(object);
  if (known) return known;
  const made = withoutHash(template);
  templates.set(object, made);
  return made;
}

export function HistoryTab({ rollout }: { readonly rollout: Rollout }) {
  const words = t().history;
  const undo = useSignal<Revision | undefined>(undefined);
  const warnings = useSignal<readonly string[]>([]);
  const { revisions, workload } = rollout;
  const done = ({ warnings: texts }: Written) => {
    warnings.value = texts;
    const { namespace = "", name = "" } = workload.object.metadata ?? {};
    if (texts.length === 0) goTo({ page: "workload", plural: workload.plural, namespace, name, tab: "rollout" });
  };
  return (
    <div class="stack">
      <Warnings texts={warnings.value} onClose={() => (warnings.value = [])} />
      <Section title={words.revisions} id="revisions">
        {revisions.length === 0 ? <p class="muted">{words.none}</p> : null}
        <ol class="history">
          {revisions.map((revision, i) => (
            <RevisionItem
              key={revision.id}
              revision={revision}
              before={revisions[i + 1]}
              onUndo={() => {
                undo.value = revision;
              }}
            />
          ))}
        </ol>
      </Section>
      {revisions.length > 1 ? <Compare revisions={revisions} /> : null}
      {undo.value ? (
        <UndoDialog rollout={rollout} revision={undo.value} done={done} onClose={() => (undo.value = undefined)} />
      ) : null}
    </div>
  );
}

function RevisionItem({
  revision,
  before,
  onUndo,
}: {
  readonly revision: Revision;
  readonly before: Revision | undefined;
  readonly onUndo: () => void;
}) {
  const words = t().history;
  const open = useSignal(false);
  const title = t().rollout.revision(revision.number);
  return (
    <li class="stack tight">
      <div class="row spread">
        <div class="row">
          <h3>{title}</h3>
          {revision.current ? <span class="badge move">{words.current}</span> : null}
          {revision.images.map((image) => (
            <code key={image}>{image}</code>
          ))}
          <span class="muted small">
            <Age time={revision.created} ago />
          </span>
        </div>
        {revision.current ? null : (
          <button type="button" onClick={onUndo}>
            {words.undo(revision.number)}
          </button>
        )}
      </div>
      <p class={revision.changeCause ? "" : "muted"}>{revision.changeCause ?? words.noCause}</p>
      {before ? (
        <details
          onToggle={(event) => {
            open.value = event.currentTarget.open;
          }}
        >
          <summary>{words.changed(before.number)}</summary>
          {open.value ? (
            <Diff previous={templateOf(before)} next={templateOf(revision)} label={words.changed(before.number)} />
          ) : null}
        </details>
      ) : (
        <p class="muted small">{words.first}</p>
      )}
    </li>
  );
}

function Compare({ revisions }: { readonly revisions: readonly Revision[] }) {
  const words = t().history;
  const from = useSignal("");
  const to = useSignal("");
  const find = (id: string, other: number) => revisions.find((revision) => revision.id === id) ?? revisions.at(other);
  const [a, b] = [find(from.value, 1), find(to.value, 0)];
  if (!a || !b) return null;
  const choice = (label: string, of: typeof from, chosen: Revision) => (
    <label class="row">
      {label}
      <select
        value={chosen.id}
        onChange={(event) => {
          of.value = event.currentTarget.value;
        }}
      >
        {revisions.map((revision) => (
          <option key={revision.id} value={revision.id}>
            {t().rollout.revision(revision.number)}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Section title={words.compare} id="compare">
      <div class="row">
        {choice(words.from, from, a)}
        {choice(words.to, to, b)}
      </div>
      <Diff
        previous={templateOf(a)}
        next={templateOf(b)}
        label={`${t().rollout.revision(a.number)} → ${t().rollout.revision(b.number)}`}
      />
    </Section>
  );
}
