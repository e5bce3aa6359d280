/** Commands of kubectl that this one does not have, and why. */
const streams = "it does not stream to and from containers";

const reasons: Readonly<Record<string, string>> = {
  attach: streams,
  certificate: "wherry has no CertificateSigningRequests",
  cp: streams,
  debug: "wherry has no ephemeral containers",
  drain: "wherry has no evictions; `cordon` the node and `delete` its pods",
  exec: streams,
  "port-forward": streams,
  top: "wherry has no metrics of resources",
};

export const absentCommands: readonly string[] = Object.keys(reasons);

/** One line that says that a command is not there; undefined for what is no command of kubectl. */
export function notThere(word: string): string | undefined {
  const reason = Object.hasOwn(reasons, word) ? reasons[word] : undefined;
  return reason && `error: wherry kubectl has no ${word}: ${reason}`;
}
