/** What differs between two runs that did the same: times, generated names, addresses, revisions. */

/** Lines that client-go's logger adds for whoever debugs it; what kubectl itself has to say comes without such a head. */
export const withoutLogLines = (text: string): string =>
  text.replace(/^[EWI]\d{4} [\d:.]+ +\d+ \S+\.go:\d+\].*\n(?:(?:\t.*\n)+ >\n)?/gm, "");

const masks: readonly (readonly [RegExp, string])[] = [
  // Where a Go program has something in its memory.
  [/\b0xc[0-9a-f]{9}\b/g, "POINTER"],
  // The directories that `diff` compares, and the times of the files in them.
  [/(LIVE|MERGED)-\w+/g, "$1-RANDOM"],
  [/^((?:---|\+\+\+) \S+)\t.*$/gm, "$1"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, "TIME"],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?= [+-]\d{4} )/g, "TIME"],
  [/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, "TIME"],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "UID"],
  [/(resourceVersion"?: ?")\d+/g, "$1VERSION"],
  [/(Resource Version:\s+)\d+/g, "$1VERSION"],
  [/kubectl-edit-\w+/g, "kubectl-edit-RANDOM"],
  [/(wherry:\/\/)[0-9a-f]+/g, "$1CONTAINER"],
  [/(observedGeneration"?: |generation"?: )\d+/g, "$1GENERATION"],
  [/\b(?:10|127)(?:\.\d{1,3}){3}\b(?: +(?=\S))?/g, "ADDRESS "],
  [/(nodePort"?: |:|NodePort:\s+\S+\s+)3\d{4}\b/g, "$1NODEPORT"],
  [/-[bcdfghjklmnpqrstvwxz2456789]{8,10}(?=[\s"-])/g, "-HASH"],
  [/(pod-template-hash[=:] ?)[bcdfghjklmnpqrstvwxz2456789]+/g, "$1HASH"],
  [/-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "-xxxxx"],
];

const ages: typeof masks = [
  // `12s (x2 over 16s)`, as the events of a description have it.
  [/(?<= over )(?:\d+[smhd]){1,2}\)(?: +(?=\S))?/g, "AGE) "],
  // `3 (12s ago)`, as lists of pods have it.
  [/(?<=\()(?:\d+[smhd]){1,2} ago\)(?: +(?=\S))?/g, "AGE ago) "],
  [/(?<=\s|^)(?:\d+[smhd]){1,2}(?=\s|$)(?: +(?=\S))?/gm, "AGE "],
];

const replaced = (text: string, by: typeof masks): string =>
  by.reduce((t, [pattern, replacement]) => t.replace(pattern, replacement), text);

const widths: typeof masks = [
  // Columns as wide as the widest address or age in them.
  [/\b(CLUSTER-IP|Age) +(?=\S)/g, "$1 "],
  [/(?<= )---- +(?=-)/g, "---- "],
  [/\bAGE +$/gm, "AGE"],
];

/** For two runs at different times. */
export const withoutWidths = (text: string): string => replaced(text, widths);

/** For two runs of which the second may begin a second later. */
export const withoutAges = (text: string): string => replaced(text, ages);

/** @param namespace the run's own, which the other run does not have */
export const masked = (text: string, namespace: string): string =>
  replaced(text.replaceAll(namespace, "NAMESPACE"), [...masks, ...ages]);
