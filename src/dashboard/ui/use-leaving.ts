import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { systemClock } from "../../base/clock.ts";

/** Milliseconds that what is gone is still shown: as long as `leave` in `style/pods.css`. */
const leaveTime = 300;

export interface Shown<T> {
  readonly item: T;
  /** It is gone, and shown for a moment where it was. */
  readonly leaving: boolean;
}

/** The items, and for a moment those that went; where less motion is wished for, or `moves` is false, only the items. */
export function useLeaving<T>(items: readonly T[], keyOf: (item: T) => string, moves: boolean): readonly Shown<T>[] {
  const before = useRef<readonly T[]>([]);
  const gone = useRef(new Map<string, { readonly item: T; readonly at: number; timed: boolean }>());
  const turn = useSignal(0);
  void turn.value;
  const left = gone.current;
  if (moves && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
    const keys = new Set(items.map(keyOf));
    before.current.forEach((item, at) => {
      if (!keys.has(keyOf(item))) left.set(keyOf(item), { item, at, timed: false });
    });
    for (const key of keys) left.delete(key);
  } else left.clear();
  before.current = items;
  useEffect(() => {
    for (const [key, one] of left) {
      if (one.timed) continue;
      one.timed = true;
      systemClock.after(leaveTime, () => {
        if (left.get(key) === one) left.delete(key);
        turn.value++;
      });
    }
  });
  const shown = items.map((item): Shown<T> => ({ item, leaving: false }));
  for (const { item, at } of left.values()) shown.splice(at, 0, { item, leaving: true });
  return shown;
}
