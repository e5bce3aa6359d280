/** What `wherry kubectl` shows on a terminal, and nowhere else. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { succeeded, type TestHome, testHome, wherryProgram } from "../tools/cluster.ts";
import { eventually } from "../tools/eventually.ts";
import { onTerminal } from "../tools/terminal.ts";

const name = `terminal-${process.pid}`;
let home: TestHome;
const kubectl = async (line: string): Promise<string> =>
  succeeded(await home.wherry(["kubectl", ...line.split(" ")]), line);
const typed = (line: string, size?: { columns: number; rows: number }, env: NodeJS.ProcessEnv = {}) =>
  onTerminal(`'${process.execPath}' '${wherryProgram}' kubectl ${line}`, { ...home.env, ...env }, size);
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they start with
const controls = /\u001b\[[\d;?]*[A-Za-z]/g;
/** The last picture: what was written since the cursor last went up. */
const picture = (screen: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the cursor goes up, the rest is cleared
  (screen.split(/\u001b\[\d+A\r\u001b\[J/).at(-1) ?? "").replace(controls, "").replaceAll("\r", "");

beforeAll(async () => {
  home = testHome();
  const images = join(home.dir, "images.yaml");
  writeFileSync(images, '- pattern: "web:3"\n  pullError: web:3 was never built\n');
  const up = ["up", "--name", name, "--runtime", "simulated", "--port", "0", "--simulated-images", images];
  succeeded(await home.wherry(up), "wherry up");
  await kubectl("create deployment web --image=web:1 --replicas=2");
  await kubectl("rollout status deployment/web");
});
afterAll(async () => {
  await home.wherry(["down", "--name", name]);
  home.remove();
});

test("rollout status shows a picture, and ends with kubectl's line", async () => {
  await kubectl("set image deployment/web web=web:2");
  const { code, out } = await typed("rollout status deployment/web").ended;
  expect(code).toBe(0);
  expect(picture(out)).toMatch(
    /^deployment\.apps\/web +\d+s\n█{40} 2 of 2 new pods available\n {2}revision 2 {2}●● 2 available\n(?: {2}revision 1.*\n)?deployment "web" successfully rolled out\n$/,
  );
  expect(await kubectl("rollout status deployment/web")).toBe('deployment "web" successfully rolled out\n');
  const plain = await typed("rollout status deployment/web --live=false").ended;
  expect(plain.out).toBe('deployment "web" successfully rolled out\r\n');
  const dumb = await typed("rollout status deployment/web", undefined, { TERM: "dumb" }).ended;
  expect(dumb.out).toBe(plain.out);
});

test("a rollout that is stuck says why, fits the terminal, and Ctrl-C leaves the terminal as it was", async () => {
  await kubectl("set image deployment/web web=web:3");
  const settings = "stty -a | grep -v ' rows '";
  const [before, after] = [join(home.dir, "before"), join(home.dir, "after")];
  const status = `'${process.execPath}' '${wherryProgram}' kubectl rollout status deployment/web`;
  const line = `${settings} > ${before}; trap : INT; ${status}; echo code $?; ${settings} > ${after}; cmp ${before} ${after} && echo same settings`;
  const run = onTerminal(line, { ...home.env, NO_COLOR: "1" }, { columns: 40, rows: 30 });
  await eventually(() => expect(picture(run.screen)).toMatch(/ {4}\w+: .*\n.*was never built/s));
  for (const shown of picture(run.screen).split("\n")) expect([...shown].length, shown).toBeLessThan(40);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what colours look like
  expect(run.screen).not.toMatch(/\u001b\[[\d;]*m/);
  // Neither hidden cursor nor another screen: there is nothing to put back.
  expect(run.screen).not.toContain("\u001b[?");
  run.type("\u0003");
  const { out } = await run.ended;
  expect(out).toContain("code 1\r\nsame settings\r\n");
  // On a busy machine the time may be over before there is a picture.
  await eventually(async () => {
    const late = await typed("rollout status deployment/web --timeout=1s").ended;
    expect(late.code).toBe(1);
    expect(late.out).toContain("\u001b[31m");
    expect(picture(late.out)).toMatch(/\nerror: timed out waiting for the condition\n$/);
  });
});

test("a slip of the keyboard is answered with what may have been meant, on a terminal only", async () => {
  const asked: [line: string, meant: string][] = [
    ["get podz", "pods"],
    ["get deployment wbe", "web"],
    [`--context ${name}x get pods`, name],
    ["get pods --namesapce x", "--namespace"],
    ["rollout stauts", "status"],
  ];
  for (const [line, meant] of asked) {
    const { out, code } = await typed(line).ended;
    const elsewhere = await home.wherry(["kubectl", ...line.split(" ")]);
    expect([code, out.replaceAll("\r", "")]).toEqual([1, `${elsewhere.err}Did you mean "${meant}"?\n`]);
  }
  const far = await typed("get deployment something-else").ended;
  expect(far.out).toBe('Error from server (NotFound): deployments.apps "something-else" not found\r\n');
});

test("rollout history --changes says what each revision changed; undo --diff what going back would", async () => {
  const changes = await kubectl("rollout history deployment/web --changes");
  const time = String.raw`\S+ \((?:\d+[ms])+ ago\) +`;
  expect(changes).toMatch(
    new RegExp(
      `^deployment.apps/web \nREVISION  CREATED +CHANGES\n1 +${time}with image web:1\n2 +${time}image web:1 → web:2\n3 +${time}image web:2 → web:3\n\n$`,
    ),
  );
  const one = await kubectl("rollout history deployment/web --changes --revision=2");
  expect(one).toMatch(new RegExp(`CHANGES\n2 +${time}image web:1 → web:2\n\n$`));
  const before = await kubectl("get deployment web -o yaml");
  const diff = await kubectl("rollout undo deployment/web --diff --to-revision=1");
  expect(diff).toContain("deployment.apps/web would change, and nothing has been done:\n  image web:3 → web:1\n");
  expect(diff).toMatch(/\n- {6}- image: web:3\n\+ {6}- image: web:1\n/);
  expect((await kubectl("get deployment web -o yaml")).match(/generation: .*/)).toEqual(before.match(/generation: .*/));
  await kubectl("rollout undo deployment/web");
  expect(await kubectl("rollout undo deployment/web --diff --to-revision=4")).toBe(
    "deployment.apps/web skipped rollback (current template already matches revision 4)\n",
  );
  expect(await kubectl("rollout history deployment/web --changes")).toMatch(
    new RegExp(`4 +${time}back to what was revision 2\n +image web:3 → web:2\n\n$`),
  );
  for (const [line, why] of [
    ["rollout undo deployment/web --diff --dry-run=server", "--diff changes nothing"],
    ["rollout history deployment/web --changes -o yaml", "--changes prints a table"],
  ] as const) {
    const { code, err } = await home.wherry(["kubectl", ...line.split(" ")]);
    expect([code, err.split(":")[1]?.trim().startsWith(why) || err]).toEqual([1, true]);
  }
});
