// Figures as they come, and at the end as one table.
const rows = [];

/**
 * @param what what was measured
 * @param figure with its unit
 * @param beside what it is compared with, with its figure
 * @param goal what it should be, if there is a goal
 */
export function row(what, figure, beside = "", goal = "") {
  rows.push([what, figure, beside, goal]);
  console.log([what, figure, beside, goal && `goal: ${goal}`].filter(Boolean).join("  |  "));
}

/** What was measured has not come to its end in the time it had. */
export class TookTooLong extends Error {
  constructor(ms) {
    super(`not done in ${seconds(ms)}`);
  }
}

/**
 * Measures and shows; what took too long is shown as that, and what comes after it is measured all the same.
 * @returns whether it came to its end
 */
export async function bounded(measure, show, showTooLong) {
  let measured;
  try {
    measured = await measure();
  } catch (error) {
    if (!(error instanceof TookTooLong)) throw error;
    showTooLong(error.message);
    return false;
  }
  show(measured);
  return true;
}

export function table() {
  const all = [["measured", "figure", "beside", "goal"], ...rows];
  const widths = all[0].map((_, i) => Math.max(...all.map((r) => r[i].length)));
  const lines = all.map((r) => `| ${r.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`);
  lines.splice(1, 0, `|${widths.map((w) => "-".repeat(w + 2)).join("|")}|`);
  return lines.join("\n");
}

export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
export const rate = (n) => (n >= 100 ? `${Math.round(n)}/s` : `${n.toFixed(1)}/s`);
export const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
export const percent = (part, whole) => `${Math.round((part / whole) * 100)} %`;
