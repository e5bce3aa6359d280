/** Runs a parsed Go template on a value, with the failures of `text/template`. */
import { goText } from "./format.ts";
import { builtins, CallError, type TemplateFunction } from "./functions.ts";
import {
  type AnyNode,
  type Argument,
  type Command,
  type List,
  nodeText,
  type Pipe,
  type TemplateNode,
} from "./nodes.ts";
import { mainTemplate, parseTemplate, type Templates } from "./parse.ts";
import { quote } from "./quote.ts";
import { GoNumber, goInt, isTrue, kindOf, numberOf, sortedEntries, typeOf } from "./values.ts";

export class TemplateExecError extends Error {
  override readonly name = "TemplateExecError";
}

/** A value where it stands: `boxed` when it was taken out of a map or a slice, whose elements have the type `interface {}`. */
interface Value {
  readonly value: unknown;
  readonly boxed: boolean;
}

const plain = (value: unknown): Value => ({ value, boxed: false });
const boxed = (value: unknown): Value => ({ value, boxed: true });
/** What a field that is not there gives. */
const nothing: Value = plain(undefined);
/** A value without its box; a boxed nil becomes nothing. */
const unboxed = ({ value }: Value): Value => plain(value === null ? undefined : value);

const isInvalid = ({ value, boxed }: Value): boolean => value === undefined || (value === null && !boxed);
const goType = ({ value, boxed }: Value): string => (boxed ? "interface {}" : typeOf(value));

class Break extends Error {}
class Continue extends Error {}

const maxDepth = 1000;

export interface GoTemplate {
  /** @param write receives the output piece by piece @throws TemplateExecError when what it says of the value does not fit */
  execute(value: unknown, write: (text: string) => void): void;
}

/**
 * @param allowMissing a missing key prints `<no value>` instead of failing
 * @throws TemplateSyntaxError
 */
export function goTemplate(
  text: string,
  allowMissing: boolean,
  functions: Readonly<Record<string, TemplateFunction>> = {},
): GoTemplate {
  const all = { ...builtins, ...functions };
  const templates = parseTemplate(text, new Set(Object.keys(all)));
  return {
    execute(value, write) {
      const root = templates.get(mainTemplate) as List;
      new Execution({ text, templates, functions: all, allowMissing, write }, mainTemplate, plain(value), 0).walk(
        plain(value),
        root,
      );
    },
  };
}

interface Setting {
  readonly text: string;
  readonly templates: Templates;
  readonly functions: Readonly<Record<string, TemplateFunction>>;
  readonly allowMissing: boolean;
  readonly write: (text: string) => void;
}

class Execution {
  readonly #setting: Setting;
  readonly #template: string;
  readonly #depth: number;
  #node: AnyNode | undefined;
  readonly #variables: { name: string; value: Value }[];

  constructor(setting: Setting, template: string, dot: Value, depth: number) {
    this.#setting = setting;
    this.#template = template;
    this.#depth = depth;
    this.#variables = [{ name: "$", value: dot }];
  }

  #fail(message: string): never {
    const node = this.#node as AnyNode;
    const before = this.#setting.text.slice(0, node.pos);
    const line = before.split("\n").length;
    const column = Buffer.byteLength(before.slice(before.lastIndexOf("\n") + 1));
    throw new TemplateExecError(
      `template: ${mainTemplate}:${line}:${column}: executing ${quote(this.#template)} at <${nodeText(node)}>: ${message}`,
    );
  }

  walk(dot: Value, node: List | TemplateNode): void {
    this.#node = node;
    switch (node.kind) {
      case "list":
        for (const child of node.nodes) this.walk(dot, child);
        return;
      case "text":
        this.#setting.write(node.text);
        return;
      case "action": {
        const value = this.#pipeline(dot, node.pipe);
        if (node.pipe.declared.length > 0) return;
        this.#node = node;
        this.#setting.write(isInvalid(value) ? "<no value>" : goText(value.value));
        return;
      }
      case "if":
      case "with":
        this.#scoped(() => {
          const value = this.#pipeline(dot, node.pipe);
          if (isTrue(value.value)) this.walk(node.kind === "with" ? value : dot, node.list);
          else if (node.otherwise) this.walk(dot, node.otherwise);
        });
        return;
      case "range":
        this.#scoped(() => this.#range(dot, node));
        return;
      case "template":
        this.#call(dot, node);
        return;
      case "break":
        throw new Break();
      case "continue":
        throw new Continue();
    }
  }

  #scoped(work: () => void): void {
    const mark = this.#variables.length;
    try {
      work();
    } finally {
      this.#variables.length = mark;
    }
  }

  #range(dot: Value, node: Extract<TemplateNode, { kind: "if" | "with" | "range" }>): void {
    const { pipe, list, otherwise } = node;
    const { value } = this.#pipeline(dot, pipe);
    const mark = this.#variables.length;
    const iterate = (pairs: Iterable<readonly [Value, Value]>): boolean => {
      let any = false;
      try {
        for (const [index, element] of pairs) {
          any = true;
          this.#setRangeVariables(pipe, index, element);
          try {
            this.walk(element, list);
          } catch (error) {
            if (!(error instanceof Continue)) throw error;
          }
          this.#variables.length = mark;
        }
      } catch (error) {
        if (!(error instanceof Break)) throw error;
      }
      return any;
    };
    let any = false;
    switch (kindOf(value)) {
      case "slice":
        any = iterate((value as unknown[]).map((element, i) => [plain(goInt(i)), boxed(element)] as const));
        break;
      case "map":
        any = iterate(sortedEntries(value as object).map(([key, element]) => [plain(key), boxed(element)] as const));
        break;
      case "int":
      case "uint": {
        if (pipe.declared.length > 1) this.#fail(`can't use ${goText(value)} to iterate over more than one variable`);
        const type = value instanceof GoNumber ? value.type : "int64";
        const count = numberOf(value);
        any = iterate(
          (function* () {
            for (let i = 0; i < count; i++) yield [nothing, plain(new GoNumber(type, i))] as const;
          })(),
        );
        break;
      }
      case "nil":
        break;
      default:
        this.#fail(`range can't iterate over ${goText(value)}`);
    }
    if (!any && otherwise) this.walk(dot, otherwise);
  }

  #setRangeVariables({ declared, assigns }: Pipe, index: Value, element: Value): void {
    const [first, second] = declared;
    if (first === undefined) return;
    if (assigns) {
      this.#setVariable(first, second === undefined ? element : index);
      if (second !== undefined) this.#setVariable(second, element);
      return;
    }
    const top = this.#variables.length;
    (this.#variables[top - 1] as { value: Value }).value = element;
    if (second !== undefined) (this.#variables[top - 2] as { value: Value }).value = index;
  }

  #setVariable(name: string, value: Value): void {
    const found = this.#variables.findLast((v) => v.name === name);
    if (!found) this.#fail(`undefined variable: ${name}`);
    (found as { value: Value }).value = value;
  }

  #call(dot: Value, node: Extract<TemplateNode, { kind: "template" }>): void {
    const list = this.#setting.templates.get(node.name);
    if (!list) this.#fail(`template ${quote(node.name)} not defined`);
    if (this.#depth === maxDepth) this.#fail(`exceeded maximum template depth (100000)`);
    const value = node.pipe ? this.#pipeline(dot, node.pipe) : nothing;
    new Execution(this.#setting, node.name, value, this.#depth + 1).walk(value, list as List);
  }

  #pipeline(dot: Value, pipe: Pipe): Value {
    this.#node = pipe;
    let value: Value | undefined;
    for (const command of pipe.commands) value = unboxed(this.#command(dot, command, value));
    const result = value ?? nothing;
    for (const name of pipe.declared) {
      if (pipe.assigns) this.#setVariable(name, result);
      else this.#variables.push({ name, value: result });
    }
    return result;
  }

  /** @param final what the command before it in the pipeline gave */
  #command(dot: Value, command: Command, final: Value | undefined): Value {
    const { args } = command;
    const first = args[0] as Argument;
    switch (first.kind) {
      case "field":
        return this.#field(dot, first, args, final);
      case "chain":
        return this.#chain(dot, first, args, final);
      case "identifier":
        return this.#function(dot, first, command, args.slice(1), final);
      case "pipe":
        this.#notAFunction(args, final);
        return this.#pipeline(dot, first);
      case "variable":
        return this.#variable(first, args, final);
    }
    this.#node = first;
    this.#notAFunction(args, final);
    if (first.kind === "nil") this.#fail("nil is not a command");
    return this.#literal(dot, first);
  }

  #notAFunction(args: readonly Argument[], final: Value | undefined): void {
    if (args.length > 1 || final !== undefined)
      this.#fail(`can't give argument to non-function ${nodeText(args[0] as Argument)}`);
  }

  #literal(dot: Value, node: Argument): Value {
    switch (node.kind) {
      case "dot":
        return dot;
      case "bool":
        return plain(node.value);
      case "string":
        return plain(node.text);
      case "number":
        this.#node = node;
        if (node.overflow) this.#fail(`${node.text} overflows int`);
        return plain(new GoNumber(node.type, node.value));
      default:
        return this.#fail(`can't handle ${nodeText(node)}`);
    }
  }

  #field(dot: Value, node: Extract<Argument, { kind: "field" }>, args: readonly Argument[], final?: Value): Value {
    this.#node = node;
    return this.#fields(dot, node, node.ident, args, final);
  }

  #variable(node: Extract<Argument, { kind: "variable" }>, args: readonly Argument[], final?: Value): Value {
    this.#node = node;
    const [name = "", ...rest] = node.ident;
    const found = this.#variables.findLast((v) => v.name === name);
    const value = found ? found.value : this.#fail(`undefined variable: ${name}`);
    if (rest.length > 0) return this.#fields(value, node, rest, args, final);
    this.#notAFunction(args, final);
    return value;
  }

  #chain(dot: Value, node: Extract<Argument, { kind: "chain" }>, args: readonly Argument[], final?: Value): Value {
    this.#node = node;
    if (node.node.kind === "nil") this.#fail(`indirection through explicit nil in ${nodeText(node)}`);
    const value = this.#argument(dot, node.node, "any");
    return this.#fields(value, node, node.fields, args, final);
  }

  #fields(
    receiver: Value,
    node: Argument,
    names: readonly string[],
    args: readonly Argument[],
    final: Value | undefined,
  ): Value {
    return names.reduce((value, name, i) => {
      const last = i === names.length - 1;
      return this.#fieldOf(value, node, name, last && (args.length > 1 || final !== undefined));
    }, receiver);
  }

  #fieldOf(receiver: Value, node: Argument, name: string, hasArguments: boolean): Value {
    if (isInvalid(receiver)) {
      if (!this.#setting.allowMissing) this.#fail(`nil data; no entry for key ${quote(name)}`);
      return nothing;
    }
    const { value } = receiver;
    if (value === null) this.#fail(`nil pointer evaluating interface {}.${name}`);
    this.#node = node;
    if (kindOf(value) !== "map") this.#fail(`can't evaluate field ${name} in type ${goType(receiver)}`);
    if (hasArguments) this.#fail(`${name} is not a method but has arguments`);
    const found = Object.hasOwn(value as object, name) ? (value as Record<string, unknown>)[name] : undefined;
    if (found !== undefined) return boxed(found);
    if (!this.#setting.allowMissing) this.#fail(`map has no entry for key ${quote(name)}`);
    return nothing;
  }

  #function(
    dot: Value,
    node: Extract<Argument, { kind: "identifier" }>,
    whole: AnyNode,
    args: readonly Argument[],
    final: Value | undefined,
  ): Value {
    this.#node = node;
    const { name } = node;
    const { parameters, rest, call } = this.#setting.functions[name] as TemplateFunction;
    const given = args.length + (final === undefined ? 0 : 1);
    if (rest !== undefined && given < parameters.length)
      this.#fail(`wrong number of args for ${name}: want at least ${parameters.length} got ${args.length}`);
    if (rest === undefined && given !== parameters.length)
      this.#fail(`wrong number of args for ${name}: want ${parameters.length} got ${given}`);
    if (name === "and" || name === "or") return this.#shortCircuit(dot, name, args, final);
    const typeAt = (i: number) => parameters[i] ?? rest ?? "any";
    const values = args.map((arg, i) => this.#argument(dot, arg, typeAt(i)).value);
    if (final !== undefined) values.push(this.#checked(final, typeAt(args.length)).value);
    if (name === "call") {
      this.#node = whole;
      const [fn] = values;
      const what = `non-function ${args[0] ? nodeText(args[0]) : "nil"} of type ${typeOf(fn)}`;
      this.#fail(`error calling call: ${kindOf(fn) === "nil" ? "call of nil" : what}`);
    }
    try {
      return call(values.map((value) => (value === null ? undefined : value)));
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      this.#node = whole;
      return this.#fail(`error calling ${name}: ${error.message}`);
    }
  }

  #shortCircuit(dot: Value, name: "and" | "or", args: readonly Argument[], final: Value | undefined): Value {
    let value = nothing;
    for (const arg of args) {
      value = this.#argument(dot, arg, "any");
      if (isTrue(value.value) === (name === "or")) return value;
    }
    return final ?? value;
  }

  #argument(dot: Value, node: Argument, type: "any" | "string"): Value {
    this.#node = node;
    switch (node.kind) {
      case "dot":
        return this.#checked(dot, type);
      case "nil":
        return type === "any" ? nothing : this.#fail(`cannot assign nil to ${type}`);
      case "field":
        return this.#checked(this.#field(dot, node, [node]), type);
      case "variable":
        return this.#checked(this.#variable(node, []), type);
      case "pipe":
        return this.#checked(this.#pipeline(dot, node), type);
      case "identifier":
        return this.#checked(this.#function(dot, node, node, [], undefined), type);
      case "chain":
        return this.#checked(this.#chain(dot, node, []), type);
    }
    if (type === "string") {
      if (node.kind !== "string") this.#fail(`expected string; found ${nodeText(node)}`);
      return plain((node as { text: string }).text);
    }
    return this.#literal(dot, node);
  }

  #checked(value: Value, type: "any" | "string"): Value {
    if (type === "any" || kindOf(value.value) === "string") return value;
    if (isInvalid(value)) this.#fail(`invalid value; expected ${type}`);
    const got = value.value === null ? "interface {}" : typeOf(value.value);
    return this.#fail(`wrong type for value; expected ${type}; got ${got}`);
  }
}
