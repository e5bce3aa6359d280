/** A pattern of paths: `*` and `?` within one name, `**` across names, `[a-z]`. */
export function globPattern(glob: string): RegExp {
  let out = "";
  for (let i = 0; i < glob.length; i++) {
    const c = glob[i] as string;
    if (glob.startsWith("**/", i)) {
      out += "(?:.*/)?";
      i += 2;
    } else if (glob.startsWith("**", i)) {
      out += ".*";
      i++;
    } else if (c === "*") out += "[^/]*";
    else if (c === "?") out += "[^/]";
    else if (c === "[" && glob.indexOf("]", i) > i) {
      const end = glob.indexOf("]", i);
      out += `[${glob
        .slice(i + 1, end)
        .replace(/^!/, "^")
        .replaceAll("\\", "\\\\")}]`;
      i = end;
    } else if (c === "\\" && i + 1 < glob.length) out += (glob[++i] as string).replace(/[^\w]/g, "\\$&");
    else out += c.replace(/[^\w]/g, "\\$&");
  }
  return new RegExp(`^${out}$`);
}

const clean = (path: string) =>
  path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");

/**
 * What a `.dockerignore` leaves out of the build context. The last line that matches a path, or a directory it is in,
 * decides; a line with `!` takes in again.
 */
export function ignoreRules(text: string): (path: string) => boolean {
  const rules = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const negated = line.startsWith("!");
      return { negated, pattern: globPattern(clean(negated ? line.slice(1).trim() : line)) };
    });
  return (path) => {
    const parts = path.split("/");
    const prefixes = parts.map((_, i) => parts.slice(0, i + 1).join("/"));
    let ignored = false;
    for (const { negated, pattern } of rules) if (prefixes.some((prefix) => pattern.test(prefix))) ignored = !negated;
    return ignored;
  };
}
