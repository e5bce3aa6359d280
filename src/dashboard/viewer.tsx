/** What a saved replay runs: the recording is in its page. */
import "./style/tokens.css";
import "./style/base.css";
import "./style/shell.css";
import "./style/pods.css";
import "./style/rollout.css";
import "./style/replay.css";
import { render } from "preact";
import type { Recording } from "./model/recording.ts";
import { language } from "./state/preferences.ts";
import { languageOf } from "./text/languages.ts";
import { t } from "./text/text.ts";
import { clockTime } from "./text/times.ts";
import { ReplayView } from "./ui/replay-view.tsx";

const recording = JSON.parse(document.getElementById("recording")?.textContent ?? "") as Recording;
language.value = languageOf([document.documentElement.lang]);

function Viewer() {
  const words = t().replay;
  const { kind, name, namespace, began, until } = recording;
  const kinds = t().workload.kinds as Readonly<Record<string, string>>;
  return (
    <div class="stack">
      <div class="stack tight">
        <h1>{words.of(kinds[kind] ?? kind, name, namespace)}</h1>
        <p class="muted">{words.span(clockTime(began, language.value), clockTime(until, language.value))}</p>
      </div>
      <ReplayView recording={recording} />
    </div>
  );
}

render(<Viewer />, document.getElementById("app") as HTMLElement);
