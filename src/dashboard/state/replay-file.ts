/** Saves a recording as a file that opens in any browser. */
import { formatTime } from "../../base/clock.ts";
import type { Recording } from "../model/recording.ts";
import { replayPage } from "../model/replay-page.ts";
import { language } from "./preferences.ts";

const textOf = async (name: string): Promise<string> => {
  const response = await fetch(name);
  if (!response.ok) throw new Error(`${name}: ${response.status} ${response.statusText}`);
  return response.text();
};

/** Hands the file to the reader's browser, as a download. */
export async function saveReplay(recording: Recording): Promise<void> {
  const [script, style] = await Promise.all([textOf("./replay/viewer.js"), textOf("./replay/viewer.css")]);
  const page = replayPage(recording, script, style, language.value);
  const url = URL.createObjectURL(new Blob([page], { type: "text/html" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${recording.name}-${formatTime(recording.until).replaceAll(":", "")}.html`;
  link.click();
  URL.revokeObjectURL(url);
}
