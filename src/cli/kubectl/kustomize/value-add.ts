/** The built-in transformer that writes one value into fields, or into one part of the paths there. */
import { fail } from "./failure.ts";
import { splitPath } from "./field-spec.ts";
import { demandKind, getOrAdd, newScalar, setScalar } from "./node.ts";
import type { Target } from "./res-map.ts";
import type { Resource } from "./resource.ts";
import { moveToNamespace, type Transformer } from "./transformers.ts";

export interface AddedValue {
  readonly value?: string;
  readonly targets?: readonly {
    readonly selector?: Target;
    readonly fieldPath?: string;
    /** From 1: where in the path that stands in the field the value goes. 0 replaces the field. */
    readonly filePathPosition?: number;
  }[];
}

export function addValue({ value = "", targets = [] }: AddedValue): Transformer {
  if (targets.length === 0) fail("must specify at least one target");
  for (const { fieldPath, filePathPosition = 0 } of targets) {
    if (!fieldPath) fail("fieldPath cannot be empty");
    if (filePathPosition < 0) fail(`value of FilePathPosition (${filePathPosition}) cannot be negative`);
  }
  return (map) => {
    for (const { selector, fieldPath = "", filePathPosition = 0 } of targets) {
      for (const resource of selector ? map.select(selector) : [...map.list]) {
        if (fieldPath === "metadata/namespace") moveToNamespace(resource, { namespace: value, fieldSpecs: [] });
        else setAt(resource, fieldPath, value, filePathPosition);
      }
    }
  };
}

function setAt({ node }: Resource, fieldPath: string, value: string, position: number): void {
  const parts = splitPath(fieldPath, "/").filter((part) => part !== "");
  const field = parts.reduce((at, part, i) => getOrAdd(at, part, i === parts.length - 1 ? "scalar" : "map"), node);
  demandKind(field, "scalar");
  setScalar(field, newScalar(position > 0 ? inserted(field.value, position - 1, value) : value));
}

/** A path with one part more. */
function inserted(path: string, position: number, part: string): string {
  if (part === "") return path;
  const parts = path === "" ? [] : path.split("/");
  const absolute = parts[0] === "";
  const at = Math.min(position, parts.length);
  parts.splice(absolute && at < parts.length ? at + 1 : at, 0, part);
  return parts.join("/");
}
