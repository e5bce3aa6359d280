/** Keys that do something everywhere, and those of the page that is open. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Messages } from "../text/en.ts";
import { t } from "../text/text.ts";
import { Dialog } from "./dialog.tsx";

export interface Shortcut {
  /** As `KeyboardEvent.key`. */
  readonly key: string;
  readonly does: (words: Messages["shortcut"]) => string;
  readonly run: () => void;
}

const groups = signal<readonly (readonly Shortcut[])[]>([]);

/** The keys count while the component is shown. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  useEffect(() => {
    groups.value = [...groups.peek(), shortcuts];
    return () => {
      groups.value = groups.peek().filter((group) => group !== shortcuts);
    };
  }, [shortcuts]);
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable=true], dialog") !== null;

/** Listens for all of them. */
export function listenForShortcuts(): void {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (isTyping(event.composedPath()[0] ?? event.target) || document.querySelector("dialog[open]")) return;
    const found = groups
      .peek()
      .flat()
      .find(({ key }) => key === event.key);
    if (!found) return;
    event.preventDefault();
    found.run();
  });
}

export function ShortcutList({ onClose }: { readonly onClose: () => void }) {
  const words = t();
  return (
    <Dialog title={words.shell.shortcuts} onClose={onClose}>
      <dl class="keys">
        {groups.value.flat().map(({ key, does }) => [
          <dt key={`${key} key`}>
            <kbd>{key}</kbd>
          </dt>,
          <dd key={key}>{does(words.shortcut)}</dd>,
        ])}
      </dl>
    </Dialog>
  );
}
