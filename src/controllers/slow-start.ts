/**
 * Calls `create` `count` times in concurrent batches of 1, 2, 4, 8, …; after a batch with an error the rest is skipped,
 * so that what cannot succeed is not tried hundreds of times.
 * @returns how many succeeded, and the first error
 */
export async function slowStart(
  count: number,
  create: (index: number) => Promise<void>,
): Promise<{ readonly succeeded: number; readonly error?: unknown }> {
  let succeeded = 0;
  let begun = 0;
  for (let batch = Math.min(count, 1); batch > 0; batch = Math.min(2 * batch, count - begun)) {
    const first = begun;
    begun += batch;
    const results = await Promise.allSettled(Array.from({ length: batch }, (_, i) => create(first + i)));
    const failed = results.filter((result) => result.status === "rejected");
    succeeded += batch - failed.length;
    if (failed[0]) return { succeeded, error: failed[0].reason };
  }
  return { succeeded };
}
