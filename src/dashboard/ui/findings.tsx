/** Why a rollout stands where it stands, in sentences; behind each what it was read from. */
import { useSignal } from "@preact/signals";
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

export function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  return (
    <ul class="findings" aria-live="polite">
      {findings.map((finding) => {
        const [look, icon] = finding.is === "complete" ? (["good", "check"] as const) : looks[finding.weight];
        const sentence = sentenceOf(finding);
        return (
          <li key={`${finding.is} ${sentence}`} class={look}>
            <Icon name={icon} />
            <div class="stack tight">
              <p>
                <Worded text={sentence} />
              </p>
              {finding.evidence.length > 0 ? (
                <details>
                  <summary>{t().rollout.evidence}</summary>
                  <div class="stack tight evidence">
                    {finding.evidence.map((one, i) => (
                      <EvidenceOf key={i} evidence={one} />
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

function EvidenceOf({ evidence }: { readonly evidence: Evidence }) {
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
      return <LastLog {...evidence} />;
  }
}

/** Lines that are shown. */
const logLines = 20;

function LastLog({ namespace, pod, container }: Extract<Evidence, { type: "log" }>) {
  const words = t().rollout;
  const text = useSignal<string | undefined>(undefined);
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
