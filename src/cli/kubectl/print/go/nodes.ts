/** The parts of a parsed Go template, and how each is written in an error message. */
import { quote } from "./quote.ts";

interface At {
  /** Index into the template. */
  readonly pos: number;
}

export type Argument = (
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "dot" }
  | { readonly kind: "nil" }
  | {
      readonly kind: "number";
      readonly text: string;
      readonly value: number;
      readonly type: "int" | "float64";
      readonly overflow?: boolean;
    }
  | { readonly kind: "string"; readonly quoted: string; readonly text: string }
  | { readonly kind: "field"; readonly ident: readonly string[] }
  | { readonly kind: "variable"; readonly ident: readonly string[] }
  | { readonly kind: "chain"; readonly node: Argument; readonly fields: readonly string[] }
  | { readonly kind: "identifier"; readonly name: string }
  | Pipe
) &
  At;

export interface Command extends At {
  readonly kind: "command";
  readonly args: readonly Argument[];
}

export interface Pipe extends At {
  readonly kind: "pipe";
  readonly declared: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

export type TemplateNode = (
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipe: Pipe }
  | {
      readonly kind: "if" | "with" | "range";
      readonly pipe: Pipe;
      readonly list: List;
      readonly otherwise: List | undefined;
    }
  | { readonly kind: "template"; readonly name: string; readonly pipe: Pipe | undefined }
  | { readonly kind: "break" | "continue" }
  | { readonly kind: "end" | "else" }
) &
  At;

export interface List extends At {
  readonly kind: "list";
  readonly nodes: readonly TemplateNode[];
}

export type AnyNode = Argument | Command | TemplateNode | List;

/** Blank text, or nothing. */
export const isEmpty = (list: List): boolean =>
  list.nodes.every((node) => node.kind === "text" && node.text.trim() === "");

export function nodeText(node: AnyNode): string {
  switch (node.kind) {
    case "text":
      return node.text;
    case "list":
      return node.nodes.map(nodeText).join("");
    case "action":
      return `{{${nodeText(node.pipe)}}}`;
    case "if":
    case "with":
    case "range": {
      const otherwise = node.otherwise ? `{{else}}${nodeText(node.otherwise)}` : "";
      return `{{${node.kind} ${nodeText(node.pipe)}}}${nodeText(node.list)}${otherwise}{{end}}`;
    }
    case "template":
      return `{{template ${quote(node.name)}${node.pipe ? ` ${nodeText(node.pipe)}` : ""}}}`;
    case "break":
    case "continue":
    case "end":
    case "else":
      return `{{${node.kind}}}`;
    case "command":
      return node.args.map((arg) => (arg.kind === "pipe" ? `(${nodeText(arg)})` : nodeText(arg))).join(" ");
    case "pipe": {
      const declared = node.declared.length > 0 ? `${node.declared.join(", ")} ${node.assigns ? "=" : ":="} ` : "";
      return declared + node.commands.map(nodeText).join(" | ");
    }
    case "bool":
      return String(node.value);
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "number":
      return node.text;
    case "string":
      return node.quoted;
    case "field":
      return node.ident.map((name) => `.${name}`).join("");
    case "variable":
      return node.ident.join(".");
    case "chain":
      return (
        (node.node.kind === "pipe" ? `(${nodeText(node.node)})` : nodeText(node.node)) +
        node.fields.map((name) => `.${name}`).join("")
      );
    case "identifier":
      return node.name;
  }
}
