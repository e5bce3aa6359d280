/** The last rollouts of a workload, moment by moment. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Recording } from "../model/recording.ts";
import type { Rollout } from "../model/rollout.ts";
import { recordingOf } from "../state/recordings.ts";
import { saveReplay } from "../state/replay-file.ts";
import { t } from "../text/text.ts";
import { Problem } from "../ui/parts.tsx";
import { ReplayView } from "../ui/replay-view.tsx";

export function ReplayTab({ rollout }: { readonly rollout: Rollout }) {
  const words = t().replay;
  const { plural } = rollout.workload;
  const saved = useSignal(false);
  const problem = useSignal<unknown>(undefined);
  /** Taken once, so that it stands still while it is looked at. */
  const taken = useSignal<Recording | undefined>(undefined);
  const now = useRef(rollout);
  now.current = rollout;
  const take = () => {
    saved.value = false;
    taken.value = recordingOf(plural, now.current);
  };
  // It may not have begun yet: it waits for the Events that tell what was before.
  useSignalEffect(() => {
    if (!taken.value) take();
  });
  const recording = taken.value;
  if (!recording) return <p class="muted">{t().access.loading}</p>;
  const still = recording.settings.length <= 1 && new Set(recording.changes.map(({ at }) => at)).size <= 1;
  const save = async () => {
    problem.value = undefined;
    try {
      await saveReplay(recording);
      saved.value = true;
    } catch (error) {
      problem.value = error;
    }
  };
  return (
    <div class="stack">
      <div class="row">
        <button type="button" onClick={take}>
          {words.fresh}
        </button>
        <button type="button" disabled={still} onClick={save}>
          {words.save}
        </button>
        <span role="status">{saved.value ? words.saved : ""}</span>
      </div>
      <Problem error={problem.value} />
      {still ? <p class="note">{words.short}</p> : <ReplayView key={recording.until} recording={recording} />}
    </div>
  );
}
