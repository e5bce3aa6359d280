/**
 * Decodes JSON values into API types as Go's decoder does: unknown fields are dropped and named, null and empty
 * optional values are left out, times and quantities become canonical, and a value of the wrong type is an error in
 * Go's words. A decoder is compiled once per type, because every write passes through here.
 */
import type { KubeObject } from "../kind.ts";
import { fieldOfCode } from "./code.ts";
import {
  conversionText,
  DecodeError,
  goKind,
  isInteger,
  isRounded,
  readBase64,
  readIntOrString,
  readMicroTime,
  readQuantity,
  readTime,
} from "./go-values.ts";
import { type CompactType, compactTypeOf } from "./lookup.ts";
import type { FieldSchema } from "./schema.ts";

export interface Decoded<T extends KubeObject = KubeObject> {
  /** A new object that shares nothing with the input. */
  readonly object: T;
  /** Paths of the fields that were dropped, in order of appearance: `spec.containers[0].foo`. At most 100. */
  readonly unknownFields: readonly string[];
}

/** Where the decoder is. */
interface Context {
  readonly unknown: string[];
  /** Fields as `.name`, indices as numbers, keys of maps as `\0key`. */
  readonly path: (string | number)[];
  /** Name of the innermost Go struct. */
  struct: string;
}

/** Returns undefined for a value that is left out. */
type Decoder = (value: unknown, context: Context) => unknown;

const maxUnknown = 100;

/**
 * @param schemaType full name of a built-in type
 * @throws {DecodeError} when a value has the wrong type
 */
export const decodeTyped = <T extends KubeObject>(schemaType: string, value: unknown): Decoded<T> => {
  const context: Context = { unknown: [], path: [], struct: "" };
  return { object: decoderOf(schemaType)(value, context) as T, unknownFields: context.unknown };
};

/** One problem of strict decoding, also the text of a warning. */
export const unknownFieldText = (path: string): string => `unknown field ${JSON.stringify(path)}`;

const pathText = (path: readonly (string | number)[], last: string): string => {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += part.startsWith("\0") ? `.${part.slice(1)}` : part;
  }
  return `${text}.${last}`.slice(1);
};

type Shape = Parameters<typeof conversionText>[1];

/** A value whose JSON type is wrong. A number of the wrong kind is named itself. */
const typeError = (value: unknown, shape: Shape, goType: string, context: Context, numeric = false): DecodeError => {
  const fields = context.path.filter((part) => typeof part === "string" && part.startsWith(".")).join("");
  const into = fields ? `Go struct field ${context.struct}${fields}` : "Go value";
  const what = numeric ? `number ${value}` : goKind(value);
  const message = `json: cannot unmarshal ${what} into ${into} of type ${goType}`;
  return new DecodeError(message, conversionText(value, shape, goType));
};

/** A number that is not what the client wrote: to refuse it is better than to keep another. */
const roundedError = (value: number, goType: string, context: Context): DecodeError => {
  const { message } = typeError(value, "scalar", goType, context);
  return new DecodeError(`${message}: integers beyond 9007199254740991 would be rounded`);
};

const decoders = new Map<string, Decoder>();

const decoderOf = (typeName: string): Decoder => {
  let decoder = decoders.get(typeName);
  if (!decoder) {
    const type = compactTypeOf(typeName);
    if (!type) throw new Error(`there is no API type ${typeName}`);
    decoder = structDecoder(typeName, type);
    decoders.set(typeName, decoder);
  }
  return decoder;
};

const structDecoder = (typeName: string, type: CompactType): Decoder => {
  const struct = typeName.slice(typeName.lastIndexOf(".") + 1);
  const goType = goTypeOfRef(typeName);
  const fields = new Map<string, { readonly step: string; readonly decode: Decoder }>();
  for (const [name, code] of Object.entries(type.f)) {
    const keepEmpty = type.r?.includes(name) ?? false;
    // Compiled on first use: types refer to themselves and to far more types than any one object uses.
    let compiled: Decoder | undefined;
    fields.set(name, {
      step: `.${name}`,
      decode: (value, context) => {
        compiled ??= fieldDecoder(code, type.g?.[name], keepEmpty);
        return compiled(value, context);
      },
    });
  }
  return (value, context) => {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw typeError(value, "struct", goType, context);
    const outer = context.struct;
    context.struct = struct;
    const out: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const field = fields.get(key);
      if (!field) {
        if (context.unknown.length < maxUnknown) context.unknown.push(pathText(context.path, key));
        continue;
      }
      const item = (value as Record<string, unknown>)[key];
      if (item === null || item === undefined) continue;
      context.path.push(field.step);
      const decoded = field.decode(item, context);
      context.path.pop();
      if (decoded !== undefined) out[key] = decoded;
    }
    context.struct = outer;
    return out;
  };
};

const goTypeOfRef = (typeName: string): string => typeName.split(".").slice(-2).join(".");

const goTypeOf = (schema: FieldSchema, named?: string): string => {
  if (named) return named;
  switch (schema.type) {
    case "string":
      if (schema.format === "byte") return "[]uint8";
      if (schema.format === "quantity") return "resource.Quantity";
      return schema.format === "int-or-string" ? "intstr.IntOrString" : "string";
    case "integer":
      return schema.format;
    case "number":
      return "float64";
    case "boolean":
      return "bool";
    case "any":
      return "interface {}";
    case "ref":
      return goTypeOfRef(schema.ref);
    case "map":
      return `map[string]${goTypeOf(schema.values)}`;
    case "array":
      return `[]${goTypeOf(schema.items)}`;
  }
};

/** The decoder of a field: that of its value, less the zero and empty values that Go leaves out. */
const fieldDecoder = (code: string, named: string | undefined, keepEmpty: boolean): Decoder => {
  const schema = fieldOfCode(code);
  const decode = valueDecoder(schema, named);
  if (code.startsWith("~"))
    return (value, context) => {
      const decoded = decode(value, context);
      return decoded === "" || decoded === 0 || decoded === false ? undefined : decoded;
    };
  if (keepEmpty) return decode;
  if (schema.type === "array")
    return (value, context) => {
      const decoded = decode(value, context) as unknown[];
      return decoded.length === 0 ? undefined : decoded;
    };
  if (schema.type === "map")
    return (value, context) => {
      const decoded = decode(value, context) as object;
      for (const _ in decoded) return decoded;
      return undefined;
    };
  return decode;
};

const valueDecoder = (schema: FieldSchema, named?: string): Decoder => {
  const goType = goTypeOf(schema, named);
  switch (schema.type) {
    case "any":
      return copy;
    case "boolean":
      return (value, context) => {
        if (typeof value !== "boolean") throw typeError(value, "scalar", goType, context);
        return value;
      };
    case "number":
      return (value, context) => {
        if (typeof value !== "number") throw typeError(value, "scalar", goType, context);
        return value;
      };
    case "integer":
      return integerDecoder(schema.format === "int32" ? 31 : 63, goType);
    case "string":
      return stringDecoder(schema.format, goType);
    case "ref":
      return decoderOf(schema.ref);
    case "array":
      return arrayDecoder(schema.items, named);
    case "map":
      return mapDecoder(schema.values, goType);
  }
};

const integerDecoder =
  (bits: number, goType: string): Decoder =>
  (value, context) => {
    if (typeof value !== "number") throw typeError(value, "scalar", goType, context);
    if (isRounded(value) && bits > 31) throw roundedError(value, goType, context);
    if (!isInteger(value, bits)) throw typeError(value, "scalar", goType, context, true);
    return value;
  };

type StringFormat = (FieldSchema & { type: "string" })["format"];

const stringDecoder = (format: StringFormat, goType: string): Decoder => {
  switch (format) {
    case "date-time":
      return readTime;
    case "micro-time":
      return readMicroTime;
    case "quantity":
      return (value, context) => {
        if (typeof value === "number" && isRounded(value)) throw roundedError(value, goType, context);
        return readQuantity(value);
      };
    case "int-or-string":
      return readIntOrString;
    default:
      return (value, context) => {
        if (typeof value !== "string") throw typeError(value, "scalar", goType, context);
        return format === "byte" ? readBase64(value) : value;
      };
  }
};

/** What Go makes of a null inside a list or a map. */
const zeroOf = (schema: FieldSchema): unknown => {
  switch (schema.type) {
    case "string":
      return schema.format === "quantity" ? "0" : "";
    case "integer":
    case "number":
      return 0;
    case "boolean":
      return false;
    case "any":
      return null;
    case "array":
      return [];
    default:
      return {};
  }
};

const arrayDecoder = (items: FieldSchema, named: string | undefined): Decoder => {
  const goType = `[]${goTypeOf(items, named)}`;
  const decode = valueDecoder(items, named);
  return (value, context) => {
    if (!Array.isArray(value)) throw typeError(value, "slice", goType, context);
    const out: unknown[] = new Array(value.length);
    for (let i = 0; i < value.length; i++) {
      context.path.push(i);
      out[i] = value[i] === null ? zeroOf(items) : decode(value[i], context);
      context.path.pop();
    }
    return out;
  };
};

const mapDecoder = (values: FieldSchema, goType: string): Decoder => {
  const decode = valueDecoder(values);
  return (value, context) => {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw typeError(value, "map", goType, context);
    const out: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const item = (value as Record<string, unknown>)[key];
      if (item === undefined) continue;
      context.path.push(`\0${key}`);
      const decoded = item === null ? zeroOf(values) : decode(item, context);
      context.path.pop();
      setOwn(out, key, decoded);
    }
    return out;
  };
};

/** A key from outside may be `__proto__`. */
const setOwn = (out: Record<string, unknown>, key: string, value: unknown): void => {
  if (key === "__proto__") Object.defineProperty(out, key, { value, enumerable: true, writable: true });
  else out[key] = value;
};

/** A value of free form. */
const copy: Decoder = (value, context) => {
  if (typeof value === "number" && isRounded(value)) throw roundedError(value, "interface {}", context);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => copy(item, context));
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) setOwn(out, key, copy(item, context));
  return out;
};
