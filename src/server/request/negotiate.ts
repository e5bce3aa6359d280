/** What form the client wants its answer in (apiserver `pkg/endpoints/handlers/negotiation`). */
import { notAcceptable, StatusError } from "../../base/errors.ts";

type ConvertTo = "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";

export interface AnswerForm {
  readonly format: "json" | "yaml";
  readonly contentType: string;
  /** Absent: the object itself. */
  readonly as?: { readonly kind: ConvertTo; readonly version: "v1" | "v1beta1" };
}

const plainJson: AnswerForm = { format: "json", contentType: "application/json" };
const plainYaml: AnswerForm = { format: "yaml", contentType: "application/yaml" };

interface Clause {
  readonly type: string;
  readonly q: number;
  readonly params: ReadonlyMap<string, string>;
}

/** The clauses of an Accept header, best first. */
export function parseAccept(header: string): Clause[] {
  const clauses: Clause[] = [];
  for (const part of header.split(",")) {
    const [type, ...rest] = part.split(";").map((s) => s.trim());
    if (!type) continue;
    const params = new Map<string, string>();
    for (const param of rest) {
      const at = param.indexOf("=");
      if (at > 0) params.set(param.slice(0, at).trim(), param.slice(at + 1).trim());
    }
    const q = params.has("q") ? Number(params.get("q")) : 1;
    clauses.push({ type: type.toLowerCase(), q: Number.isNaN(q) ? 1 : q, params });
  }
  return clauses.sort((a, b) => b.q - a.q);
}

const formatOf = (type: string): AnswerForm | undefined => {
  if (type === "*/*" || type === "application/*" || type === "application/json") return plainJson;
  if (type === "application/yaml") return plainYaml;
  return undefined;
};

const conversions = new Set<string>(["Table", "PartialObjectMetadata", "PartialObjectMetadataList"]);

function negotiate(header: string, convertible: boolean): AnswerForm | undefined {
  for (const { type, params } of parseAccept(header)) {
    const form = formatOf(type);
    if (!form) continue;
    const as = params.get("as");
    if (!as) return form;
    const version = params.get("v");
    const known =
      conversions.has(as) && params.get("g") === "meta.k8s.io" && (version === "v1" || version === "v1beta1");
    if (known && convertible) {
      return { ...form, as: { kind: as as ConvertTo, version: version as "v1" | "v1beta1" } };
    }
  }
  return undefined;
}

const written = "application/json, application/yaml";

/** Of a form that is none, a router says so; of a conversion that is none, the server behind it. */
function refusal(header: string, routed: boolean): StatusError {
  const unknown = routed && !parseAccept(header).some(({ type }) => formatOf(type));
  return unknown ? refusedByRouter(written) : notAcceptable(`only the following media types are accepted: ${written}`);
}

/** 406 in the words of upstream's router. @param available media types */
export const refusedByRouter = (available: string): StatusError =>
  new StatusError(406, "NotAcceptable", `406: Not Acceptable\n\nAvailable representations: ${available}`, {});

// Clients send a handful of different headers, again and again.
const known = new Map<string, AnswerForm | undefined>();

/**
 * @param convertible whether this endpoint can answer with tables and partial objects
 * @param routed whether upstream's router looks at the header first: everywhere but in the lists of groups
 * @throws 406 when nothing we can write is accepted
 */
export function negotiateAnswer(header: string | undefined, convertible = true, routed = true): AnswerForm {
  if (!header || header === "*/*" || header === "application/json") return plainJson;
  const cacheKey = convertible ? header : `- ${header}`;
  let form = known.get(cacheKey);
  if (!form) {
    form = negotiate(header, convertible);
    if (!form) throw refusal(header, routed);
    if (known.size < 1000) known.set(cacheKey, form);
  }
  return form;
}

/** Upstream's rule: asked for by `pretty`, or the client is a browser or a person's download tool. */
export function wantsPretty(pretty: string | undefined, userAgent: string | undefined): boolean {
  if (pretty !== undefined) return pretty !== "0" && pretty.toLowerCase() !== "false";
  return userAgent !== undefined && /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent);
}
