import type { KubeObject } from "../api/kind.ts";
import type { ObjectEvent, ObjectWatch } from "./client.ts";

/** The events of a watch, as many at a time as have come; one by one where the transport knows no other way. */
export const batchesOf = <T extends KubeObject>(watch: ObjectWatch<T>): AsyncIterable<readonly ObjectEvent<T>[]> =>
  watch.batches?.() ?? oneByOne(watch);

async function* oneByOne<T extends KubeObject>(watch: ObjectWatch<T>): AsyncGenerator<readonly ObjectEvent<T>[]> {
  for await (const event of watch) yield [event];
}

/** The other way round, for a watch that has its events in batches. */
export async function* eachOf<T>(batches: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const batch of batches) yield* batch;
}
