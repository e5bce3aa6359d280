/** Instructions of a Dockerfile that change the image's config and no file. */
import type { ProcessConfig } from "./config.ts";
import { DockerfileError, expand, type Instruction, splitWords } from "./dockerfile.ts";

/**
 * What an instruction changes in the config.
 * @param variables what `$NAME` stands for
 * @throws DockerfileError when the instruction is not one that a build knows
 */
export function configure(
  config: ProcessConfig,
  instruction: Instruction,
  variables: ReadonlyMap<string, string>,
): Partial<ProcessConfig> {
  const { name, text, json, line } = instruction;
  const expanded = () => expand(text, variables, line);
  switch (name) {
    case "ENV":
      return { Env: setAll(config.Env ?? [], pairs(expanded(), line, true)) };
    case "LABEL":
      return { Labels: { ...config.Labels, ...Object.fromEntries(pairs(expanded(), line, false)) } };
    case "USER":
      return { User: splitWords(expanded(), line)[0] ?? "" };
    case "EXPOSE": {
      const ports = splitWords(expanded(), line).map((port) => {
        if (!/^\d+(-\d+)?(\/(tcp|udp|sctp))?$/.test(port)) throw new DockerfileError(line, `"${port}" is not a port`);
        return [port.includes("/") ? port : `${port}/tcp`, {}] as const;
      });
      return { ExposedPorts: { ...config.ExposedPorts, ...Object.fromEntries(ports) } };
    }
    case "ENTRYPOINT":
      // A new entrypoint takes the base image's default arguments away.
      return { Entrypoint: json ?? shell(text), Cmd: null };
    case "CMD":
      return { Cmd: json ?? shell(text) };
    default:
      throw new DockerfileError(line, `the instruction ${name} is not supported`);
  }
}

/** The command that a line without JSON stands for. */
export const shell = (text: string): string[] => ["/bin/sh", "-c", text];

export const environment = (config: ProcessConfig): Map<string, string> => new Map((config.Env ?? []).map(split));

const split = (pair: string): [string, string] => {
  const equals = pair.indexOf("=");
  return equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
};

const setAll = (env: readonly string[], changes: readonly (readonly [string, string])[]): string[] =>
  [...new Map([...env.map(split), ...changes])].map(([name, value]) => `${name}=${value}`);

/** `a=b c="d e"`, or for ENV also the old form `a b c`. */
function pairs(text: string, line: number, oldForm: boolean): [string, string][] {
  const words = splitWords(text, line);
  if (oldForm && words[0] !== undefined && !words[0].includes("=")) {
    const match = /^(\S+)\s+([\s\S]*)$/.exec(text);
    if (!match) throw new DockerfileError(line, "ENV needs a name and a value");
    return [[match[1] as string, match[2] as string]];
  }
  return words.map((word) => {
    if (!word.includes("=")) throw new DockerfileError(line, `"${word}" is not of the form name=value`);
    return split(word);
  });
}
