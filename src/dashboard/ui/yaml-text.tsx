/** An object as YAML, to read. What writes YAML is loaded when it is needed. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { KubeObject } from "../../api/kind.ts";
import { t } from "../text/text.ts";

/** Who set which field is for machines. */
function readable({ metadata, ...rest }: KubeObject): object {
  const { managedFields: _, ...kept } = (metadata ?? {}) as { managedFields?: unknown };
  const { apiVersion, kind, ...more } = rest as { apiVersion?: string; kind?: string };
  return { apiVersion, kind, metadata: kept, ...more };
}

export function YamlText({ object, label }: { readonly object: KubeObject; readonly label: string }) {
  const text = useSignal("");
  useEffect(() => {
    let current = true;
    void import("yaml").then(({ stringify }) => {
      if (current) text.value = stringify(readable(object), { lineWidth: 0 });
    });
    return () => {
      current = false;
    };
  }, [object]);
  if (!text.value) return <p class="muted">{t().access.loading}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="yaml" tabIndex={0} aria-label={label}>
      <pre>{text.value}</pre>
    </section>
  );
}
