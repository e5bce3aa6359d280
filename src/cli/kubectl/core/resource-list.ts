import { canonicalQuantity } from "../../../api/quantity.ts";
import { CommandError } from "./command.ts";

/** `cpu=100m,memory=256Mi`. @throws CommandError for what is no such list */
export function parseResourceList(text: string): Record<string, string> {
  if (text === "") return {};
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const [resource = "", quantity, ...more] = pair.split("=");
      if (quantity === undefined || more.length > 0)
        throw new CommandError(`Invalid argument syntax ${pair}, expected <resource>=<value>`);
      return [resource, canonicalQuantity(quantity)];
    }),
  );
}
