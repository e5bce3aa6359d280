import { examine } from "../../cluster/doctor.ts";
import type { CliIo } from "../io.ts";

const marks = { ok: "ok     ", limit: "limit  ", missing: "missing" } as const;

/** Exit code 1 when real containers cannot run here. */
export async function doctor(io: CliIo): Promise<number> {
  const findings = await examine();
  const width = Math.max(...findings.map((f) => f.subject.length));
  for (const { level, subject, detail } of findings) {
    io.stdout.write(`${marks[level]}  ${subject.padEnd(width)}  ${detail}\n`);
  }
  return findings.some((f) => f.level === "missing") ? 1 : 0;
}
