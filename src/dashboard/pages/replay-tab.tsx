/** The last rollouts of a workload, moment by moment. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Rollout } from "../model/rollout.ts";
import { recordingOf, replayed } from "../state/recordings.ts";
import { saveReplay } from "../state/replay-file.ts";
import { t } from "../text/text.ts";
import { Problem } from "../ui/parts.tsx";
import { ReplayView } from "../ui/replay-view.tsx";

export function ReplayTab({ rollout }: { readonly rollout: Rollout }) {
  const words = t().replay;
  const { plural } = rollout.workload;
  const saved = useSignal(false);
  const problem = useSignal<unknown>(undefined);
  const take = () => {
    saved.value = false;
    replayed.value = recordingOf(plural, rollout);
  };
  useEffect(take, []);
  const recording = replayed.value;
  const { name } = rollout.workload.object.metadata ?? {};
  if (!recording || recording.name !== name) return null;
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
