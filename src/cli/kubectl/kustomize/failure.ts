/** Failures in kustomize's words. */
export class KustomizeError extends Error {
  override readonly name = "KustomizeError";
}

export function fail(message: string): never {
  throw new KustomizeError(message);
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Whoever fails within `work` fails with `prefix: ` in front. */
export async function within<T>(prefix: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof KustomizeError)) throw error;
    throw new KustomizeError(`${prefix}: ${error.message}`);
  }
}

/** The same for work that does not wait. */
export function withinSync<T>(prefix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof KustomizeError)) throw error;
    throw new KustomizeError(`${prefix}: ${error.message}`);
  }
}

/** `fmt`'s %q. */
export const quoted = (text: string): string => {
  const body = [...text].map((char) => {
    const code = char.codePointAt(0) ?? 0;
    const short: Record<string, string> = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r" };
    if (short[char]) return short[char];
    if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
    return char;
  });
  return `"${body.join("")}"`;
};
