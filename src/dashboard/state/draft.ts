/**
 * The YAML of an object while somebody types, and others change the object meanwhile. Nothing that was typed is lost:
 * what others change is shown only as long as nothing was typed. Nothing of theirs is overwritten: when what was typed
 * is to be written, it is a conflict, unless all that they changed is the status.
 */
import { type Signal, signal } from "@preact/signals";
import { semanticEqual } from "../../api/equal.ts";
import type { KubeObject } from "../../api/kind.ts";
import { isConflict } from "../../base/errors.ts";
import { comparable, editable } from "../model/edit.ts";
import type { Written } from "./actions.ts";

/** What came of the last that was asked of the server; `before` and `after` are {@link comparable}. */
export type Outcome =
  | { readonly is: "checked" | "conflict"; readonly before: KubeObject; readonly after: KubeObject }
  | { readonly is: "saved" }
  | { readonly is: "problem"; readonly error: unknown };

/** What an object is typed as, and where it goes. */
export interface DraftIo {
  print(object: KubeObject): string;
  /** @throws when it is none */
  parse(text: string): KubeObject;
  /** @throws StatusError 409 when its `resourceVersion` is not the newest */
  replace(object: KubeObject, dryRun: boolean): Promise<Written>;
  /** The newest. */
  read(): Promise<KubeObject>;
}

const versionOf = ({ metadata }: KubeObject): string => metadata?.resourceVersion ?? "";

/** Versions of an object are numbers that rise. Where they are none, and of another object of the same name, what comes later is later. */
function isLater(one: KubeObject, other: KubeObject): boolean {
  const [a, b] = [versionOf(one), versionOf(other)];
  const comparable = one.metadata?.uid === other.metadata?.uid && /^\d+$/.test(a) && /^\d+$/.test(b);
  return comparable ? BigInt(a) > BigInt(b) : a !== b;
}

/** May a difference between them not be edited? Then it is one of the status, which changes all the time. */
const isSame = (a: KubeObject, b: KubeObject): boolean => semanticEqual(comparable(a), comparable(b));

/** So often what was typed is written anew because the status changed under it. */
const mostTries = 10;

export class Draft {
  /** What the editor shows. */
  readonly text: Signal<string>;
  /** Was anything typed that is not saved? */
  readonly changed = signal(false);
  readonly busy = signal(false);
  readonly outcome = signal<Outcome | undefined>(undefined);
  readonly warnings = signal<readonly string[]>([]);
  readonly #io: DraftIo;
  /** The version whose text it began with. */
  #shown: KubeObject;
  /** The version that what is typed is a change of: the newest that is the same as the one that is shown, or was saved. */
  #base: KubeObject;
  /** The newest that is known. */
  #newest: KubeObject;

  constructor(object: KubeObject, io: DraftIo) {
    this.#io = io;
    this.#shown = object;
    this.#base = object;
    this.#newest = object;
    this.text = signal(io.print(editable(object)));
  }

  type(text: string): void {
    if (text === this.text.peek()) return;
    this.text.value = text;
    this.changed.value = true;
    this.outcome.value = undefined;
  }

  /** The cluster has this version; it may come later than what a write has answered. */
  see(object: KubeObject): void {
    if (!isLater(object, this.#newest)) return;
    this.#newest = object;
    if (isSame(object, this.#base)) this.#base = object;
    else if (!this.changed.peek()) this.#show(object);
    if (this.outcome.peek()?.is === "conflict") this.#conflict();
  }

  /** Shows the newest version, and drops what was typed. */
  load(): void {
    this.#show(this.#newest);
    this.outcome.value = undefined;
  }

  /** Asks the server to take what was typed; with `dryRun` only whether it would. The answer is {@link outcome}. */
  async send(dryRun: boolean): Promise<void> {
    if (this.busy.peek()) return;
    this.busy.value = true;
    this.outcome.value = undefined;
    const text = this.text.peek();
    try {
      const written = await this.#write(this.#io.parse(text), dryRun);
      if (!written) this.#conflict();
      else {
        this.warnings.value = written.warnings;
        if (dryRun) this.#is("checked", this.#base, written.object);
        else this.#saved(written.object, text);
      }
    } catch (error) {
      this.outcome.value = { is: "problem", error };
    }
    this.busy.value = false;
  }

  #show(object: KubeObject): void {
    this.#shown = object;
    this.#base = object;
    this.text.value = this.#io.print(editable(object));
    this.changed.value = false;
  }

  #is(is: "checked" | "conflict", before: KubeObject, after: KubeObject): void {
    this.outcome.value = { is, before: comparable(before), after: comparable(after) };
  }

  #conflict(): void {
    this.#is("conflict", this.#base, this.#newest);
  }

  /** @param text what was sent: what was typed since then stays */
  #saved(object: KubeObject, text: string): void {
    if (isLater(object, this.#newest)) this.#newest = object;
    if (text === this.text.peek()) this.#show(this.#newest);
    else this.#base = isSame(this.#newest, object) ? this.#newest : object;
    this.outcome.value = { is: "saved" };
  }

  /** @returns undefined when somebody else changed what may be edited */
  async #write(typed: KubeObject, dryRun: boolean): Promise<Written | undefined> {
    // A version that somebody typed is the one that they mean.
    const own = typed?.metadata?.resourceVersion !== this.#shown.metadata?.resourceVersion;
    for (let tries = 1; ; tries++) {
      const resourceVersion = versionOf(this.#base);
      const next = own || !resourceVersion ? typed : { ...typed, metadata: { ...typed.metadata, resourceVersion } };
      try {
        return await this.#io.replace(next, dryRun);
      } catch (error) {
        if (!isConflict(error)) throw error;
        const newest = await this.#io.read();
        this.see(newest);
        if (own || !isSame(newest, this.#base)) return undefined;
        if (tries === mostTries) throw error;
      }
    }
  }
}

const kept = new Map<string, Draft>();

/**
 * The one that was begun, or a new one; what was typed outlives the view of it, for as long as the page is open.
 * @param key of the object, among all kinds
 */
export function draftOf(key: string, begin: () => Draft): Draft {
  const draft = kept.get(key) ?? begin();
  kept.set(key, draft);
  return draft;
}

/** Nobody looks at it any more: without anything typed there is nothing to keep. */
export function leaveDraft(key: string): void {
  if (!kept.get(key)?.changed.peek()) kept.delete(key);
}
