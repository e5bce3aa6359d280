/** Reading and decoding request bodies: JSON, YAML and protobuf. */
import { unknownFieldText } from "../../api/schema/decode.ts";
import { badRequest, StatusError, tooLarge, unsupportedMediaType } from "../../base/errors.ts";
import { parseJson, scanJson, tooDeep } from "../../base/json-scan.ts";
import type { Exchange } from "../transport/exchange.ts";

/** Upstream's limit for a request body: 3 MiB. */
const maxBodyBytes = 3 * 1024 * 1024;

/** @throws 413 as soon as the body is known to be longer than `limit` */
export function readBody(exchange: Exchange, limit = maxBodyBytes): Promise<Buffer> {
  const over = () => tooLarge(`limit is ${limit}`);
  if (Number(exchange.headers["content-length"]) > limit) return Promise.reject(over());
  const { body } = exchange;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const cleanUp = () => {
      body.off("data", onData);
      body.off("end", onEnd);
      body.off("close", onClose);
      body.off("error", onClose);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size > limit) {
        cleanUp();
        body.pause();
        reject(over());
      } else chunks.push(chunk);
    };
    const onEnd = () => {
      cleanUp();
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    };
    const onClose = () => {
      cleanUp();
      reject(badRequest("unexpected EOF"));
    };
    body.on("data", onData);
    body.on("end", onEnd);
    body.on("close", onClose);
    body.on("error", onClose);
  });
}

export interface DecodedBody {
  readonly value: unknown;
  /** Duplicate fields, each as one sentence without capital: `duplicate field "spec.replicas"`. */
  readonly problems: readonly string[];
  /** Puts these and {@link unknownFieldText}s in the order of the text; absent where these are said first. */
  readonly inOrder?: (problems: readonly string[]) => readonly string[];
}

const objectTypes = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

export const mediaTypeOf = (contentType: string | undefined): string =>
  (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";

/** @throws 415 naming what is accepted */
const unknownFormat = (accepted: readonly string[]) =>
  unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );

/** How upstream quotes a body that it can't make sense of. */
function summarize(bytes: Buffer): string {
  const max = 30;
  if (!bytes.length) return "<empty>";
  const shorten = (text: string) => (bytes.length > max ? `${text} ...` : text);
  const head = bytes.subarray(0, max);
  return shorten(bytes[0] === 0x7b ? head.toString("utf8") : head.toString("hex"));
}

/**
 * Decodes an object that a client sent.
 * @param kind for messages: the kind that was expected
 * @throws 400 when malformed, 415 for another media type
 */
export async function decodeObject(bytes: Buffer, contentType: string | undefined, kind: string): Promise<DecodedBody> {
  const unrecognized = (why: string) =>
    badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${summarize(bytes)})`);
  switch (mediaTypeOf(contentType)) {
    case "":
    case "application/json": {
      const text = bytes.toString("utf8");
      const { error, duplicates } = scanJson(text);
      if (error) throw unrecognized(`couldn't get version/kind; json parse error: ${error}`);
      const inOrder = duplicates.length > 0 && { inOrder: textOrder(text) };
      return typed({ value: parseJson(text), problems: duplicateTexts(duplicates), ...inOrder }, unrecognized);
    }
    case "application/yaml": {
      const { parseYaml } = await import("./yaml.ts");
      const result = await parseYaml(bytes.toString("utf8"));
      if ("error" in result) throw unrecognized(result.error);
      return typed({ value: result.value, problems: result.duplicates }, unrecognized);
    }
    case "application/vnd.kubernetes.protobuf": {
      const { decodeProtobuf } = await import("../protobuf/decode.ts");
      try {
        return { value: decodeProtobuf(bytes), problems: [] };
      } catch (error) {
        throw error instanceof StatusError ? unrecognized(error.message) : error;
      }
    }
    default:
      throw unknownFormat(objectTypes);
  }
}

/** Go prints the type that it looks for the version and kind with. */
const headerType =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** The body as an object whose version and kind can be read; null stands for an empty one, as in Go. */
function typed(body: DecodedBody, unrecognized: (why: string) => Error): DecodedBody {
  const { value, problems } = body;
  if (value === null) return { value: {}, problems };
  const wrong = (what: unknown, into: string) =>
    unrecognized(`couldn't get version/kind; json parse error: json: cannot unmarshal ${goKind(what)} into ${into}`);
  if (typeof value !== "object" || Array.isArray(value)) throw wrong(value, `Go value of type ${headerType}`);
  for (const field of ["apiVersion", "kind"]) {
    const text = (value as Record<string, unknown>)[field];
    if (typeof text !== "string" && text !== undefined && text !== null) {
      throw wrong(text, `Go struct field .${field} of type string`);
    }
  }
  return body;
}

const goKind = (value: unknown): string =>
  Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;

const duplicateText = (path: string): string => `duplicate field ${JSON.stringify(path)}`;
const duplicateTexts = (paths: readonly string[]): string[] => paths.map(duplicateText);

const textOrder = (text: string) => (problems: readonly string[]) => {
  const places = new Map<string, number>();
  scanJson(text, (path, again) => {
    const problem = again ? duplicateText(path) : unknownFieldText(path);
    if (!places.has(problem)) places.set(problem, places.size);
  });
  return [...problems].sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
};

const yamlProblems = (duplicates: readonly string[]): string[] =>
  duplicates.length ? [`yaml: unmarshal errors:\n  ${duplicates.join("\n  ")}`] : [];

const jsonType = "application/json-patch+json";
const strategicType = "application/strategic-merge-patch+json";

/** Decodes the body of a PATCH, whose media type says how it merges. */
export async function decodePatch(bytes: Buffer, type: string): Promise<DecodedBody> {
  const text = bytes.toString("utf8");
  if (type === "application/apply-patch+yaml") {
    // Most clients send JSON, which is YAML, and much faster to read.
    const json = scanJson(text);
    if (!json.error) {
      return { value: parseJson(text), problems: duplicateTexts(json.duplicates) };
    }
    if (json.error === tooDeep)
      throw badRequest(`error decoding YAML: error converting YAML to JSON: yaml: ${tooDeep}`);
    const { parseYaml } = await import("./yaml.ts");
    const result = await parseYaml(text);
    if ("error" in result) throw badRequest(`error decoding YAML: error converting YAML to JSON: ${result.error}`);
    return { value: result.value, problems: yamlProblems(result.duplicates) };
  }
  const { error, duplicates } = scanJson(text);
  if (error) throw badRequest(type === strategicType ? error : `error decoding patch: ${error}`);
  const problems = duplicateTexts(duplicates);
  return { value: parseJson(text), problems: type === jsonType ? problems.map((p) => `json patch ${p}`) : problems };
}
