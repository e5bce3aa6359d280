/** Succeeded or Failed: no container of the pod will ever run again. */
export const isTerminal = (phase: string | undefined): phase is "Succeeded" | "Failed" =>
  phase === "Succeeded" || phase === "Failed";
