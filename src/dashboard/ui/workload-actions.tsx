/** What can be done to a workload, each with its reason when it cannot be. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { Deployment } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/kind.ts";
import { comparable } from "../model/edit.ts";
import type { Revision, Rollout } from "../model/rollout.ts";
import { remove, restart, scale, setImages, setPaused, undoTo, type Written } from "../state/actions.ts";
import { scope } from "../state/cluster.ts";
import { goTo } from "../state/route.ts";
import { t } from "../text/text.ts";
import { ActionDialog } from "./action-dialog.tsx";
import { Diff } from "./diff.tsx";
import { Icon } from "./icons.tsx";
import { Problem } from "./parts.tsx";
import { type Shortcut, useShortcuts } from "./shortcuts.tsx";

/** An undo goes to the revision that it named when it was opened, whatever comes meanwhile. */
type Opened = Revision | "restart" | "scale" | "image" | "delete";

/** The revision that an undo goes to: the newest but one. */
const undoTarget = ({ revisions }: Rollout): Revision | undefined => revisions.filter(({ current }) => !current)[0];

export function WorkloadActions({
  rollout,
  inTrouble,
}: {
  readonly rollout: Rollout;
  /** Is an undo what most people want now? */
  readonly inTrouble: boolean;
}) {
  const words = t().actions;
  const opened = useSignal<Opened | undefined>(undefined);
  const problem = useSignal<unknown>(undefined);
  const warnings = useSignal<readonly string[]>([]);
  const { workload } = rollout;
  const isDeployment = workload.plural === "deployments";
  const paused = isDeployment && ((workload.object as Deployment).spec?.paused ?? false);
  const target = undoTarget(rollout);
  const close = () => {
    opened.value = undefined;
  };
  const done = ({ warnings: texts }: Written) => {
    warnings.value = texts;
    const { namespace = "", name = "" } = workload.object.metadata ?? {};
    goTo({ page: "workload", plural: workload.plural, namespace, name, tab: "rollout" });
  };
  const pause = async () => {
    problem.value = undefined;
    try {
      warnings.value = (await setPaused(workload, !paused)).warnings;
    } catch (error) {
      problem.value = error;
    }
  };
  const canScale = workload.plural !== "daemonsets";
  const shortcuts = useMemo<Shortcut[]>(() => {
    const open = (what: Opened) => () => {
      opened.value = what;
    };
    return [
      ...(target ? [{ key: "u", does: (w) => w.undo, run: open(target) } satisfies Shortcut] : []),
      { key: "r", does: (w) => w.restart, run: open("restart") },
      ...(canScale ? [{ key: "s", does: (w) => w.scale, run: open("scale") } satisfies Shortcut] : []),
      { key: "i", does: (w) => w.image, run: open("image") },
    ];
  }, [target?.id, target?.number, canScale]);
  useShortcuts(shortcuts);
  const button = (what: Opened, look = "") => (
    <button type="button" class={look} onClick={() => (opened.value = what)}>
      {words[typeof what === "string" ? what : "undo"].open}
    </button>
  );
  const dialog = { rollout, onClose: close, done };
  return (
    <div class="stack tight">
      <div class="row actions">
        {target ? button(target, inTrouble ? "primary" : "") : null}
        {isDeployment ? (
          <button type="button" onClick={pause}>
            {paused ? words.resume : words.pause}
          </button>
        ) : null}
        {button("restart")}
        {canScale ? button("scale") : null}
        {button("image")}
        {button("delete", "danger")}
      </div>
      <Problem error={problem.value} />
      <Warnings texts={warnings.value} onClose={() => (warnings.value = [])} />
      {typeof opened.value === "object" ? <UndoDialog {...dialog} revision={opened.value} /> : null}
      {opened.value === "restart" ? <RestartDialog {...dialog} /> : null}
      {opened.value === "scale" ? <ScaleDialog {...dialog} /> : null}
      {opened.value === "image" ? <ImageDialog {...dialog} /> : null}
      {opened.value === "delete" ? <DeleteDialog {...dialog} /> : null}
    </div>
  );
}

export function Warnings({ texts, onClose }: { readonly texts: readonly string[]; readonly onClose: () => void }) {
  if (texts.length === 0) return null;
  return (
    <div class="note warn row spread" role="status">
      <div>
        <strong>{t().actions.serverWarns}</strong>
        {texts.map((text) => (
          <p key={text}>{text}</p>
        ))}
      </div>
      <button type="button" class="plain" onClick={onClose} aria-label={t().shell.close}>
        <Icon name="cross" />
      </button>
    </div>
  );
}

interface Shared {
  readonly rollout: Rollout;
  readonly onClose: () => void;
  readonly done: (written: Written) => void;
}

/** Shows exactly what the server would change before it is asked to. */
export function UndoDialog({ rollout, revision, onClose, done }: Shared & { readonly revision: Revision }) {
  const words = t().actions.undo;
  const { workload } = rollout;
  const preview = useSignal<KubeObject | undefined>(undefined);
  const refused = useSignal<unknown>(undefined);
  const paused = workload.plural === "deployments" && workload.object.spec?.paused === true;
  // What it was when the dialog opened: the preview is of that.
  const before = useMemo(() => comparable(workload.object as KubeObject), []);
  useEffect(() => {
    undoTo(workload, revision, { dryRun: true }).then(
      ({ object }) => {
        preview.value = comparable(object);
      },
      (error: unknown) => {
        refused.value = error;
      },
    );
  }, []);
  return (
    <ActionDialog
      title={words.title(revision.number)}
      does={words.does(revision.number)}
      ready={preview.value !== undefined && !paused}
      large
      run={async () => done(await undoTo(workload, revision))}
      onClose={onClose}
    >
      {paused ? <p class="note warn">{words.paused}</p> : null}
      <p>{words.preview}</p>
      <Problem error={refused.value} />
      {preview.value ? <Diff previous={before} next={preview.value} label={words.preview} /> : null}
    </ActionDialog>
  );
}

function RestartDialog({ rollout, onClose, done }: Shared) {
  const words = t().actions.restart;
  return (
    <ActionDialog
      title={words.open}
      does={words.does}
      run={async () => done(await restart(rollout.workload))}
      onClose={onClose}
    >
      <p>{words.what}</p>
    </ActionDialog>
  );
}

function ScaleDialog({ rollout, onClose, done }: Shared) {
  const words = t().actions.scale;
  const replicas = useSignal(String(rollout.counts.desired));
  return (
    <ActionDialog
      title={words.open}
      does={words.does}
      ready={/^\d+$/.test(replicas.value)}
      run={async () => done(await scale(rollout.workload, Number(replicas.value)))}
      onClose={onClose}
    >
      <label class="field">
        {words.replicas}
        <input
          type="number"
          min="0"
          data-first
          value={replicas.value}
          onInput={(event) => {
            replicas.value = event.currentTarget.value;
          }}
        />
      </label>
    </ActionDialog>
  );
}

function ImageDialog({ rollout, onClose, done }: Shared) {
  const words = t().actions.image;
  const containers = rollout.workload.object.spec?.template?.spec?.containers ?? [];
  /** Those that were typed, and no others: somebody else may set them meanwhile. */
  const typed = useSignal<ReadonlyMap<string, string>>(new Map());
  const changed = new Map(
    containers.flatMap(({ name, image }) => {
      const next = typed.value.get(name) ?? "";
      return next !== image && next !== "" ? [[name, next] as const] : [];
    }),
  );
  return (
    <ActionDialog
      title={words.open}
      does={words.does}
      ready={changed.size > 0}
      run={async () => done(await setImages(rollout.workload, changed))}
      onClose={onClose}
    >
      {containers.map(({ name, image }, i) => (
        <label class="field" key={name}>
          {words.container(name)}
          <input
            type="text"
            class="mono"
            spellcheck={false}
            autocomplete="off"
            data-first={i === 0 ? true : undefined}
            value={typed.value.get(name) ?? image}
            onInput={(event) => {
              typed.value = new Map(typed.peek()).set(name, event.currentTarget.value.trim());
            }}
          />
        </label>
      ))}
    </ActionDialog>
  );
}

function DeleteDialog({ rollout, onClose }: Shared) {
  const words = t().actions.delete;
  const { workload, revisions } = rollout;
  const pods = revisions.flatMap((revision) => revision.pods).map((pod) => pod.metadata?.name ?? "");
  const sets = revisions.map(({ name }) => name);
  const kind = workload.plural === "deployments" ? "ReplicaSet" : "ControllerRevision";
  return (
    <ActionDialog
      title={words.title(workload.object.metadata?.name ?? "")}
      does={words.does}
      danger
      run={async () => {
        await remove(workload);
        goTo({ page: "overview", namespace: scope.peek() });
      }}
      onClose={onClose}
    >
      <p>{words.along}</p>
      <ul>
        <Named kind={kind} names={sets} />
        <Named kind="Pod" names={pods} />
      </ul>
      <p class="muted">{words.stays}</p>
    </ActionDialog>
  );
}

/** Names that are written out. */
const mostNames = 10;

function Named({ kind, names }: { readonly kind: string; readonly names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <li>
      {kind} ({names.length}): <code>{names.slice(0, mostNames).join(", ")}</code>
      {names.length > mostNames ? " …" : ""}
    </li>
  );
}
