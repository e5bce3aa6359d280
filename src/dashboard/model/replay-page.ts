/** A recording as one page that needs nothing else: the viewer and the recording are in it. Pure. */
import type { Recording } from "./recording.ts";

/** Text that may stand in a script element: nothing in it ends the element or begins a comment. */
const asData = (text: string) => text.replaceAll("<", "\\u003c");

/** @param script and `style` are the viewer's */
export function replayPage(recording: Recording, script: string, style: string, lang: string): string {
  const title = `${recording.name} · ${recording.namespace}`.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);
  return `<!doctype html>
<html lang="${lang}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="content-security-policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${style.replaceAll("</", "<\\/")}</style>
<main class="wide" id="app"></main>
<script type="application/json" id="recording">${asData(JSON.stringify(recording))}</script>
<script>${script.replace(/<\/(?=script)/gi, "<\\/")}</script>
</html>
`;
}
