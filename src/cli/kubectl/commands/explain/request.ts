/** `TYPE.field.field`: which resource is meant and which of its fields. */
import { BareError, CommandError } from "../../core/command.ts";
import type { Discovery, ServedResource } from "../../core/discovery.ts";
import { resourceText } from "../../core/discovery.ts";
import { MalformedPath, type Node, parseJsonPath } from "../../print/jsonpath/parse.ts";

export interface ExplainRequest {
  readonly resource: ServedResource;
  readonly fields: readonly string[];
}

function nodesOf(text: string): readonly Node[] {
  try {
    const [list, ...more] = parseJsonPath(`{.${text.replace(/\.$/, "")}}`).nodes;
    if (more.length > 0 || list?.type !== "list") throw new CommandError("must pass in 1 jsonpath string");
    return list.nodes;
  } catch (error) {
    throw error instanceof MalformedPath ? new CommandError(error.message) : error;
  }
}

/** @param whole does the type come without its group? @throws CommandError */
export function parseRequest(text: string, discovery: Discovery, whole: boolean): ExplainRequest {
  const nodes = nodesOf(text);
  const [first] = nodes;
  if (first?.type !== "field") throw new CommandError("invalid jsonpath syntax, first node must be field node");
  const candidates = candidatesFor(first.name, discovery);
  const fields = (of: readonly Node[]) =>
    of.map((node) => {
      if (node.type === "field") return node.name;
      throw new CommandError(
        `invalid jsonpath syntax, ${whole ? "all nodes must be field nodes" : "first node must be field node"}`,
      );
    });
  const [preferred] = candidates as [ServedResource];
  if (whole) return { resource: preferred, fields: fields(nodes.slice(1)) };
  const spelled = candidates.find((r) => text.startsWith(resourceText(r)));
  if (!spelled) return { resource: preferred, fields: fields(nodes.slice(1)) };
  const rest = text.slice(resourceText(spelled).length);
  return { resource: spelled, fields: rest === "" ? [] : fields(nodesOf(rest).slice(1)) };
}

/** All resources of a name, whatever their group, the preferred first. @throws BareError when there is none */
function candidatesFor(name: string, { resources }: Discovery): readonly ServedResource[] {
  const asked = name.toLowerCase();
  const named = resources.filter((r) => r.plural === asked || r.singular === asked);
  const short = resources.find((r) => r.shortNames.includes(asked));
  const found = named.length > 0 ? named : short ? resources.filter((r) => r.plural === short.plural) : [];
  if (found.length === 0) throw new BareError(`the server doesn't have a resource type ${JSON.stringify(asked)}`);
  return found;
}
