/** A node as YAML text, the way kyaml prints it in its messages: fields in order, quotes kept. */
import { resolvePlain } from "../print/go-scalars.ts";
import { writeScalar } from "../print/yaml-scalar.ts";
import type { Node } from "./node.ts";

export const nodeText = (node: Node): string => `${lines(node, 0).join("\n")}\n`;

const oldWords = /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/;

function scalar({ tag, value, style }: Node, indent: number, column: number, key: boolean): string {
  const place = { indent, column, key };
  if (style !== "plain") return writeScalar(value, style, place);
  if (value.includes("\n")) return writeScalar(value, "literal", place);
  const meant = resolvePlain(value, "v3").tag;
  const quote = tag === "!!str" && (meant !== "!!str" || oldWords.test(value));
  if (tag !== "" && tag !== "!!str" && tag !== meant) return `${tag} ${writeScalar(value, "plain", place)}`;
  return writeScalar(value, quote && meant !== "!!str" ? "double" : "plain", place);
}

function lines(node: Node, indent: number): string[] {
  const pad = " ".repeat(indent);
  if (node.kind === "map") {
    if (node.entries.length === 0) return [`${pad}{}`];
    return node.entries.flatMap(([key, value]) => {
      const name = scalar(key, indent + 2, indent, true);
      if (value.kind === "scalar" || value.kind === "none" || value.isEmpty) {
        const text = inline(value, indent + 2, indent + name.length + 2);
        return [text === "" ? `${pad}${name}:` : `${pad}${name}: ${text}`];
      }
      return [`${pad}${name}:`, ...lines(value, value.kind === "seq" ? indent : indent + 2)];
    });
  }
  if (node.kind === "seq") {
    if (node.items.length === 0) return [`${pad}[]`];
    return node.items.flatMap((item) => {
      if (item.kind === "scalar" || item.kind === "none" || item.isEmpty)
        return [`${pad}- ${inline(item, indent + 2, indent + 2)}`];
      const [first = "", ...rest] = lines(item, indent + 2);
      return [`${pad}- ${first.slice(indent + 2)}`, ...rest];
    });
  }
  return [pad + inline(node, indent + 2, indent)];
}

function inline(node: Node, indent: number, column: number): string {
  if (node.kind === "none") return "null";
  if (node.kind === "map") return "{}";
  if (node.kind === "seq") return "[]";
  return scalar(node, indent, column, false);
}
