/** `--for`: what is waited for. */
import { CommandError } from "../../core/command.ts";
import type { LiveObject } from "../../core/find-objects.ts";
import { goText } from "../../print/go/format.ts";
import { kindOf } from "../../print/go/values.ts";
import { PathError } from "../../print/jsonpath/evaluate.ts";
import { compilePath, relaxedPath } from "../../print/jsonpath/relaxed.ts";

export type Awaited =
  | { readonly kind: "delete" }
  | { readonly kind: "create" }
  | {
      readonly kind: "state";
      /** @throws CommandError when the question does not fit the object */
      holds(object: LiveObject): boolean;
    };

/** @throws CommandError */
export function parseCondition(text: string): Awaited {
  const lower = text.toLowerCase();
  if (lower === "delete" || lower === "create") return { kind: lower };
  if (text.startsWith("condition=")) {
    const rest = text.slice("condition=".length);
    const equals = rest.indexOf("=");
    const name = equals < 0 ? rest : rest.slice(0, equals);
    const status = equals < 0 ? "true" : rest.slice(equals + 1);
    return { kind: "state", holds: (object) => hasCondition(object, name, status) };
  }
  if (text.startsWith("jsonpath=")) return pathCondition(text.slice("jsonpath=".length));
  throw new CommandError(`unrecognized condition: ${JSON.stringify(text)}`);
}

interface Condition {
  readonly type?: unknown;
  readonly status?: unknown;
  readonly observedGeneration?: unknown;
}

const sameText = (a: unknown, b: string): boolean => typeof a === "string" && a.toLowerCase() === b.toLowerCase();

/** A condition that was seen for an older generation of the object does not count. */
function hasCondition({ metadata, status }: LiveObject, name: string, wanted: string): boolean {
  const { conditions, observedGeneration } = (status ?? {}) as {
    conditions?: readonly Condition[];
    observedGeneration?: unknown;
  };
  if (conditions !== undefined && !Array.isArray(conditions)) {
    const shown = `${goText(conditions)} is of the type ${kindOf(conditions) === "map" ? "map[string]interface {}" : kindOf(conditions)}`;
    throw new CommandError(`.status.conditions accessor error: ${shown}, expected []interface{}`);
  }
  const found = conditions?.find((c) => sameText(c.type, name) && typeof c.status === "string");
  if (!found) return false;
  const observed = found.observedGeneration ?? observedGeneration;
  if (metadata.generation !== undefined && typeof observed === "number" && observed < metadata.generation) return false;
  return sameText(found.status, wanted);
}

function pathCondition(input: string): Awaited {
  // A double equals sign belongs to a filter, a single one parts path and value.
  const parts = input.split(/(?<!=)=(?!=)/);
  if (parts.length > 2) {
    throw new CommandError(
      "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
    );
  }
  const path = relaxedPath(parts[0] ?? "");
  const value = parts[1]?.replace(/^['"]+|['"]+$/g, "");
  if (value === "") {
    throw new CommandError(
      "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
    );
  }
  if (path === "") throw new CommandError("jsonpath expression cannot be empty");
  const compiled = compilePath(path);
  return {
    kind: "state",
    holds(object) {
      let found: readonly (readonly unknown[])[];
      try {
        found = compiled.find(object);
      } catch (error) {
        throw error instanceof PathError ? new CommandError(error.message) : error;
      }
      const [first = []] = found;
      if (first.length === 0) return false;
      if (found.length > 1) throw new CommandError("given jsonpath expression matches more than one list");
      if (first.length > 1) throw new CommandError("given jsonpath expression matches more than one value");
      if (value === undefined) return true;
      const kind = kindOf(first[0]);
      if (kind === "map" || kind === "slice")
        throw new CommandError("jsonpath leads to a nested object or list which is not supported");
      return goText(first[0]).trim() === value.trim();
    },
  };
}
