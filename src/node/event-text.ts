/** Pieces of text that events and log lines are made of. */

/** Where in the pod an event about a container points. */
export const containerPath = (name: string, init: boolean): string =>
  `spec.${init ? "initContainers" : "containers"}{${name}}`;

export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
