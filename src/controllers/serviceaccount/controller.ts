/** The shell of the ServiceAccount controller: a `default` ServiceAccount in every namespace. */
import { isAlreadyExists, isNamespaceTerminating, isNotFound } from "../../base/errors.ts";
import { createControllerLoop } from "../../client/controller-loop.ts";
import { namespaces as namespaceKind, serviceAccounts as serviceAccountKind } from "../../client/kinds.ts";
import type { Controller, ControllerContext } from "../controller.ts";
import { defaultServiceAccount, plan } from "./plan.ts";

export function serviceAccountController(context: ControllerContext): Controller {
  const { client, clock, logger } = context;
  const namespaces = context.informers.informer(namespaceKind);
  const accounts = context.informers.informer(serviceAccountKind);
  return createControllerLoop({
    name: "serviceaccount",
    clock,
    logger,
    caches: [namespaces, accounts],
    connect: (queue) => [
      namespaces.addHandlers({
        onAdd: (namespace) => queue.add(namespace.metadata?.name ?? ""),
        onUpdate: (namespace) => queue.add(namespace.metadata?.name ?? ""),
      }),
      accounts.addHandlers({
        onDelete(account) {
          if (account.metadata?.name === defaultServiceAccount) queue.add(account.metadata.namespace ?? "");
        },
      }),
    ],
    async reconcile(name) {
      const namespace = namespaces.get(name);
      if (!namespace) return undefined;
      const missing = plan(namespace, accounts.get(`${name}/${defaultServiceAccount}`));
      if (!missing) return undefined;
      try {
        await client.create(serviceAccountKind, missing);
      } catch (error) {
        // The namespace may have gone meanwhile.
        if (!isAlreadyExists(error) && !isNotFound(error) && !isNamespaceTerminating(error)) throw error;
      }
      return undefined;
    },
  });
}
