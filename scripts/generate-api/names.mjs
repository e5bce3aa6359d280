/**
 * Short names of the API types for TypeScript: `V1Pod` becomes `Pod`. Where several versions or groups have a type of
 * that name, v1 takes it and the others keep their prefix.
 */

/** Names that two groups share at v1; the first group named here is the one that programs mean. */
const chosen = {
  AdmissionregistrationV1ServiceReference: "AdmissionServiceReference",
  AdmissionregistrationV1WebhookClientConfig: "AdmissionWebhookClientConfig",
  ApiextensionsV1ServiceReference: "ApiextensionsServiceReference",
  ApiextensionsV1WebhookClientConfig: "ApiextensionsWebhookClientConfig",
  ApiregistrationV1ServiceReference: "ApiregistrationServiceReference",
  AuthenticationV1TokenRequest: "TokenRequest",
  CoreV1EndpointPort: "EndpointPort",
  CoreV1Event: "CoreEvent",
  CoreV1EventList: "CoreEventList",
  CoreV1EventSeries: "CoreEventSeries",
  CoreV1ResourceClaim: "CoreResourceClaim",
  DiscoveryV1EndpointPort: "DiscoveryEndpointPort",
  EventsV1Event: "EventsEvent",
  EventsV1EventList: "EventsEventList",
  EventsV1EventSeries: "EventsEventSeries",
  FlowcontrolV1Subject: "FlowcontrolSubject",
  RbacV1Subject: "RbacSubject",
  ResourceV1ResourceClaim: "ResourceClaim",
  StorageV1TokenRequest: "StorageTokenRequest",
};

/** @param {string[]} models @returns {Map<string, string>} model name to type name, one to one */
export const typeNames = (models) => {
  const names = new Map();
  const taken = new Set();
  const take = (model, name) => {
    if (taken.has(name)) throw new Error(`two types would be called ${name}`);
    taken.add(name);
    names.set(model, name);
  };
  for (const model of models) {
    if (chosen[model]) take(model, chosen[model]);
    else if (/^V1[A-Z]/.test(model)) take(model, model.slice(2));
  }
  for (const model of models) {
    if (names.has(model)) continue;
    const bare = model.replace(/^V\d+((alpha|beta)\d+)?(?=[A-Z])/, "");
    // v2 of autoscaling is the version in use; its types are new names except where v1 has them.
    if (/^V2[A-Z]/.test(model) && !taken.has(bare)) take(model, bare);
    else take(model, model);
  }
  return names;
};
