import type { BuildContext } from "./context.ts";
import { fail } from "./failure.ts";

/** Charts are left to Helm: always an error, which says how. */
export function helmChart({ enableHelm }: BuildContext): never {
  if (!enableHelm) fail("must specify --enable-helm");
  return fail(
    "helm charts are not inflated here: write the output of 'helm template' to a file and list it in 'resources'",
  );
}
