import { useMemo } from "preact/hooks";
import { type DiffLine, diffLines, partsOf } from "../model/diff.ts";
import { t } from "../text/text.ts";
import { printYaml, yaml } from "./yaml.ts";

/** What differs between two values, as lines of YAML. */
export function Diff({
  previous,
  next,
  label,
}: {
  readonly previous: unknown;
  readonly next: unknown;
  readonly label: string;
}) {
  const library = yaml();
  const parts = useMemo(
    () => library && partsOf(diffLines(printYaml(library, previous), printYaml(library, next))),
    [library, previous, next],
  );
  const words = t().history;
  if (!parts) return <p class="muted">{t().access.loading}</p>;
  if (parts.every((part) => "left" in part)) return <p class="muted">{words.noDifference}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also for the keyboard
    <section class="diff" tabIndex={0} aria-label={label}>
      <pre>
        {parts.map((part, i) =>
          "left" in part ? (
            <span key={i} class="left">
              {words.linesLeft(part.left)}
            </span>
          ) : (
            part.lines.map((line, j) => <Line key={`${i} ${j}`} line={line} />)
          ),
        )}
      </pre>
    </section>
  );
}

function Line({ line: { is, text } }: { readonly line: DiffLine }) {
  if (is === "added") return <ins>{`+ ${text}`}</ins>;
  if (is === "removed") return <del>{`- ${text}`}</del>;
  return <span>{`  ${text}`}</span>;
}
