/** Small parts that several pages show. */
import type { ComponentChildren } from "preact";
import { parseTime } from "../../base/clock.ts";
import { StatusError } from "../../base/errors.ts";
import type { RolloutState } from "../model/rollout.ts";
import { scope } from "../state/cluster.ts";
import type { Access } from "../state/live.ts";
import { now } from "../state/now.ts";
import { language } from "../state/preferences.ts";
import { t } from "../text/text.ts";
import { localTime, shortDuration } from "../text/times.ts";
import { Icon, type IconName } from "./icons.tsx";

/** How long ago; the exact time, in the reader's zone, is its title. @param time RFC 3339 */
export function Age({ time, ago = false }: { readonly time: string | undefined; readonly ago?: boolean }) {
  if (!time) return <span class="muted">{t().age.unknown}</span>;
  const passed = now.value - parseTime(time);
  const duration = shortDuration(passed, language.value);
  return (
    <time dateTime={time} title={localTime(time, language.value)} class="tabular">
      {passed < 1000 ? t().age.justNow : ago ? t().rollout.ago(duration) : duration}
    </time>
  );
}

const looks: Record<RolloutState | "stuck", readonly [string, IconName]> = {
  complete: ["good", "check"],
  rolling: ["move", "move"],
  stalled: ["bad", "alert"],
  stuck: ["bad", "alert"],
  paused: ["warn", "pause"],
  idle: ["", "idle"],
};

export function StateBadge({ state }: { readonly state: RolloutState | "stuck" }) {
  const [look, icon] = looks[state];
  return (
    <span class={`badge ${look}`}>
      <Icon name={icon} />
      {t().states[state]}
    </span>
  );
}

/** Text in which what stands between backquotes is a name. */
export function Worded({ text }: { readonly text: string }) {
  return <>{text.split("`").map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part))}</>;
}

/** Why a kind is not shown; nothing when it is. @param kind in the reader's language */
export function AccessNote({ access, kind }: { readonly access: Access; readonly kind: string }) {
  const words = t().access;
  switch (access.state) {
    case "ready":
      return null;
    case "loading":
      return <p class="muted">{words.loading}</p>;
    case "absent":
      return <p class="note">{words.absent(kind)}</p>;
    case "forbidden":
      return (
        <div class="note warn">
          <p>
            {words.forbidden(kind)} {scope.value === "" ? words.chooseNamespace : ""}
          </p>
          <details>
            <summary>{t().connection.why}</summary>
            <code>{access.why}</code>
          </details>
        </div>
      );
  }
}

/** What the server refused and why, beside the control that asked. */
export function Problem({ error }: { readonly error: unknown }) {
  if (error === undefined) return null;
  const causes = error instanceof StatusError ? (error.status.details?.causes ?? []) : [];
  const message = error instanceof Error ? error.message : String(error);
  return (
    <div class="note bad" role="alert">
      {causes.length > 1 ? (
        <ul>
          {causes.map(({ field, message: cause }) => (
            <li key={`${field} ${cause}`}>
              {field ? <code>{field}</code> : null} {cause}
            </li>
          ))}
        </ul>
      ) : (
        <p>{message}</p>
      )}
    </div>
  );
}

export function Section({
  title,
  id,
  aside,
  children,
}: {
  readonly title: string;
  readonly id: string;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="card stack tight" aria-labelledby={id}>
      <div class="row spread">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** A term and what it is, in a list of class `facts`. */
export function Fact({ term, children }: { readonly term: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}
