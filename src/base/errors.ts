/**
 * Errors that carry the API's `Status`. Reasons, codes and messages are upstream's
 * (apimachinery `pkg/api/errors`); a client that parses them must not notice a difference.
 */

export interface StatusCause {
  /** Machine-readable, for example `FieldValueInvalid`. */
  readonly reason?: string;
  readonly message?: string;
  /** Path of the field, for example `spec.containers[0].name`. */
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  /** Upstream's quirk: the plural resource, or the kind for `Invalid`. */
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** `v1.Status`, as answered for every failure. */
export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** A failed API call. `reason` and `code` are the `Status`'s. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly status: Status;

  /** @param metadata the `ListMeta` of the answer: an expired continue token comes with a new one */
  constructor(
    code: number,
    reason: string,
    message: string,
    details?: StatusDetails,
    metadata: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata,
      status: "Failure",
      message,
      // Upstream leaves out the reason of an error that has none.
      ...(reason ? { reason } : {}),
      ...(details ? { details } : {}),
      code,
    };
  }

  get code(): number {
    return this.status.code ?? 500;
  }

  get reason(): string {
    return this.status.reason ?? "Unknown";
  }

  /** Rebuilds the error from a `Status` read from the wire. */
  static from(status: Status): StatusError {
    return new StatusError(
      status.code ?? 500,
      status.reason ?? "Unknown",
      status.message ?? "",
      status.details,
      status.metadata,
    );
  }
}

/** A group and a plural resource, as errors name them: `deployments.apps`, `pods`. */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

export const groupResourceText = (gr: GroupResource): string => (gr.group ? `${gr.resource}.${gr.group}` : gr.resource);

const detailsOf = (gr: GroupResource, name: string): StatusDetails => ({
  ...(name ? { name } : {}),
  ...(gr.group ? { group: gr.group } : {}),
  kind: gr.resource,
});

export const notFound = (gr: GroupResource, name: string) =>
  new StatusError(404, "NotFound", `${groupResourceText(gr)} "${name}" not found`, detailsOf(gr, name));

export const alreadyExists = (gr: GroupResource, name: string) =>
  new StatusError(409, "AlreadyExists", `${groupResourceText(gr)} "${name}" already exists`, detailsOf(gr, name));

export const conflict = (gr: GroupResource, name: string, why: string) =>
  new StatusError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${groupResourceText(gr)} "${name}": ${why}`,
    detailsOf(gr, name),
  );

export const objectModified = (gr: GroupResource, name: string) =>
  conflict(gr, name, "the object has been modified; please apply your changes to the latest version and try again");

export const badRequest = (message: string) => new StatusError(400, "BadRequest", message);
export const unauthorized = () => new StatusError(401, "Unauthorized", "Unauthorized");

export const forbidden = (gr: GroupResource, name: string, why: string) =>
  new StatusError(
    403,
    "Forbidden",
    `${groupResourceText(gr)}${name ? ` "${name}"` : ""} is forbidden: ${why}`,
    detailsOf(gr, name),
  );

export const methodNotSupported = (gr: GroupResource, action: string) =>
  new StatusError(
    405,
    "MethodNotAllowed",
    `${action} is not supported on resources of kind "${groupResourceText(gr)}"`,
    detailsOf(gr, ""),
  );

/** 410: the revision asked for is compacted away; the client must list again. */
export const expired = (message: string) => new StatusError(410, "Expired", message);
export const tooLarge = (message: string) =>
  new StatusError(413, "RequestEntityTooLarge", `Request entity too large: ${message}`);
export const notAcceptable = (message: string) => new StatusError(406, "NotAcceptable", message);
export const unsupportedMediaType = (message: string) => new StatusError(415, "UnsupportedMediaType", message);
export const internalError = (message: string) =>
  new StatusError(500, "InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] });
export const serviceUnavailable = (message: string) => new StatusError(503, "ServiceUnavailable", message);

/**
 * 422 with one cause per field error; the message has each text once.
 * @param kind the object's kind, for example `Deployment`
 */
export const invalid = (group: string, kind: string, name: string, causes: readonly StatusCause[]) => {
  const lines = [...new Set(causes.map((c) => `${c.field}: ${c.message}`))];
  const text = lines.length === 1 ? lines[0] : `[${lines.join(", ")}]`;
  return new StatusError(422, "Invalid", `${group ? `${kind}.${group}` : kind} "${name}" is invalid: ${text}`, {
    ...(name ? { name } : {}),
    ...(group ? { group } : {}),
    ...(kind ? { kind } : {}),
    causes,
  });
};

export const isStatus = (error: unknown, reason: string): error is StatusError =>
  error instanceof StatusError && error.reason === reason;
export const isNotFound = (error: unknown) => isStatus(error, "NotFound");
export const isAlreadyExists = (error: unknown) => isStatus(error, "AlreadyExists");
export const isConflict = (error: unknown) => isStatus(error, "Conflict");
/** The object cannot be created because its namespace is being deleted. */
export const isNamespaceTerminating = (error: unknown) =>
  error instanceof StatusError && (error.status.details?.causes ?? []).some((c) => c.reason === "NamespaceTerminating");
