import { expect, test } from "vitest";
import type { Recording } from "./recording.ts";
import { replayPage } from "./replay-page.ts";

test("what pods and events say cannot end the element that it is in", () => {
  const text = "</script><script>alert(1)</script><!--";
  const recording = { name: "<b>", namespace: "n", marks: [{ at: 1, reason: "R", text, warning: true }] };
  const page = replayPage(recording as unknown as Recording, "run('</script>')", "p{}", "en");
  expect(page.match(/<\/script>/g)).toHaveLength(2);
  expect(page).toContain("<title>&#60;b&#62; · n</title>");
  const [, data = ""] = /id="recording">(.*?)<\/script>/s.exec(page) ?? [];
  expect(JSON.parse(data)).toEqual(recording);
});
