/** Compares what a page shows with what a command printed; what differs from run to run is left out of account. */

const masks: readonly (readonly [RegExp, string])[] = [
  [/http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{32}/g, "http://DASHBOARD"],
  [/https:\/\/127\.0\.0\.1:\d+/g, "https://SERVER"],
  [/\b(?:10|127)(?:\.\d{1,3}){3}\b/g, "IP"],
  [/:3\d{4}\//g, ":NODEPORT/"],
  [/-[0-9a-f]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "-HASH-XXXXX"],
  [/-[bcdfghjklmnpqrstvwxz2456789]{5}(?=\s|$)/gm, "-XXXXX"],
  [/pod-template-hash=\w+/g, "pod-template-hash=HASH"],
  [/\b[0-9a-f]{12}\b/g, "ID"],
  [/\b\d+(?:\.\d+)? ?(?:s|m|h|MB)(?=\s|\)|$)/gm, "AMOUNT"],
  [/\bpid \d+/g, "pid PID"],
  [/\bv\d+\.\d+\.\d+(?=,)/g, "VERSION"],
  [/(^| )\/\S+/gm, "$1/PATH"],
  [/[ \t]+/g, " "],
  [/ $/gm, ""],
];

/** Lines that depend on the machine, or on how fast it is. */
const passing = /^(?:limit: |simulated nodes: |Step \d|Waiting for )/;

const linesOf = (text: string): string[] =>
  masks
    .reduce((t, [pattern, by]) => t.replace(pattern, by), text)
    .split("\n")
    .filter((line) => line !== "");

/** Are all lines of `shown` among those of `printed`, in their order? `...` stands for any lines. */
export function appearsIn(shown: readonly string[], printed: string): boolean {
  const actual = linesOf(printed);
  let from = 0;
  return linesOf(shown.filter((line) => line !== "...").join("\n")).every((line) => {
    const at = actual.indexOf(line, from);
    from = at + 1;
    return at >= 0;
  });
}

/** What is compared for a command that ends by itself. */
export function comparable(command: string, lines: readonly string[]): string[] {
  const kept = linesOf(lines.join("\n")).filter((line) => !passing.test(line));
  // Names are generated, so that their order is too.
  return command.startsWith("kubectl get") ? kept.sort() : kept;
}
