import type { Kind, KubeObject, Verb } from "./kind.ts";
import { checkDnsSubdomain } from "./names.ts";

export const allVerbs: readonly Verb[] = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];

type Named = "group" | "version" | "kind" | "plural" | "namespaced" | "schemaType" | "columns";
type Declaration<T extends KubeObject> = Pick<Kind<T>, Named> & Partial<Kind<T>>;

const nothing = () => [];
const noOp = () => {};

/** Completes a declaration with what most kinds have in common. */
export function defineKind<T extends KubeObject>(declaration: Declaration<T>): Kind<T> {
  return {
    listKind: `${declaration.kind}List`,
    singular: declaration.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: allVerbs,
    storagePrefix: declaration.plural,
    validateName: checkDnsSubdomain,
    applyDefaults: noOp,
    prepareCreate: noOp,
    prepareUpdate: noOp,
    validate: nothing,
    validateUpdate: nothing,
    warnings: nothing,
    selectableFields: () => ({}),
    allowUnconditionalUpdate: true,
    allowCreateOnUpdate: false,
    defaultPropagation: "Background",
    ...declaration,
  };
}
