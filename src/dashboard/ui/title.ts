import { useEffect } from "preact/hooks";
import { t } from "../text/text.ts";

/** The document's title while the page is shown. */
export function useTitle(what: string): void {
  const title = t().title(what);
  useEffect(() => {
    document.title = title;
  }, [title]);
}
