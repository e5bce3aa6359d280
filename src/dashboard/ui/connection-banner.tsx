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
    if (state !== "connected") {
      if (state !== "connecting") wasLost.value = true;
      isBack.value = false;
      return;
    }
    if (!wasLost.peek()) return;
    wasLost.value = false;
    isBack.value = true;
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
