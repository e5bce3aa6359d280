import { expect, test } from "vitest";
import { createQuiet } from "./quiet.ts";

const gate = () => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
};

test("work goes on side by side, but not beside what is alone", async () => {
  const quiet = createQuiet();
  const log: string[] = [];
  const piece = (name: string) => {
    const { open, opened } = gate();
    const work = async () => {
      log.push(`${name} begins`);
      await opened;
      log.push(`${name} ends`);
    };
    return { open, work };
  };
  const [a, b, c, d, e] = [piece("a"), piece("b"), piece("c"), piece("d"), piece("e")];
  const running = [quiet.beside(a.work), quiet.beside(b.work)];
  await Promise.resolve();
  running.push(quiet.alone(c.work), quiet.alone(d.work), quiet.beside(e.work));
  // Opened the wrong way round: it is not by chance that they end in this order.
  for (const { open } of [e, d, c, b, a]) open();
  await Promise.all(running);
  expect(log.slice(0, 2)).toEqual(["a begins", "b begins"]);
  expect(log.slice(2, 4).sort()).toEqual(["a ends", "b ends"]);
  expect(log.slice(4)).toEqual(["c begins", "c ends", "d begins", "d ends", "e begins", "e ends"]);
});

test("a failure lets the others go on", async () => {
  const quiet = createQuiet();
  const fails = () => Promise.reject(new Error("no"));
  await expect(quiet.beside(fails)).rejects.toThrow("no");
  await expect(quiet.alone(fails)).rejects.toThrow("no");
  expect(await quiet.alone(async () => 1)).toBe(1);
  expect(await quiet.beside(async () => 2)).toBe(2);
});
