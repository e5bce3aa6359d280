/** An object as YAML, to read. */
import type { KubeObject } from "../../api/kind.ts";
import { t } from "../text/text.ts";
import { printYaml, yaml } from "./yaml.ts";

/** Who set which field is for machines. */
function readable({ apiVersion, kind, metadata, ...rest }: KubeObject): object {
  const { managedFields: _, ...kept } = metadata ?? {};
  return { apiVersion, kind, metadata: kept, ...rest };
}

export function YamlText({ object, label }: { readonly object: KubeObject; readonly label: string }) {
  const library = yaml();
  if (!library) return <p class="muted">{t().access.loading}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="yaml" tabIndex={0} aria-label={label}>
      <pre>{printYaml(library, readable(object))}</pre>
    </section>
  );
}
