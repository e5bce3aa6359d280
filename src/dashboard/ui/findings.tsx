/** Why a rollout stands where it stands, in sentences; behind each what it was read from. */
import { type Signal, signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { getText } from "../connection/api.ts";
import { lastSeen, timesSeen } from "../model/events.ts";
import type { Evidence, Finding } from "../model/explain.ts";
import { t } from "../text/text.ts";
import { Icon, type IconName } from "./icons.tsx";
import { Age, Worded } from "./parts.tsx";

/** The sentence of a finding in the reader's language; names in it are between backquotes. */
export function sentenceOf(finding: Finding): string {
  const say = t().findings[finding.is] as (f: Finding) => string;
  return say(finding);
}

const looks: Record<Finding["weight"], readonly [string, IconName]> = {
  blocks: ["bad", "alert"],
  waits: ["move", "move"],
  says: ["", "info"],
};

/** What makes a finding another one: not how many pods it is about, nor how often. */
const subject = ["container", "exitCode", "image", "probe", "reason"] as const;

/** One for each finding, and the same as long as it is about the same. */
function idsOf(findings: readonly Finding[]): string[] {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const fields = new Map<string, unknown>(Object.entries(finding));
    const id = [finding.is, ...subject.map((field) => fields.get(field) ?? "")].join(" ");
    const n = seen.get(id) ?? 0;
    seen.set(id, n + 1);
    return `${id} ${n}`;
  });
}

/** What the reader has opened and read: a container that crashes runs in between, and its finding comes back. */
class Kept {
  /** By {@link idsOf}. */
  readonly open = new Set<string>();
  readonly #logs = new Map<string, Signal<string | undefined>>();

  log({ namespace, pod, container }: LogEvidence): Signal<string | undefined> {
    const id = `${namespace}/${pod}/${container}`;
    const log = this.#logs.get(id) ?? signal(undefined);
    this.#logs.set(id, log);
    return log;
  }
}

type LogEvidence = Extract<Evidence, { type: "log" }>;

export function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  const kept = useMemo(() => new Kept(), []);
  const ids = idsOf(findings);
  return (
    <ul class="findings" aria-live="polite">
      {findings.map((finding, n) => {
        const [look, icon] = finding.is === "complete" ? (["good", "check"] as const) : looks[finding.weight];
        const sentence = sentenceOf(finding);
        const id = ids[n] ?? "";
        return (
          <li key={id} class={look}>
            <Icon name={icon} />
            <div class="stack tight">
              <p>
                <Worded text={sentence} />
              </p>
              {finding.evidence.length > 0 ? (
                <details
                  open={kept.open.has(id)}
                  onToggle={({ currentTarget }) => kept.open[currentTarget.open ? "add" : "delete"](id)}
                >
                  <summary>{t().rollout.evidence}</summary>
                  <div class="stack tight evidence">
                    {finding.evidence.map((one, i) => (
                      <EvidenceOf key={i} evidence={one} kept={kept} />
                    ))}
                  </div>
                </details>
              ) : null}
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function EvidenceOf({ evidence, kept }: { readonly evidence: Evidence; readonly kept: Kept }) {
  const words = t().rollout;
  switch (evidence.type) {
    case "event": {
      const { event } = evidence;
      const { reason = "", message } = event;
      return (
        <figure>
          <figcaption>
            {words.eventSeen(reason, timesSeen(event))} <Age time={lastSeen(event)} ago />
          </figcaption>
          <pre>{message}</pre>
        </figure>
      );
    }
    case "status":
      return (
        <figure>
          <figcaption>{words.statusSays(evidence.of)}</figcaption>
          <pre>{evidence.text}</pre>
        </figure>
      );
    case "log":
      return <LastLog of={evidence} text={kept.log(evidence)} />;
  }
}

/** Lines that are shown. */
const logLines = 20;

function LastLog({ of, text }: { readonly of: LogEvidence; readonly text: Signal<string | undefined> }) {
  const words = t().rollout;
  const { namespace, pod, container } = of;
  const read = async () => {
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log`;
    const query = (previous: boolean) => `?container=${container}&tailLines=${logLines}&previous=${previous}`;
    try {
      // The run before, which ended; when that is gone, what there is of this one.
      text.value = await getText(path + query(true)).catch(() => getText(path + query(false)));
    } catch (error) {
      text.value = error instanceof Error ? error.message : String(error);
    }
  };
  return (
    <figure>
      <figcaption>
        {pod} · {container}{" "}
        <button type="button" class="link" onClick={read}>
          {words.showLog}
        </button>
      </figcaption>
      {text.value === undefined ? null : <pre role="status">{text.value.trimEnd() || words.noLog}</pre>}
    </figure>
  );
}
