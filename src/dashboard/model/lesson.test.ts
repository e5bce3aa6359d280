import { expect, test } from "vitest";
import { commandOf, containerOf, type LessonView, lessonSteps, ownImages, reached } from "./lesson.ts";
import type { Rollout } from "./rollout.ts";

const view = (state: LessonView["state"], image: string): LessonView => ({
  known: true,
  namespace: true,
  rollout: { revisions: [{ current: true, images: [image] }] } as unknown as Rollout,
  state,
  findings: [],
  service: undefined,
});

test("containers are named as kubectl names them", () => {
  expect(containerOf("wherry/first-app:1")).toBe("first-app");
  expect(containerOf("example.com:5000/team/web@sha256:00")).toBe("web");
});

test("a step ends when the cluster is where it leads", () => {
  expect(reached("deploy", view("rolling", ownImages.first), ownImages)).toBe(false);
  expect(reached("deploy", view("complete", ownImages.first), ownImages)).toBe(true);
  expect(reached("update", view("complete", ownImages.first), ownImages)).toBe(false);
  expect(reached("break", view("stuck", ownImages.missing), ownImages)).toBe(true);
  expect(reached("undo", view("complete", ownImages.second), ownImages)).toBe(true);
  expect(reached("cleanup", view(undefined, ""), ownImages)).toBe(false);
  const gone = { ...view(undefined, ""), namespace: false };
  expect(reached("cleanup", gone, ownImages)).toBe(true);
  expect(reached("cleanup", { ...gone, known: false }, ownImages)).toBe(false);
});

test("every step says its command", () => {
  for (const step of lessonSteps) expect(commandOf(step, ownImages)).toMatch(/^kubectl /);
});
