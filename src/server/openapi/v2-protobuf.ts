/**
 * The protobuf form of an OpenAPI v2 document (gnostic's `openapi.v2.Document`), which kubectl asks for. Only the
 * messages and fields that our documents use are here.
 */
import protobuf from "protobufjs/minimal.js";
import type { Json } from "./schemas.ts";

/** Writes a value's fields. Nothing that is absent is written. */
type Write<T> = (writer: protobuf.Writer, value: T) => void;

const text = (writer: protobuf.Writer, number: number, value: unknown): void => {
  if (value !== undefined) writer.uint32((number << 3) | 2).string(String(value));
};
const texts = (writer: protobuf.Writer, number: number, values: unknown): void => {
  for (const value of (values as unknown[] | undefined) ?? []) text(writer, number, value);
};
const flag = (writer: protobuf.Writer, number: number, value: unknown): void => {
  if (value === true) writer.uint32(number << 3).bool(true);
};
const message = <T>(writer: protobuf.Writer, number: number, value: T | undefined, write: Write<T>): void => {
  if (value === undefined) return;
  writer.uint32((number << 3) | 2).fork();
  write(writer, value);
  writer.ldelim();
};
/** Maps are lists of pairs. */
const named = <T>(writer: protobuf.Writer, number: number, map: unknown, write: Write<T>): void => {
  for (const [name, value] of Object.entries((map as Record<string, T> | undefined) ?? {}))
    message(writer, number, value, (pair, item) => {
      text(pair, 1, name);
      message(pair, 2, item, write);
    });
};
/** Free values are YAML text, of which JSON is a part. */
const any: Write<unknown> = (writer, value) => text(writer, 2, JSON.stringify(value));
const extensions = (writer: protobuf.Writer, number: number, value: Json): void =>
  named(writer, number, Object.fromEntries(Object.entries(value).filter(([key]) => key.startsWith("x-"))), any);

const schema: Write<Json> = (writer, value) => {
  text(writer, 1, value.$ref);
  text(writer, 2, value.format);
  text(writer, 4, value.description);
  texts(writer, 19, value.required);
  message(writer, 21, value.additionalProperties as Json | undefined, (w, item) => message(w, 1, item, schema));
  message(writer, 22, value.type, (w, type) => text(w, 1, type));
  message(writer, 23, value.items as Json | undefined, (w, item) => message(w, 1, item, schema));
  message(writer, 25, value.properties as Json | undefined, (w, properties) => named(w, 1, properties, schema));
  extensions(writer, 31, value);
};

const bodyParameter: Write<Json> = (writer, value) => {
  text(writer, 2, value.name);
  text(writer, 3, value.in);
  flag(writer, 4, value.required);
  message(writer, 5, value.schema as Json, schema);
};
/** Parameters in the path lack the field that those in the query have before their type. */
const simpleParameter =
  (typeNumber: number, uniqueNumber: number): Write<Json> =>
  (writer, value) => {
    flag(writer, 1, value.required);
    text(writer, 2, value.in);
    text(writer, 3, value.description);
    text(writer, 4, value.name);
    text(writer, typeNumber, value.type);
    flag(writer, uniqueNumber, value.uniqueItems);
  };
const queryParameter = simpleParameter(6, 20);
const pathParameter = simpleParameter(5, 19);

const parameter: Write<Json> = (writer, value) =>
  message(writer, 1, value, (item) => {
    if (value.in === "body") message(item, 1, value, bodyParameter);
    else
      message(item, 2, value, (other) => {
        if (value.in === "query") message(other, 3, value, queryParameter);
        else message(other, 4, value, pathParameter);
      });
  });

const response: Write<Json> = (writer, value) =>
  message(writer, 1, value, (item) => {
    text(item, 1, value.description);
    message(item, 2, value.schema as Json | undefined, (w, of) => message(w, 1, of, schema));
  });

const operation: Write<Json> = (writer, value) => {
  texts(writer, 1, value.tags);
  text(writer, 3, value.description);
  text(writer, 5, value.operationId);
  texts(writer, 6, value.produces);
  texts(writer, 7, value.consumes);
  for (const item of value.parameters as Json[]) message(writer, 8, item, parameter);
  message(writer, 9, value.responses as Json, (w, responses) => named(w, 1, responses, response));
  texts(writer, 10, value.schemes);
  extensions(writer, 13, value);
};

const methodNumbers = { get: 2, put: 3, post: 4, delete: 5, patch: 8 };

const pathItem: Write<Json> = (writer, value) => {
  for (const [method, number] of Object.entries(methodNumbers))
    message(writer, number, value[method] as Json | undefined, operation);
  for (const item of (value.parameters as Json[] | undefined) ?? []) message(writer, 9, item, parameter);
};

const securityDefinition: Write<Json> = (writer, value) =>
  message(writer, 2, value, (key) => {
    text(key, 1, value.type);
    text(key, 2, value.name);
    text(key, 3, value.in);
    text(key, 4, value.description);
  });

/** @param document as `openapiV2Document` makes it */
export const openapiV2Protobuf = (document: Json): Uint8Array => {
  const writer = protobuf.Writer.create();
  text(writer, 1, document.swagger);
  message(writer, 2, document.info as Json, (w, info) => {
    text(w, 1, info.title);
    text(w, 2, info.version);
  });
  message(writer, 8, document.paths as Json, (w, paths) => named(w, 2, paths, pathItem));
  message(writer, 9, document.definitions as Json, (w, definitions) => named(w, 1, definitions, schema));
  for (const requirement of document.security as Json[])
    message(writer, 12, requirement, (w, item) => named(w, 1, item, (v, scopes) => texts(v, 1, scopes)));
  message(writer, 13, document.securityDefinitions as Json, (w, all) => named(w, 1, all, securityDefinition));
  return writer.finish();
};
