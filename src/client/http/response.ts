/** Reads answers of an API server, whatever transport they came over: a page in a browser has one of its own. */
import { type Status, StatusError } from "../../base/errors.ts";

/** The bytes of an answer as they come. */
export interface ResponseBody extends AsyncIterable<Uint8Array> {
  /** Ends the transfer; iteration may then fail. */
  destroy(): unknown;
  /** `error` also comes when nobody iterates. */
  on(event: "error", listener: (error: Error) => void): unknown;
}

export interface Response {
  readonly status: number;
  readonly body: ResponseBody;
}

/** The whole body as text. */
export async function readText(response: Pick<Response, "body">): Promise<string> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  for await (const chunk of response.body) parts.push(decoder.decode(chunk, { stream: true }));
  return parts.join("") + decoder.decode();
}

/** The error that a failure answer stands for: its `Status`, or one made up from the code when there is none. */
export function errorOf(status: number, body: string): StatusError {
  try {
    const parsed = JSON.parse(body) as Partial<Status>;
    if (parsed.kind === "Status") return StatusError.from({ ...parsed, code: parsed.code ?? status } as Status);
  } catch {
    // Not a Status: a proxy or another kind of server answered.
  }
  return new StatusError(status, "Unknown", body.trim() || `the server answered with status ${status}`);
}

/** The body of a successful answer as a value. @throws StatusError for a failure answer */
export async function readJson<T>(response: Response): Promise<T> {
  const text = await readText(response);
  if (response.status >= 400) throw errorOf(response.status, text);
  return JSON.parse(text) as T;
}
