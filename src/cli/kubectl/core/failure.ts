/** Failures in kubectl's words (`kubectl/pkg/cmd/util/helpers.go`). */
import { StatusError } from "../../../base/errors.ts";
import { ConnectionError } from "../../../client/http/rest.ts";
import { KubeconfigErrors } from "../../../client/kubeconfig/types.ts";
import { BareError, CommandError, CommandErrors } from "./command.ts";

/** What already says what kind of failure it is stands alone. */
const withPrefix = (text: string) =>
  /^(?:(?:error|Error in configuration): |The connection to the server |Unable to connect to the server: )/.test(text)
    ? text
    : `error: ${text}`;

/** Lines for standard error, each with its own ending. */
export function failureLines(error: unknown, server: string): string[] {
  if (error instanceof CommandErrors)
    return error.errors.flatMap((e) => failuresOf(e, server, error.errors.length > 1));
  return failuresOf(error, server, false);
}

/** @param listed one of several: these come without `error: `, and without the causes of what is invalid */
function failuresOf(error: unknown, server: string, listed: boolean): string[] {
  if (error instanceof CommandErrors) return failureLines(error, server);
  if (error instanceof KubeconfigErrors) return [...error.problems];
  if (error instanceof StatusError) return [listed ? serverLine(error) : statusLine(error)];
  if (error instanceof ConnectionError) return [connectionLine(error, server)];
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof BareError) return [message];
  return [listed ? message : withPrefix(message)];
}

const serverLine = ({ reason, status: { message = "" } }: StatusError): string =>
  reason && reason !== "Unknown" ? `Error from server (${reason}): ${message}` : `Error from server: ${message}`;

function statusLine(error: StatusError): string {
  const { details, message = "" } = error.status;
  if (error.reason === "Invalid") {
    const causes = [...new Set((details?.causes ?? []).map((c) => `${c.field}: ${c.message}`))];
    const named = details?.kind || details?.name;
    const what = named ? `The ${details?.kind ?? ""} "${details?.name ?? ""}" is invalid` : "The request is invalid";
    if (causes.length === 0) return named || !message ? what : `${what}: ${message}`;
    const [only] = causes;
    // With a newline of their own: a cause may end with one too.
    return causes.length === 1 ? `${what}: ${only}\n` : `${what}: \n${causes.map((c) => `* ${c}\n`).join("")}`;
  }
  if (error.reason === "Unauthorized") return `error: You must be logged in to the server (${message})`;
  return serverLine(error);
}

function connectionLine(error: ConnectionError, server: string): string {
  const host = server.replace(/^https?:\/\//, "");
  // As upstream, also when it was not this server that refused, but one that was to say who we are.
  if (error.code === "ECONNREFUSED" || error.message.includes("connection refused")) {
    return `The connection to the server ${host} was refused - did you specify the right host or port?`;
  }
  return `Unable to connect to the server: ${error.message}`;
}

/**
 * What was wrong with files, beside failures of another kind: kubectl then says several in one line.
 * @param others when there are none, each keeps its own line
 */
export function together(errors: readonly unknown[], others: readonly unknown[]): readonly unknown[] {
  if (errors.length < 2 || others.length === 0) return errors;
  const messages = new Set(errors.map((error) => (error instanceof Error ? error.message : String(error))));
  return [new CommandError(messages.size === 1 ? ([...messages][0] ?? "") : `[${[...messages].join(", ")}]`)];
}

export const exitCodeOf = (error: unknown): number => (error instanceof CommandError ? error.exitCode : 1);

/**
 * Does `work`; what the server refuses then says which file it was about.
 * @param source the file; without one, failures pass as they are
 */
export async function whileDoing<T>(doing: string, source: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (source === undefined || !(error instanceof StatusError)) throw error;
    const { status } = error;
    throw StatusError.from({ ...status, message: `error when ${doing} "${source}": ${status.message}` });
  }
}
