import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { t } from "../text/text.ts";
import { Dialog } from "./dialog.tsx";
import { Problem } from "./parts.tsx";

/** A dialog that asks the server for something. What it refuses is shown above the button that asked; it stays open. */
export function ActionDialog({
  title,
  does,
  danger = false,
  ready = true,
  large = false,
  run,
  onClose,
  children,
}: {
  readonly title: string;
  /** What the button says. */
  readonly does: string;
  readonly danger?: boolean;
  /** May it be asked yet? */
  readonly ready?: boolean;
  readonly large?: boolean;
  readonly run: () => Promise<void>;
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}) {
  const busy = useSignal(false);
  const problem = useSignal<unknown>(undefined);
  const ask = async () => {
    if (busy.peek() || !ready) return;
    busy.value = true;
    problem.value = undefined;
    try {
      await run();
      onClose();
    } catch (error) {
      problem.value = error;
    }
    busy.value = false;
  };
  return (
    <Dialog title={title} onClose={onClose} large={large}>
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        {children}
        <Problem error={problem.value} />
        <div class="row">
          <button type="submit" class={danger ? "danger" : "primary"} disabled={busy.value || !ready}>
            {does}
          </button>
          <button type="button" onClick={onClose}>
            {t().shell.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
