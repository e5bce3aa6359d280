/** Reading and decoding request bodies: JSON, YAML and protobuf. */
import { badRequest, tooLarge, unsupportedMediaType } from "../../base/errors.ts";
import type { Exchange } from "../transport/exchange.ts";
import { scanJson } from "./json-scan.ts";

/** Upstream's limit for a request body: 3 MiB. */
const maxBodyBytes = 3 * 1024 * 1024;

/** @throws 413 as soon as the body is known to be longer than `limit` */
export function readBody(exchange: Exchange, limit = maxBodyBytes): Promise<Buffer> {
  const over = () => tooLarge(`Request entity too large: limit is ${limit}`);
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
}

const objectTypes = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

export const mediaTypeOf = (contentType: string | undefined): string =>
  (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";

/** @throws 415 naming what is accepted */
export const unknownFormat = (accepted: readonly string[]) =>
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
      return { value: JSON.parse(text), problems: duplicates.map((p) => `duplicate field ${JSON.stringify(p)}`) };
    }
    case "application/yaml": {
      const { parseYaml } = await import("./yaml.ts");
      const result = await parseYaml(bytes.toString("utf8"));
      if ("error" in result) throw unrecognized(`error converting YAML to JSON: ${result.error}`);
      return { value: result.value, problems: yamlProblems(result.duplicates) };
    }
    case "application/vnd.kubernetes.protobuf": {
      const { decodeProtobuf } = await import("../protobuf/decode.ts");
      return { value: decodeProtobuf(bytes), problems: [] };
    }
    default:
      throw unknownFormat(objectTypes);
  }
}

const yamlProblems = (duplicates: readonly string[]): string[] =>
  duplicates.length ? [`yaml: unmarshal errors:\n  ${duplicates.join("\n  ")}`] : [];

/** Decodes the body of a PATCH, whose media type says how it merges. */
export async function decodePatch(bytes: Buffer, type: string): Promise<DecodedBody> {
  const text = bytes.toString("utf8");
  if (type === "application/apply-patch+yaml") {
    // Most clients send JSON, which is YAML, and much faster to read.
    const json = scanJson(text);
    if (!json.error) {
      return { value: JSON.parse(text), problems: json.duplicates.map((p) => `duplicate field ${JSON.stringify(p)}`) };
    }
    const { parseYaml } = await import("./yaml.ts");
    const result = await parseYaml(text);
    if ("error" in result) throw badRequest(`error decoding YAML: ${result.error}`);
    return { value: result.value, problems: yamlProblems(result.duplicates) };
  }
  const { error, duplicates } = scanJson(text);
  if (error) throw badRequest(`error decoding patch: ${error}`);
  return { value: JSON.parse(text), problems: duplicates.map((p) => `duplicate field ${JSON.stringify(p)}`) };
}
