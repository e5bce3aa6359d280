/** Preferences of `~/.kube/kuberc`: other defaults of flags, and commands by names of one's own (`kubectl/pkg/kuberc`). */
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { findCommand, groupOf, wordsOf } from "../lookup.ts";
import { openProblem } from "../print/printer.ts";
import { type Command, CommandError, type Io } from "./command.ts";
import { type Flag, parseFlags } from "./flags.ts";
import { globalFlags } from "./global-flags.ts";
import { notThere } from "./not-there.ts";

interface Option {
  readonly name: string;
  readonly default: string;
}

interface Default {
  readonly command: string;
  readonly options: readonly Option[];
}

interface Alias extends Default {
  readonly name: string;
  readonly prependArgs: readonly string[];
  readonly appendArgs: readonly string[];
}

interface Preferences {
  readonly defaults: readonly Default[];
  readonly aliases: readonly Alias[];
}

/**
 * The command line with what the preferences add to it.
 * @param file the usual one, or what `--kuberc` says
 * @param explicit is it an error when the file cannot be used?
 * @throws CommandError in kubectl's words
 */
export async function withPreferences(
  argv: readonly string[],
  file: string,
  explicit: boolean,
  { stderr }: Io,
): Promise<readonly string[]> {
  let preferences: Preferences | undefined;
  try {
    preferences = read(file, (problems) => {
      stderr.write(`kuberc: ignoring strict decoding error in ${file}: strict decoding error: ${problems}`);
    });
  } catch (error) {
    const { message } = error as Error;
    if (explicit) throw new CommandError(`kuberc error kuberc: ${message}`);
    stderr.write(`kuberc: no preferences loaded from ${file}: ${message}`);
  }
  if (!preferences) return argv;
  validate(preferences);
  const warn = (line: string) => void stderr.write(`${line}\n`);
  const aliased = await withAlias(argv, preferences, warn);
  return aliased ?? withDefaults(argv, preferences, warn);
}

const versions: Readonly<Record<string, { readonly defaults: string; readonly options: string }>> = {
  "kubectl.config.k8s.io/v1alpha1": { defaults: "overrides", options: "flags" },
  "kubectl.config.k8s.io/v1beta1": { defaults: "defaults", options: "options" },
};

type Fields = Readonly<Record<string, unknown>>;

/** The first document that has preferences. @throws Error when none of several has */
function read(file: string, complain: (problems: string) => void): Preferences | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(openProblem(file, error));
  }
  const parsed = parseAllDocuments(text, { version: "1.1", uniqueKeys: false });
  for (const document of Array.isArray(parsed) ? parsed : []) {
    const value = document.errors.length > 0 ? undefined : (document.toJS() as Fields | null);
    const version = versions[String(value?.apiVersion)];
    if (!version || value?.kind !== "Preference") continue;
    try {
      const { preferences, unknown } = decode(value, version);
      if (unknown.length > 0) complain(unknown.map((field) => `unknown field ${JSON.stringify(field)}`).join(", "));
      return preferences;
    } catch {
      // Of another type: the next may be what is meant.
    }
  }
  if (/^(?:---)?\s*$/.test(text)) return undefined;
  throw new Error(`no valid preferences found in ${file}, use --v=5 to see details`);
}

/** @throws TypeError when a field is of another type */
function decode(value: Fields, names: { readonly defaults: string; readonly options: string }) {
  const unknown: string[] = [];
  const known = (fields: Fields, where: string, allowed: readonly string[]) => {
    for (const name of Object.keys(fields)) if (!allowed.includes(name)) unknown.push(`${where}${name}`);
  };
  const text = (field: unknown): string => {
    if (field !== undefined && typeof field !== "string") throw new TypeError("not a text");
    return field ?? "";
  };
  const list = <T>(field: unknown, each: (item: Fields, index: number) => T): T[] => {
    if (field === undefined || field === null) return [];
    if (!Array.isArray(field)) throw new TypeError("not a list");
    return field.map(each);
  };
  const options = (fields: Fields, where: string): Option[] =>
    list(fields[names.options], (option, i) => {
      known(option, `${where}${names.options}[${i}].`, ["name", "default"]);
      return { name: text(option.name), default: text(option.default) };
    });
  const texts = (field: unknown): string[] => list(field, (item) => text(item));
  known(value, "", ["apiVersion", "kind", names.defaults, "aliases"]);
  const defaults = list(value[names.defaults], (fields, i): Default => {
    const where = `${names.defaults}[${i}].`;
    known(fields, where, ["command", names.options]);
    return { command: text(fields.command), options: options(fields, where) };
  });
  const aliases = list(value.aliases, (fields, i): Alias => {
    const where = `aliases[${i}].`;
    known(fields, where, ["name", "command", "prependArgs", "appendArgs", names.options]);
    const args = { prependArgs: texts(fields.prependArgs), appendArgs: texts(fields.appendArgs) };
    return { name: text(fields.name), command: text(fields.command), options: options(fields, where), ...args };
  });
  return { preferences: { defaults, aliases }, unknown: unknown.sort() };
}

/** @throws CommandError */
function validate({ defaults, aliases }: Preferences): void {
  const checkOptions = (options: readonly Option[]) => {
    for (const { name } of options)
      if (name.startsWith("-")) throw new CommandError(`flag name ${name} should be in long form without dashes`);
  };
  const seen = new Set<string>();
  for (const { name, options } of aliases) {
    if (!/^[a-zA-Z]+$/.test(name))
      throw new CommandError("invalid alias name, can only include alphabetical characters");
    checkOptions(options);
    if (seen.has(name)) throw new CommandError(`duplicate alias name ${name}`);
    seen.add(name);
  }
  for (const { options } of defaults) checkOptions(options);
}

const isBuiltIn = (words: readonly string[]): boolean =>
  words[0] === "help" ||
  findCommand(words) !== undefined ||
  groupOf(words) !== undefined ||
  notThere(words[0] ?? "") !== undefined;

/** @returns undefined when no alias is called */
async function withAlias(
  argv: readonly string[],
  { aliases, defaults }: Preferences,
  warn: (line: string) => void,
): Promise<readonly string[] | undefined> {
  if (isBuiltIn(wordsOf(argv))) return undefined;
  const at = argv.findIndex((word) => !word.startsWith("-"));
  const alias = aliases.find(({ name }) => name === argv[at]);
  if (!alias) return undefined;
  const words = alias.command.split(/\s+/).filter((word) => word !== "");
  const found = findCommand(words);
  if (!found)
    throw new CommandError(
      `command ${JSON.stringify(alias.command)} not found to set alias ${JSON.stringify(alias.name)}: ${list(words)}`,
    );
  const command = await found.load();
  const given = options(command, alias.options, argv, {
    unknown: (name) => `invalid alias flag ${name} in alias kubectl`,
    invalid: ({ name, default: value }) => `could not apply value ${value} to flag ${name} in alias kubectl err`,
  });
  for (const { command: overridden } of defaults) {
    if (overridden === alias.name) throw new CommandError(`alias ${alias.name} can not be overridden`);
    warnUnlessFound(overridden, warn);
  }
  const behind = argv.slice(at + 1);
  return [...words, ...given, ...argv.slice(0, at), ...alias.prependArgs, ...behind, ...alias.appendArgs];
}

const list = (words: readonly string[]): string => `[${words.join(" ")}]`;

function warnUnlessFound(command: string, warn: (line: string) => void): boolean {
  const found = isBuiltIn(command.split(/\s+/).filter((word) => word !== ""));
  if (!found) warn(`Warning: command ${JSON.stringify(command)} not found to set kuberc override`);
  return found;
}

/** Of the names of a command only the last counts, as in kubectl. */
async function withDefaults(
  argv: readonly string[],
  { defaults }: Preferences,
  warn: (line: string) => void,
): Promise<readonly string[]> {
  if (!isBuiltIn(wordsOf(argv))) return argv;
  const found = findCommand(wordsOf(argv));
  const command = await found?.load();
  const given: string[] = [];
  for (const { command: overridden, options: wanted } of defaults) {
    if (!warnUnlessFound(overridden, warn) || !command) continue;
    if (overridden.split(/\s+/).at(-1) !== command.path.split(" ").at(-1)) continue;
    const refusals = {
      unknown: (name: string) => `invalid flag ${name} for command ${overridden}`,
      invalid: ({ name, default: value }: Option) =>
        `could not apply override value ${value} to flag ${name} in command ${overridden} err`,
    };
    given.push(...options(command, wanted, argv, refusals));
  }
  if (given.length === 0) return argv;
  const last = argv.indexOf(found?.words.at(-1) ?? "");
  return [...argv.slice(0, last + 1), ...given, ...argv.slice(last + 1)];
}

/** The flags that are not in the command line already. @throws CommandError for what is no flag, or no value of it */
function options(
  command: Command,
  wanted: readonly Option[],
  argv: readonly string[],
  refusals: { unknown(name: string): string; invalid(option: Option): string },
): string[] {
  const flags = [...command.flags, ...globalFlags];
  return wanted.flatMap((option) => {
    const flag = flags.find(({ name }) => name === option.name);
    if (!flag) throw new CommandError(refusals.unknown(option.name));
    if (isGiven(flag, argv)) return [];
    const word = `--${option.name}=${option.default}`;
    try {
      parseFlags([flag], [word]);
    } catch (error) {
      throw new CommandError(`${refusals.invalid(option)}: ${(error as Error).message}`);
    }
    return [word];
  });
}

const isGiven = ({ name, short }: Flag, argv: readonly string[]): boolean =>
  argv.some(
    (word) =>
      word === `--${name}` ||
      word.startsWith(`--${name}=`) ||
      (short !== undefined && (word.startsWith(`-${short}`) || (/^-[a-zA-Z]+$/.test(word) && word.includes(short)))),
  );
