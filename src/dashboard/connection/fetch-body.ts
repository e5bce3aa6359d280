import type { ResponseBody } from "../../client/http/response.ts";

/** The body of a `fetch` as the client reads bodies. */
export function bodyOf(response: Response): ResponseBody {
  const reader = response.body?.getReader();
  return {
    async *[Symbol.asyncIterator]() {
      if (!reader) return;
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        yield value;
      }
    },
    destroy: () => void reader?.cancel().catch(() => {}),
    // What goes wrong is thrown to whoever iterates.
    on: () => {},
  };
}
