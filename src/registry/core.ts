/** What every verb of the registry works with. */
import type { Kind, KubeObject } from "../api/kind.ts";
import type { Clock, Random } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Store } from "../store/store.ts";
import type { RequestContext, Subresource } from "./registry.ts";

export interface Core {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly admission: readonly AdmissionPlugin[];
  /** By {@link kindKey}. */
  readonly hooks: ReadonlyMap<string, KindHooks>;
}

export const kindKey = (kind: { readonly group: string; readonly plural: string }): string =>
  kind.group ? `${kind.plural}.${kind.group}` : kind.plural;

/** A write on its way to the store, as admission sees it. */
export interface Attributes<T extends KubeObject = KubeObject> {
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  readonly kind: Kind<T>;
  readonly namespace: string;
  /** Empty while a name is still to be generated. */
  readonly name: string;
  readonly subresource?: Subresource | "binding";
  /** What is to be written; {@link AdmissionPlugin.admit} may change it. Absent on DELETE. */
  readonly object?: T;
  /** What is stored. Absent on CREATE. */
  readonly previous?: T;
  readonly dryRun: boolean;
  readonly ctx: RequestContext;
}

/** May refuse or change a write, by looking at other objects; rules about the object alone belong to its Kind. */
export interface AdmissionPlugin {
  readonly name: string;
  /** Runs before {@link Kind.prepareCreate} and validation. */
  admit(attributes: Attributes): Promise<void> | void;
}

/** Something reserved for a write that may still fail. Exactly one of the two is called, once. */
export interface Transaction {
  commit(): void;
  revert(): void;
}

/** What writes of one kind do beside the store: allocating addresses. */
export interface KindHooks {
  beginCreate?(object: KubeObject, dryRun: boolean): Transaction;
  beginUpdate?(next: KubeObject, previous: KubeObject, dryRun: boolean): Transaction;
  /** The object is gone. */
  afterDelete?(object: KubeObject): void;
}

export const noTransaction: Transaction = { commit() {}, revert() {} };

/** Asks one plugin after the other. Undefined: none of them had to wait. */
export function admit<T extends KubeObject>(
  { admission }: Pick<Core, "admission">,
  attributes: Attributes<T>,
  from = 0,
): Promise<void> | undefined {
  for (let i = from; i < admission.length; i++) {
    // Plugins read what they know of the object's kind; for them every kind is alike.
    const waits = admission[i]?.admit(attributes as unknown as Attributes);
    if (waits) return waits.then(() => admit({ admission }, attributes, i + 1));
  }
  return undefined;
}
