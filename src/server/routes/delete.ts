/** DELETE, of one object and of many. */
import type { DeleteOptions } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/kind.ts";
import { decodeTyped } from "../../api/schema/decode.ts";
import { DecodeError } from "../../api/schema/go-values.ts";
import { badRequest } from "../../base/errors.ts";
import { decodeObject, readBody } from "../request/body.ts";
import { negotiateAnswer } from "../request/negotiate.ts";
import { deleteOptions, listOptions } from "../request/query.ts";
import type { RequestState } from "../request/state.ts";
import { respondObject } from "../respond/respond.ts";
import { acceptOf, answer, answerList, type Handler, keyOf, notAllowed, selection } from "./call.ts";

/** Kinds whose delete answers the object instead of a Status when it is gone at once (upstream's ReturnDeletedObject). */
const returnsDeleted = new Set([
  "/persistentvolumeclaims",
  "/persistentvolumes",
  "/pods",
  "/podtemplates",
  "/resourcequotas",
  "/serviceaccounts",
  "/services",
  "storage.k8s.io/csidrivers",
  "storage.k8s.io/csinodes",
  "storage.k8s.io/storageclasses",
  "storage.k8s.io/volumeattachments",
]);

const optionsType = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";

async function readDeleteOptions(state: RequestState) {
  const bytes = await readBody(state.exchange);
  if (!bytes.length) return deleteOptions(state.query, undefined);
  const body = await decodeObject(bytes, state.exchange.headers["content-type"], "DeleteOptions");
  const value = body.value as KubeObject;
  if (value.kind && value.kind !== "DeleteOptions") {
    throw badRequest("decoded object cannot be converted to DeleteOptions");
  }
  try {
    return deleteOptions(state.query, decodeTyped<DeleteOptions & KubeObject>(optionsType, value).object);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw badRequest(`DeleteOptions in version "v1" cannot be handled as a DeleteOptions: ${error.message}`);
  }
}

export const remove: Handler = async (call, context) => {
  const { state, info, resource } = call;
  const form = negotiateAnswer(acceptOf(state));
  const options = await readDeleteOptions(state);
  await context.authorizer.admit?.(call.attributes, undefined);
  const { kind } = resource;
  const { stored, deleted } = await context.registry.delete(kind, keyOf(info, kind), options, state);
  if (!deleted || returnsDeleted.has(`${kind.group}/${kind.plural}`)) {
    return answer(call, context, !deleted && options.orphanDependents === false ? 202 : 200, stored);
  }
  const details = {
    name: info.name,
    ...(resource.group ? { group: resource.group } : {}),
    kind: kind.plural,
    uid: stored.object.metadata?.uid,
  };
  return respondObject(
    state,
    200,
    { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details },
    form,
  );
};

export const removeCollection: Handler = async (call, context) => {
  const { state, info, resource } = call;
  const form = negotiateAnswer(acceptOf(state));
  const options = await readDeleteOptions(state);
  const { kind } = resource;
  const namespace = kind.namespaced ? info.namespace : "";
  if (kind.namespaced && !namespace) throw notAllowed();
  const select = selection(resource, listOptions(state.query));
  const deleted = await context.registry.deleteCollection(kind, namespace, select, options, state);
  return answerList(call, context, deleted, form);
};
