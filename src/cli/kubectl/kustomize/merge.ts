/** Strategic merge as kustomize does it (kyaml `merge2` over `walk`): by its own schema, new items in front. */
import { fail } from "./failure.ts";
import { mergeKeyedLists } from "./merge-list.ts";
import { demandKind, isMissingOrNull, Node, setField } from "./node.ts";
import { nodeText } from "./node-text.ts";
import type { Schema, Schemas } from "./schema.ts";

/** What is changed, and the patch; both may be the same node once the patch was taken over as it is. */
export type Sources = readonly [dest: Node | undefined, patch: Node | undefined];

/** @returns what `dest` has become: the same node where anything is left of it; nothing when it is gone */
export const mergePatch = (patch: Node, dest: Node, schemas: Schemas): Node | undefined =>
  new Merger(schemas).merge([dest, patch], undefined);

export class Merger {
  readonly #schemas: Schemas;
  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  merge(sources: Sources, given: Schema | undefined): Node | undefined {
    const schema = given ?? this.#schemaOf(sources);
    const kind = sources.find((node) => !isMissingOrNull(node))?.kind ?? "map";
    if (kind !== "none") for (const node of sources) demandKind(node, kind);
    const [dest, patch] = sources;
    switch (kind) {
      case "map":
        return this.#map(sources, schema);
      case "seq":
        return schema?.merges ? this.#list(sources, schema) : (patch ?? dest);
      case "scalar":
        return patch ?? dest;
      default:
        return undefined;
    }
  }

  /** An object within another may say what it is. */
  #schemaOf(sources: Sources): Schema | undefined {
    for (const node of sources) {
      if (isMissingOrNull(node)) continue;
      const [apiVersion, kind] = [node.text("apiVersion"), node.text("kind")];
      if (apiVersion === "" || kind === "") continue;
      const schema = this.#schemas.ofKind(apiVersion, kind);
      if (schema) return schema;
    }
    return undefined;
  }

  #map([dest, patch]: Sources, schema: Schema | undefined): Node | undefined {
    const into = mergeInto(dest, patch);
    if (!into) return undefined;
    const names = new Set([...into.fields(), ...(patch?.fields() ?? [])]);
    for (const name of [...names].sort()) {
      const value = this.merge([into.get(name), patch?.get(name)], schema?.field(name));
      const style = patch?.entries.find(([key]) => key.value === name)?.[0].style;
      setField(into, name, value, style);
    }
    return into;
  }

  #list([dest, patch]: Sources, schema: Schema): Node | undefined {
    const into = listToMergeInto(dest, patch);
    return into && mergeKeyedLists(this, [into, patch], into, schema);
  }
}

type Directive = "merge" | "replace" | "delete";

const directives = new Set(["merge", "replace", "delete"]);

/** Which node the fields of both go into; none when the map goes away. */
function mergeInto(dest: Node | undefined, patch: Node | undefined): Node | undefined {
  if (isMissingOrNull(dest)) {
    if (patch && patch.kind === "map" && directiveOf(patch) === "delete") return undefined;
    // A null that was written out stays one.
    if (!patch && dest !== undefined && (dest as Node).value !== "") {
      const kept = new Node("scalar", "!!null", (dest as Node).value);
      kept.keep = true;
      return kept;
    }
    return patch;
  }
  if (patch?.isNull) return undefined;
  const directive = directiveOf(patch);
  if (directive === "delete") return undefined;
  return directive === "replace" ? patch : dest;
}

function listToMergeInto(dest: Node | undefined, patch: Node | undefined): Node | undefined {
  if (isMissingOrNull(dest)) return patch;
  if (patch?.isNull) return undefined;
  const directive = directiveOf(patch);
  if (directive === "delete") return undefined;
  return directive === "replace" ? patch : dest;
}

const known = (text: string): Directive =>
  directives.has(text) ? (text as Directive) : fail(`unknown patch strategy '${text}'`);

/** Takes the directive out of the patch. */
function directiveOf(patch: Node | undefined): Directive {
  if (patch === undefined) return "merge";
  if (patch.kind === "map") {
    const marker = patch.get("$patch");
    if (!marker) return "merge";
    const directive = known(marker.value);
    patch.clear("$patch");
    return directive;
  }
  if (patch.kind !== "seq")
    fail(`no implemented strategic merge patch strategy for '${patch.tag}' ('${nodeText(patch)}')`);
  const marked = patch.items.find((item) => item.get("$patch"));
  if (!marked || marked.entries.length > 1) return "merge";
  const directive = known(marked.text("$patch"));
  patch.items = patch.items.filter((item) => !item.isEmpty && item.get("$patch")?.value !== directive);
  return directive;
}
