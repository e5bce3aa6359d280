/** What a description of one kind is: text from an object and what belongs to it. */
import type { ObjectMeta } from "../../../api/generated/types.ts";
import type { Session } from "../core/session.ts";

export interface DescribeContext {
  readonly session: Session;
  readonly showEvents: boolean;
}

/** @param object as read from the server */
export type Describer<T> = (object: T, context: DescribeContext) => Promise<string>;

interface Named {
  readonly metadata?: ObjectMeta;
}

/** `ReplicaSet/web-5d8f`; undefined for what nothing controls. */
export function controllerText({ metadata }: Named): string | undefined {
  const owner = metadata?.ownerReferences?.find((o) => o.controller);
  return owner && `${owner.kind}/${owner.name}`;
}
