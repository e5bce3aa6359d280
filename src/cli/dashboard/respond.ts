/** Answers of the dashboard's own, and the headers that all its answers carry. */
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Status } from "../../base/errors.ts";

/** For everything: nothing is guessed, framed, told to others or used by them. */
const always: OutgoingHttpHeaders = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** For the page: what it loads and calls is here. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** For what the cluster answers: a pod may have written it, and it must not act in the page's name. */
const foreignPolicy = "sandbox; default-src 'none'; frame-ancestors 'none'";

export const pageHeaders: OutgoingHttpHeaders = { ...always, "content-security-policy": pagePolicy };
export const foreignHeaders: OutgoingHttpHeaders = { ...always, "content-security-policy": foreignPolicy };

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const headers = { ...foreignHeaders, "content-type": "application/json", "cache-control": "no-store" };
  response.writeHead(status, headers).end(JSON.stringify(value));
}

export const sendStatus = (response: ServerResponse, status: Status) => sendJson(response, status.code ?? 500, status);

const escaped = (text: string) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** A page of a heading and sentences. */
export function sendWords(
  response: ServerResponse,
  status: number,
  title: string,
  ...sentences: readonly string[]
): void {
  const paragraphs = sentences.map((sentence) => `<p>${escaped(sentence)}</p>`).join("\n");
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<h1>${escaped(title)}</h1>
${paragraphs}
</html>
`;
  const headers = { ...pageHeaders, "content-type": "text/html; charset=utf-8", "cache-control": "no-store" };
  response.writeHead(status, headers).end(html);
}
