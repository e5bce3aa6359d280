import { signal } from "@preact/signals";
import { systemClock } from "../../base/clock.ts";

/** Milliseconds since the epoch, moving once a second; it stands still while the page is hidden. */
export const now = signal(systemClock.now());

systemClock.every(1000, () => {
  if (document.visibilityState === "visible") now.value = systemClock.now();
});
