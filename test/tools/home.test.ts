import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { testHome } from "./cluster.ts";

test("a home that is removed ends what was started with it", async () => {
  const home = testHome();
  // It serves until it is ended.
  const waiting = home.kubectl("1.34", ["proxy", "--port=0"]);
  home.remove();
  expect(await waiting).toMatchObject({ code: 1 });
  expect(existsSync(home.dir)).toBe(false);
});
