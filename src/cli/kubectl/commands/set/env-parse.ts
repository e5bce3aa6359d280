/** `NAME=value`, `NAME-` and `-` (from standard input) behind the resources of `set env`. */
import type { Readable } from "node:stream";
import type { EnvVar } from "../../../../api/generated/types.ts";
import { checkEnvVarName } from "../../../../api/names.ts";
import { CommandError } from "../../core/command.ts";

const isEnv = (word: string): boolean => /^.+=.*$/s.test(word) || word.endsWith("-");

/** @returns undefined when a resource comes behind a variable */
export function splitEnv(args: readonly string[]): { resources: string[]; env: string[] } | undefined {
  const first = args.findIndex(isEnv);
  if (first < 0) return { resources: [...args], env: [] };
  const env = args.slice(first);
  return env.every(isEnv) ? { resources: args.slice(0, first), env } : undefined;
}

/** @throws CommandError for what is neither, and for a variable both set and removed */
export async function parseEnv(
  specs: readonly string[],
  stdin: Readable,
): Promise<{ env: EnvVar[]; remove: readonly string[] }> {
  const env: EnvVar[] = [];
  const remove: string[] = [];
  const named = new Set<string>();
  for (const spec of specs) {
    if (spec === "-") env.push(...(await readEnv(stdin)));
    else if (spec.includes("=")) {
      const [name = "", value = ""] = spec.split(/=(.*)/s);
      const problems = checkEnvVarName(name);
      if (problems.length > 0)
        throw new CommandError(`${JSON.stringify(name)} is not a valid key name: ${problems.join(";")}`);
      named.add(name);
      env.push(variable(name, value));
    } else if (spec.endsWith("-")) remove.push(spec.slice(0, -1));
    else throw new CommandError(`unknown environment variable: ${spec}`);
  }
  if (remove.some((name) => named.has(name)))
    throw new CommandError("can not both modify and remove the same environment variable in the same command");
  return { env, remove };
}

const variable = (name: string, value: string): EnvVar => ({ name, ...(value ? { value } : {}) });

async function readEnv(stdin: Readable): Promise<EnvVar[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(chunk as Buffer);
  const lines = Buffer.concat(chunks).toString().split(/\r?\n/);
  return lines.flatMap((line) => {
    const [text = ""] = line.split("#");
    if (!text.includes("=")) return [];
    const [name = "", value = ""] = text.split(/=(.*)/s);
    return [variable(name, value)];
  });
}
