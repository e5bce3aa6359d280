/** Finds owners and dependents over all kinds, in the caches. */
import type { OwnerReference } from "../../api/generated/types.ts";
import { type KindRef, type KubeObject, keyOf } from "../../api/kind.ts";
import type { Informer, InformerFactory } from "../../client/informer.ts";

const ownerIndex = "owner";
const ownerUids = (object: KubeObject): readonly string[] =>
  (object.metadata?.ownerReferences ?? []).map((owner) => owner.uid);

const idOf = ({ group, plural }: KindRef) => `${plural}.${group}`;

export class Graph {
  readonly informers: readonly Informer<KubeObject>[];
  readonly #byId = new Map<string, Informer<KubeObject>>();
  readonly #byGroupKind = new Map<string, Informer<KubeObject>>();

  constructor(factory: InformerFactory, kinds: readonly KindRef[]) {
    this.informers = kinds.map((kind) => factory.informer(kind));
    for (const informer of this.informers) {
      informer.addIndex(ownerIndex, ownerUids);
      this.#byId.set(idOf(informer.kind), informer);
      this.#byGroupKind.set(`${informer.kind.group}/${informer.kind.kind}`, informer);
    }
  }

  /** The text by which a work queue knows an object. */
  keyFor(kind: KindRef, object: KubeObject): string {
    return `${idOf(kind)}|${keyOf(object)}`;
  }

  locate(text: string): { readonly informer: Informer<KubeObject>; readonly key: string } | undefined {
    const [id = "", key = ""] = text.split("|", 2);
    const informer = this.#byId.get(id);
    return informer && { informer, key };
  }

  dependentsOf(uid: string): { readonly kind: KindRef; readonly object: KubeObject }[] {
    const found: { readonly kind: KindRef; readonly object: KubeObject }[] = [];
    for (const informer of this.informers)
      for (const object of informer.byIndex(ownerIndex, uid)) found.push({ kind: informer.kind, object });
    return found;
  }

  /**
   * Where the owner of an object is to be found: in the object's own namespace, or without one.
   * Undefined for a kind that is not served, and for a namespaced owner of an object without a namespace.
   */
  ownerAt(
    object: KubeObject,
    owner: OwnerReference,
  ): { readonly informer: Informer<KubeObject>; readonly namespace?: string; readonly key: string } | undefined {
    const group = owner.apiVersion.includes("/") ? owner.apiVersion.slice(0, owner.apiVersion.indexOf("/")) : "";
    const informer = this.#byGroupKind.get(`${group}/${owner.kind}`);
    if (!informer) return undefined;
    if (!informer.kind.namespaced) return { informer, key: owner.name };
    const namespace = object.metadata?.namespace;
    return namespace ? { informer, namespace, key: `${namespace}/${owner.name}` } : undefined;
  }
}
