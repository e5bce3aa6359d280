import { type Command, CommandError } from "../../core/command.ts";
import { podSpecOf } from "../../core/pod-spec.ts";
import { findForSet, refuseLocalOnServer, setFlags, setOnAll } from "./shared.ts";

export const setServiceAccountCommand: Command = {
  path: "set serviceaccount",
  use: "set serviceaccount (-f FILENAME | TYPE NAME) SERVICE_ACCOUNT",
  short: "Update the service account of pod template resources.",
  flags: setFlags.filter(({ name }) => name !== "selector"),
  async run(invocation) {
    const { args } = invocation;
    refuseLocalOnServer(invocation);
    const name = args.at(-1);
    if (name === undefined) throw new CommandError("serviceaccount is required");
    const session = await invocation.session();
    const local = invocation.flags.bool("local");
    const objects = await findForSet(invocation, session, local ? [] : args.slice(0, -1));
    return setOnAll(invocation, session, objects, {
      done: "serviceaccount updated",
      failure: "failed to patch ServiceAccountName ",
      always: true,
      change(object) {
        podSpecOf(object).serviceAccountName = name;
        return true;
      },
    });
  },
};
