/** Encodes objects as `application/vnd.kubernetes.protobuf`, for clients that accept nothing else. */
import protobuf from "protobufjs/minimal.js";
import type { KubeObject } from "../../api/kind.ts";
import { protobufPrefix } from "./decode.ts";
import { rawMessages, specialMessages } from "./special.ts";
import { messageNameOf, type WireField, wireMessage } from "./table.ts";

/** Can objects of this kind be written in protobuf? Custom resources can't. */
export const hasProtobuf = (apiVersion: string, kind: string): boolean => messageNameOf(apiVersion, kind) !== undefined;

/**
 * The `k8s\0` envelope with the object in it.
 * @throws Error when the kind has no protobuf form: ask {@link hasProtobuf} first
 */
export const encodeProtobuf = (object: Readonly<KubeObject>): Uint8Array => {
  const { apiVersion = "", kind = "" } = object;
  const name = messageNameOf(apiVersion, kind);
  if (!name) throw new Error(`${apiVersion} ${kind} has no protobuf form`);
  const writer = protobuf.Writer.create();
  writer.uint32(10).fork();
  writer.uint32(10).string(apiVersion).uint32(18).string(kind).ldelim();
  writer.uint32(18).fork();
  writeMessage(writer, object, name);
  writer.ldelim();
  return Buffer.concat([protobufPrefix, writer.finish()]);
};

const writeMessage = (writer: protobuf.Writer, value: unknown, name: string): void => {
  if (rawMessages.has(name)) {
    writer.uint32(10).bytes(Buffer.from(JSON.stringify(value)));
    return;
  }
  const message = wireMessage(name);
  if (!message) throw new Error(`unknown message ${name}`);
  const special = specialMessages.get(name);
  const object = (special ? special.fromJson(value) : value) as Readonly<Record<string, unknown>>;
  for (const field of message.fields) {
    if (field.embedded) writeEmbedded(writer, object, field);
    else if (object[field.name] !== undefined && object[field.name] !== null)
      writeField(writer, object[field.name], field);
  }
};

const writeEmbedded = (writer: protobuf.Writer, object: Readonly<Record<string, unknown>>, field: WireField) => {
  const inner = protobuf.Writer.create();
  writeMessage(inner, object, field.type);
  const bytes = inner.finish();
  if (bytes.length > 0) writer.uint32((field.number << 3) | 2).bytes(bytes);
};

const writeField = (writer: protobuf.Writer, value: unknown, field: WireField): void => {
  if (field.repeated) for (const item of value as unknown[]) writeValue(writer, field.number, item, field.type);
  else if (field.map) {
    const map = value as Record<string, unknown>;
    for (const key of Object.keys(map).sort()) {
      writer.uint32((field.number << 3) | 2).fork();
      writer.uint32(10).string(key);
      writeValue(writer, 2, map[key], field.type);
      writer.ldelim();
    }
  } else writeValue(writer, field.number, value, field.type);
};

const wireTypes: Readonly<Record<string, number>> = {
  ...{ bool: 0, int32: 0, int64: 0, uint32: 0, uint64: 0 },
  ...{ double: 1, float: 5 },
};

const writeValue = (writer: protobuf.Writer, number: number, value: unknown, type: string): void => {
  writer.uint32((number << 3) | (wireTypes[type] ?? 2));
  switch (type) {
    case "string":
      writer.string(String(value));
      return;
    case "bytes":
      writer.bytes(Buffer.from(String(value), "base64"));
      return;
    case "bool":
      writer.bool(value === true);
      return;
    case "int32":
    case "int64":
    case "uint32":
    case "uint64":
      writer[type](Number(value));
      return;
    case "double":
    case "float":
      writer[type](Number(value));
      return;
    default:
      writer.fork();
      writeMessage(writer, value, type);
      writer.ldelim();
  }
};
