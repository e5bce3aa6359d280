/** Decodes bodies of `application/vnd.kubernetes.protobuf` into the objects that the same bodies in JSON would be. */
import protobuf from "protobufjs/minimal.js";
import type { KubeObject } from "../../api/kind.ts";
import { badRequest, StatusError } from "../../base/errors.ts";
import { rawMessages, specialMessages } from "./special.ts";
import { messageNameOf, type WireField, type WireMessage, wireMessage } from "./table.ts";

/** Begins every encoded object. */
export const protobufPrefix: Uint8Array = Buffer.from("k8s\0");

const hasProtobufPrefix = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 && protobufPrefix.every((byte, i) => bytes[i] === byte);

/**
 * The object, with its `apiVersion` and `kind`.
 * @throws {StatusError} 400 when the bytes are malformed or of no kind that is known
 */
export const decodeProtobuf = (bytes: Uint8Array): KubeObject => {
  try {
    return decodeEnvelope(bytes);
  } catch (error) {
    if (error instanceof StatusError) throw error;
    // The bytes end where a length or a number says that they go on.
    if (error instanceof RangeError) throw badRequest("unable to decode protobuf: unexpected EOF");
    throw badRequest(`unable to decode protobuf: ${error instanceof Error ? error.message : error}`);
  }
};

const decodeEnvelope = (bytes: Uint8Array): KubeObject => {
  if (!hasProtobufPrefix(bytes))
    throw badRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  const reader = protobuf.Reader.create(bytes.subarray(4));
  let apiVersion = "";
  let kind = "";
  let raw: Uint8Array = new Uint8Array();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) {
      const end = reader.uint32() + reader.pos;
      while (reader.pos < end) {
        const inner = reader.uint32();
        if (inner === 10) apiVersion = reader.string();
        else if (inner === 18) kind = reader.string();
        else reader.skipType(inner & 7);
      }
    } else if (tag === 18) raw = reader.bytes();
    else reader.skipType(tag & 7);
  }
  const name = messageNameOf(apiVersion, kind);
  if (!name)
    throw badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  return { apiVersion, kind, ...(decodeMessage(raw, name) as object) };
};

/** A message's JSON value; undefined when JSON leaves it out. */
const decodeMessage = (bytes: Uint8Array, name: string): unknown => {
  if (rawMessages.has(name)) return decodeRaw(bytes);
  const message = wireMessage(name);
  if (!message) throw new Error(`unknown message ${name}`);
  const fields = decodeFields(bytes, message);
  const special = specialMessages.get(name);
  return special ? special.toJson(fields) : fields;
};

const decodeRaw = (bytes: Uint8Array): unknown => {
  const reader = protobuf.Reader.create(bytes);
  let raw: Uint8Array | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) raw = reader.bytes();
    else reader.skipType(tag & 7);
  }
  if (!raw || raw.length === 0) return undefined;
  if (hasProtobufPrefix(raw)) return decodeEnvelope(raw);
  return JSON.parse(Buffer.from(raw).toString("utf8"));
};

const decodeFields = (bytes: Uint8Array, message: WireMessage): Record<string, unknown> => {
  const out: Record<string, unknown> = {};
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const field = message.byNumber.get(tag >>> 3);
    if (!field) reader.skipType(tag & 7);
    else if (field.map) addEntry(out, field, reader.bytes());
    else if (field.repeated) addItems(out, field, reader, tag & 7);
    else if (field.embedded) Object.assign(out, decodeMessage(reader.bytes(), field.type));
    else {
      const value = readValue(reader, field.type);
      const absent = value === undefined || (!field.keepsZero && (value === "" || value === 0 || value === false));
      if (absent) delete out[field.name];
      else out[field.name] = value;
    }
  }
  return out;
};

const addItems = (out: Record<string, unknown>, field: WireField, reader: protobuf.Reader, wireType: number) => {
  const items = (out[field.name] ?? []) as unknown[];
  out[field.name] = items;
  if (wireType === 2 && isNumber(field.type)) {
    const end = reader.uint32() + reader.pos;
    while (reader.pos < end) items.push(readValue(reader, field.type));
  } else items.push(readValue(reader, field.type));
};

const addEntry = (out: Record<string, unknown>, field: WireField, bytes: Uint8Array) => {
  const reader = protobuf.Reader.create(bytes);
  let key = "";
  let value = zeroOf(field.type);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) key = reader.string();
    else if (tag >>> 3 === 2) value = readValue(reader, field.type);
    else reader.skipType(tag & 7);
  }
  const map = (out[field.name] ?? {}) as object;
  out[field.name] = map;
  Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true });
};

const isNumber = (type: string): boolean => /^(u?int|s?fixed|sint)(32|64)$|^(bool|double|float)$/.test(type);

const zeroOf = (type: string): unknown => {
  if (type === "string" || type === "bytes") return "";
  return type === "bool" ? false : isNumber(type) ? 0 : decodeMessage(new Uint8Array(), type);
};

/** A 64-bit integer; the reader gives an object for it. */
const integer = (value: unknown): number => (typeof value === "number" ? value : Number(String(value)));

const readValue = (reader: protobuf.Reader, type: string): unknown => {
  switch (type) {
    case "string":
      return reader.string();
    case "bytes":
      return Buffer.from(reader.bytes()).toString("base64");
    case "bool":
      return reader.bool();
    case "int32":
      return reader.int32();
    case "uint32":
      return reader.uint32();
    case "int64":
      return integer(reader.int64());
    case "uint64":
      return integer(reader.uint64());
    case "double":
      return reader.double();
    case "float":
      return reader.float();
    default:
      return decodeMessage(reader.bytes(), type);
  }
};
