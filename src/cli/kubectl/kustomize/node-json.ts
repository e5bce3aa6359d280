/** From nodes to JSON values and back, by the way of YAML text that kustomize takes. */
import { goFloat, resolvePlain } from "../print/go-scalars.ts";
import { fail } from "./failure.ts";
import { Node, newString } from "./node.ts";

export type Value = string | number | bigint | boolean | null | Value[] | { [key: string]: Value };

/** @throws KustomizeError when a scalar is not what its tag says */
export function toValue(node: Node): Value {
  switch (node.kind) {
    case "none":
      return null;
    case "map": {
      const out: { [key: string]: Value } = {};
      for (const [key, value] of node.entries) {
        Object.defineProperty(out, key.value, {
          value: toValue(value),
          enumerable: true,
          writable: true,
          configurable: true,
        });
      }
      return out;
    }
    case "seq":
      return node.items.map(toValue);
    default:
      return scalarValue(node);
  }
}

const quotedTag = /^!!(?:str|binary)?$|^$/;

function scalarValue({ tag, value, style }: Node): Value {
  const isQuoted = style !== "plain" || value.includes("\n");
  const meant = resolvePlain(value, "v3");
  if (tag === "" || tag === meant.tag) return isQuoted ? value : meant.value;
  if (quotedTag.test(tag)) return tag === "!!binary" ? Buffer.from(value, "base64").toString() : value;
  if (tag === "!!float" && meant.tag === "!!int") return meant.value;
  if (!/^!!(?:bool|int|float|null|timestamp)$/.test(tag)) return isQuoted ? value : value;
  return fail(`yaml: cannot decode ${meant.tag} \`${value}\` as a ${tag}`);
}

/** As kyaml makes nodes of a decoded JSON object: integers pass through doubles. */
export function fromValue(value: Value): Node {
  if (Array.isArray(value)) {
    const seq = new Node("seq", "!!seq");
    seq.items = value.map(fromValue);
    return seq;
  }
  if (value === null) return new Node("scalar", "!!null", "null");
  switch (typeof value) {
    case "string": {
      const node = newString(value);
      if (node.style === "plain" && resolvePlain(value, "v3").tag !== "!!str") node.style = "double";
      return node;
    }
    case "boolean":
      return new Node("scalar", "!!bool", String(value));
    case "number":
    case "bigint": {
      const text = goFloat(Number(value));
      return new Node("scalar", resolvePlain(text, "v3").tag, text);
    }
    default: {
      const map = new Node("map", "!!map");
      map.entries = Object.keys(value)
        .sort()
        .map((key) => [newString(key), fromValue(value[key] as Value)]);
      return map;
    }
  }
}
