/**
 * The editor for YAML: CodeMirror, loaded when it is first opened. It lives in a shadow root, where its styles are
 * sheets and not elements: the page's policy allows no inline styles.
 */
import { yaml } from "@codemirror/lang-yaml";
import { basicSetup, EditorView } from "codemirror";
import { editsOf } from "../model/diff.ts";

export interface Editor {
  /** Shows another text. The cursor, and what is selected, stays in lines that stay. */
  set(text: string): void;
  destroy(): void;
}

/** @param onChange gets the text, whoever changed it */
export function createEditor(
  parent: HTMLElement,
  text: string,
  label: string,
  onChange: (text: string) => void,
): Editor {
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: "open" });
  const view = new EditorView({
    parent: root,
    root,
    doc: text,
    extensions: [
      basicSetup,
      yaml(),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
      EditorView.updateListener.of((update) => update.docChanged && onChange(update.state.doc.toString())),
      EditorView.theme({
        "&": { color: "var(--text)", backgroundColor: "var(--surface)", maxHeight: "70vh", fontSize: "0.9rem" },
        ".cm-scroller": { fontFamily: "var(--mono)", overflow: "auto" },
        ".cm-content": { caretColor: "var(--text)" },
        ".cm-cursor": { borderLeftColor: "var(--text)" },
        ".cm-gutters": { color: "var(--muted)", backgroundColor: "var(--sunken)", borderColor: "var(--line)" },
        ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
        "&.cm-focused": { outline: "2px solid var(--focus)" },
        ".cm-selectionBackground, &.cm-focused .cm-selectionBackground": {
          backgroundColor: "var(--accent-soft) !important",
        },
        ".cm-line span": { color: "inherit !important" },
      }),
    ],
  });
  return {
    set(next) {
      const changes = editsOf(view.state.doc.toString(), next);
      if (changes.length > 0) view.dispatch({ changes });
    },
    destroy: () => view.destroy(),
  };
}
