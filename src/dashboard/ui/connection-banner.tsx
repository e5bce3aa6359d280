import { useSignal, useSignalEffect } from "@preact/signals";
import { systemClock } from "../../base/clock.ts";
import { connection } from "../connection/api.ts";
import { tryNow } from "../state/cluster.ts";
import { t } from "../text/text.ts";

/** Milliseconds for which it says that the connection is back. */
const shownFor = 4000;

/** Says when the connection is lost and when it is back; a screen reader hears it. */
export function ConnectionBanner() {
  const words = t().connection;
  const isBack = useSignal(false);
  const wasLost = useSignal(false);
  useSignalEffect(() => {
    const { state } = connection.value;
    // One that comes back may connect once more at once, for another watch: that takes nothing back.
    if (state === "connecting") return;
    if (state !== "connected") {
      wasLost.value = true;
      isBack.value = false;
    } else if (wasLost.peek()) {
      wasLost.value = false;
      isBack.value = true;
    }
  });
  useSignalEffect(() => {
    if (!isBack.value) return undefined;
    return systemClock.after(shownFor, () => {
      isBack.value = false;
    });
  });
  const at = connection.value;
  return (
    <div role="status">
      {at.state === "lost" || at.state === "expired" || at.state === "closed" ? (
        <div class={`banner ${at.state === "lost" ? "lost" : "stop"}`}>
          <span>{words[at.state]}</span>
          <button type="button" onClick={tryNow}>
            {words.tryNow}
          </button>
          <details>
            <summary>{words.why}</summary>
            <code>{at.why}</code>
          </details>
        </div>
      ) : isBack.value ? (
        <div class="banner back">{words.back}</div>
      ) : null}
    </div>
  );
}
