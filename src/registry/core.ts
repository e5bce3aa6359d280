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

export async function admit<T extends KubeObject>(core: Core, attributes: Attributes<T>): Promise<void> {
  // Plugins read what they know of the object's kind; for them every kind is alike.
  for (const plugin of core.admission) await plugin.admit(attributes as unknown as Attributes);
}
