/** The words of the replay, which also stands alone in a file. */
export const replayEn = {
  time: "Time",
  play: "Play",
  pause: "Pause",
  speed: "Speed",
  times: (n: number) => `${n}×`,
  short: "Nothing has changed of late that is still known. What happens from now on can be replayed here.",
  earlier: (time: string) =>
    `Seen since ${time}. What is before is put together of Events and times that the cluster still has: it is not complete, and a pod that is gone counts as available from its start.`,
  fresh: "Up to now",
  save: "Save as a file",
  saved: "Saved. It opens in any browser, without a cluster.",
  span: (from: string, to: string) => `From ${from} to ${to}`,
  marks: "Events",
  noMarks: "No events up to here.",
  of: (kind: string, name: string, namespace: string) => `${kind} ${name} in ${namespace}`,
  chart: (total: number, available: number) => `${total} pods, ${available} of them available`,
};
