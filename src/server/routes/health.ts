/** `/livez`, `/readyz` and `/healthz`, with upstream's `verbose`, `exclude` and one path per check. */
import type { RequestState } from "../request/state.ts";
import { respondBytes, respondText } from "../respond/respond.ts";

export interface HealthCheck {
  readonly name: string;
  /** Rejects, or throws, when unhealthy. */
  readonly check: () => Promise<void> | void;
  /** Only readiness depends on it. */
  readonly readinessOnly?: boolean;
}

const roots = ["livez", "readyz", "healthz"];

/** Is this one of the health endpoints? */
export const isHealthPath = (path: string): boolean => roots.some((r) => path === `/${r}` || path.startsWith(`/${r}/`));

export async function serveHealth(state: RequestState, path: string, all: readonly HealthCheck[]): Promise<void> {
  const [root = "", ...rest] = path.slice(1).split("/");
  // The name of a check may have slashes.
  const single = rest.length > 0 ? rest.join("/") : undefined;
  const checks = [{ name: "ping", check: () => {} }, ...all].filter(
    (c: HealthCheck) => root === "readyz" || !c.readinessOnly,
  );
  const excluded = new Set(state.query.values("exclude"));
  const chosen = single === undefined ? checks : checks.filter((c) => c.name === single);
  if (!chosen.length) return respondText(state, 404, "404 page not found\n");

  const lines: string[] = [];
  let failed = false;
  for (const { name, check } of chosen) {
    if (!single && excluded.delete(name)) {
      lines.push(`[+]${name} excluded: ok`);
      continue;
    }
    try {
      await check();
      lines.push(`[+]${name} ok`);
    } catch (error) {
      failed = true;
      state.logger.warn("health check failed", { check: name, error });
      lines.push(`[-]${name} failed: reason withheld`);
    }
  }
  if (!single && excluded.size) {
    const names = [...excluded]
      .sort()
      .map((n) => JSON.stringify(n))
      .join(",");
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  if (failed) {
    const text = single ? `internal server error: reason withheld\n` : `${lines.join("\n")}\n${root} check failed\n`;
    return respondText(state, 500, text);
  }
  if (single) return respondBytes(state, 200, Buffer.from("ok"), "text/plain; charset=utf-8");
  respondText(state, 200, !single && state.query.has("verbose") ? `${lines.join("\n")}\n${root} check passed\n` : "ok");
}
