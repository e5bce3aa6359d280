/** Which requests `kubectl proxy` passes on. */
import { CommandError } from "../../core/command.ts";

export interface Filter {
  accepts(method: string, path: string, host: string): boolean;
}

export interface FilterRules {
  readonly acceptPaths: string;
  readonly rejectPaths: string;
  readonly acceptHosts: string;
  readonly rejectMethods: string;
}

/** @param rules regular expressions, several parted by commas @throws CommandError for one that is malformed */
export function createFilter(rules: FilterRules): Filter {
  const compiled = (text: string) =>
    (text === "" ? [] : text.split(",")).map((part) => {
      try {
        return new RegExp(part);
      } catch (error) {
        throw new CommandError(`Error compiling re: ${(error as Error).message}`);
      }
    });
  const acceptPaths = compiled(rules.acceptPaths);
  const rejectPaths = compiled(rules.rejectPaths);
  const acceptHosts = compiled(rules.acceptHosts);
  const rejectMethods = compiled(rules.rejectMethods);
  const matches = (text: string, patterns: readonly RegExp[]) => patterns.some((pattern) => pattern.test(text));
  return {
    accepts: (method, path, host) =>
      !matches(path, rejectPaths) &&
      !matches(method, rejectMethods) &&
      matches(path, acceptPaths) &&
      matches(host, acceptHosts),
  };
}

/** `localhost` of `localhost:8001`, `::1` of `[::1]:8001`. */
export const hostOf = (header: string): string =>
  /^\[(.*)\]:\d*$/.exec(header)?.[1] ?? /^([^:]*):\d*$/.exec(header)?.[1] ?? header;
