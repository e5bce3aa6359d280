import type { Command } from "../../core/command.ts";
import { changeFlags, changeObjects } from "./shared.ts";

const isPaused = (object: unknown) => (object as { spec?: { paused?: boolean } }).spec?.paused === true;

export const pauseCommand: Command = {
  path: "rollout pause",
  use: "rollout pause RESOURCE",
  short: "Mark the provided resource as paused.",
  flags: changeFlags,
  run: async (invocation) =>
    changeObjects(invocation, await invocation.session(), {
      done: "paused",
      unchanged: "already paused",
      doing: "pausing",
      kinds: ["Deployment"],
      patch: ({ object }) =>
        isPaused(object) ? { problem: "is already paused" } : { patch: { spec: { paused: true } } },
    }),
};

export const resumeCommand: Command = {
  path: "rollout resume",
  use: "rollout resume RESOURCE",
  short: "Resume a paused resource.",
  flags: changeFlags,
  run: async (invocation) =>
    changeObjects(invocation, await invocation.session(), {
      done: "resumed",
      unchanged: "already resumed",
      doing: "resuming",
      kinds: ["Deployment"],
      patch: ({ object }) => (isPaused(object) ? { patch: { spec: { paused: null } } } : { problem: "is not paused" }),
    }),
};
