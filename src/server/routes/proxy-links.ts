/**
 * What a proxied server says about its own addresses, made to lead through the proxy: `Location`, and the links of HTML.
 * Rules: apimachinery `pkg/util/proxy/transport.go`. Pure.
 */

/** Where the proxied server is, for itself and for whoever asked. */
export interface ProxyPlace {
  /** Path of the proxy: `/api/v1/namespaces/default/pods/web/proxy`. */
  readonly prefix: string;
  /** `address:port` of what is behind it. */
  readonly host: string;
  /** The `Host` that was asked. */
  readonly askedHost: string;
}

/** Scheme, host and the beginning of the path; what follows is not looked at. */
const parts = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?(\/?)/i;

/** A URL of this server's own root gets the proxy's prefix; every other one stays as it is. */
export function throughProxy(url: string, { prefix, host, askedHost }: ProxyPlace): string {
  const [whole = "", scheme, named, root] = parts.exec(url) ?? [];
  if (!root || (scheme && !named)) return url;
  if (named && named !== host && named !== askedHost) return url;
  // Asked by this very name, it may stay; the address behind is of no use to whoever asked.
  const origin = named && named === askedHost ? whole.slice(0, -1) : "";
  const path = url.slice(whole.length - 1);
  return path.startsWith(prefix) ? origin + path : `${origin}${prefix}${path}`;
}

/** Elements with attributes that hold a URL. */
const linking: Readonly<Record<string, readonly string[]>> = {
  a: ["href"],
  applet: ["codebase"],
  area: ["href"],
  audio: ["src"],
  base: ["href"],
  blockquote: ["cite"],
  body: ["background"],
  button: ["formaction"],
  command: ["icon"],
  del: ["cite"],
  embed: ["src"],
  form: ["action"],
  frame: ["longdesc", "src"],
  head: ["profile"],
  html: ["manifest"],
  iframe: ["longdesc", "src"],
  img: ["longdesc", "src", "usemap"],
  input: ["src", "usemap", "formaction"],
  ins: ["cite"],
  link: ["href"],
  object: ["classid", "codebase", "data", "usemap"],
  q: ["cite"],
  script: ["src"],
  source: ["src"],
  video: ["poster", "src"],
};

/** What is in them is text up to their end tag. */
const rawText = new Set(["iframe", "noembed", "noframes", "noscript", "script", "style", "textarea", "title", "xmp"]);

/**
 * In time that grows with the text alone, whatever is in it: a pod wrote it.
 * @param html of any encoding that has ASCII in it, one character a byte
 */
export function linksThroughProxy(html: string, place: ProxyPlace): string {
  const lower = html.toLowerCase();
  const out: string[] = [];
  let copied = 0;
  for (let at = html.indexOf("<"); at >= 0; at = html.indexOf("<", at)) {
    const tag = html.startsWith("<!--", at) ? undefined : readStartTag(lower, at);
    if (!tag) {
      at = skip(html, at);
      continue;
    }
    const wanted = linking[tag.name] ?? [];
    for (const { name, start, end } of tag.attributes) {
      if (!wanted.includes(name)) continue;
      out.push(html.slice(copied, start), throughProxy(html.slice(start, end), place));
      copied = end;
    }
    at = rawText.has(tag.name) ? endOfText(lower, tag.name, tag.end) : tag.end;
  }
  out.push(html.slice(copied));
  return out.join("");
}

/** What follows a comment, an end tag, a declaration, or a `<` that begins nothing. */
function skip(html: string, at: number): number {
  const [opening, closing] = html.startsWith("<!--", at) ? ["<!--", "-->"] : ["<", ">"];
  if (opening === "<" && !/[/!?]/.test(html[at + 1] ?? "")) return at + 1;
  const end = html.indexOf(closing, at + opening.length);
  return end < 0 ? html.length : end + closing.length;
}

function endOfText(lower: string, element: string, from: number): number {
  const end = lower.indexOf(`</${element}`, from);
  return end < 0 ? lower.length : end;
}

interface StartTag {
  readonly name: string;
  /** Where their values are, without quotes. */
  readonly attributes: readonly { readonly name: string; readonly start: number; readonly end: number }[];
  readonly end: number;
}

const blank = /[\s/]*/y;
const tagName = /[a-z][^\s/>]*/y;
const attributeName = /[^\s/>][^\s/>=]*/y;
const equals = /\s*=\s*/y;
const unquoted = /[^\s>]*/y;

/** @param lower in lower case; at a `<`. @returns undefined when no whole start tag is there */
function readStartTag(lower: string, from: number): StartTag | undefined {
  let at = from + 1;
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(lower)?.[0] ?? "";
    at += found.length;
    return found;
  };
  const name = take(tagName);
  if (!name) return undefined;
  const attributes: { name: string; start: number; end: number }[] = [];
  for (;;) {
    take(blank);
    if (lower[at] === ">") return { name, attributes, end: at + 1 };
    const attribute = take(attributeName);
    // Cut off in the middle: nothing of it, and nothing after it, is a tag.
    if (!attribute) return { name: "", attributes: [], end: lower.length };
    if (!take(equals)) continue;
    const quote = /["']/.exec(lower[at] ?? "")?.[0];
    const start = quote ? at + 1 : at;
    if (quote) {
      const closing = lower.indexOf(quote, start);
      if (closing < 0) return { name: "", attributes: [], end: lower.length };
      attributes.push({ name: attribute, start, end: closing });
      at = closing + 1;
    } else {
      take(unquoted);
      attributes.push({ name: attribute, start, end: at });
    }
  }
}
