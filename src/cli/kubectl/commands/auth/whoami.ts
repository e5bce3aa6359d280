import { StatusError } from "../../../../base/errors.ts";
import { type Command, CommandError } from "../../core/command.ts";
import { inGoOrder } from "../../print/go-order.ts";
import { printFlags } from "../../print/print-flags.ts";
import { noPrinter, objectPrinter, type Printable } from "../../print/printer.ts";
import { alignColumns } from "../../print/table.ts";

interface Review extends Printable {
  readonly status?: {
    readonly userInfo?: {
      readonly username?: string;
      readonly uid?: string;
      readonly groups?: readonly string[];
      readonly extra?: Readonly<Record<string, readonly string[]>>;
    };
  };
}

export const whoamiCommand: Command = {
  path: "auth whoami",
  use: "auth whoami",
  short: "Show who the server takes you for: user, groups, extra.",
  flags: printFlags,
  async run({ flags, io, session }) {
    const printer = flags.changed("output") ? await objectPrinter(flags) : undefined;
    if (flags.changed("output") && !printer) throw noPrinter("");
    const body = { kind: "SelfSubjectReview", apiVersion: "authentication.k8s.io/v1", metadata: {}, status: {} };
    let review: Review;
    try {
      review = await (await session()).json<Review>("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
        body,
      });
    } catch (error) {
      if (error instanceof StatusError && error.code === 403) {
        throw new CommandError(
          "the selfsubjectreviews API is not enabled in the cluster or you do not have permission to call it",
        );
      }
      if (!(error instanceof StatusError) || error.code !== 404) throw error;
      throw new CommandError(
        "the selfsubjectreviews API is not enabled in the cluster\nenable APISelfSubjectReview feature gate and authentication.k8s.io/v1alpha1 or authentication.k8s.io/v1beta1 API",
      );
    }
    if (printer) {
      printer.print(inGoOrder(review) as Printable, (text) => void io.stdout.write(text), { typed: true });
      return undefined;
    }
    const { username, uid, groups = [], extra = {} } = review.status?.userInfo ?? {};
    const list = (values: readonly string[]) => `[${values.join(" ")}]`;
    io.stdout.write(
      alignColumns([
        ["ATTRIBUTE", "VALUE"],
        ...(username ? [["Username", username]] : []),
        ...(uid ? [["UID", uid]] : []),
        ...(groups.length > 0 ? [["Groups", list(groups)]] : []),
        ...Object.keys(extra)
          .sort()
          .map((key) => [`Extra: ${key}`, list(extra[key] ?? [])]),
      ]),
    );
    return undefined;
  },
};
