import { changeCommand } from "./shared.ts";

const isPaused = (object: unknown) => (object as { spec?: { paused?: boolean } }).spec?.paused === true;

export const pauseCommand = changeCommand("pause", "Mark the provided resource as paused.", {
  done: "paused",
  unchanged: "already paused",
  doing: "pausing",
  kinds: ["Deployment"],
  patch: ({ object }) => (isPaused(object) ? { problem: "is already paused" } : { patch: { spec: { paused: true } } }),
});

export const resumeCommand = changeCommand("resume", "Resume a paused resource.", {
  done: "resumed",
  unchanged: "already resumed",
  doing: "resuming",
  kinds: ["Deployment"],
  patch: ({ object }) => (isPaused(object) ? { patch: { spec: { paused: null } } } : { problem: "is not paused" }),
});
