import fc from "fast-check";
import { expect, test } from "vitest";
import type { Pod, Service } from "../../api/generated/types.ts";
import type { Informer } from "../../client/informer.ts";
import { ObjectCache } from "../../client/object-cache.ts";
import { propertyRuns } from "../../testing/property-runs.ts";
import { podsOf, wakeServices } from "./service-wakers.ts";

const runs = propertyRuns("Services and their pods");
const namespace = fc.constantFrom("a", "b");
const labels = fc.dictionary(fc.constantFrom("app", "x/app", "tier"), fc.constantFrom("web", "web", "web", "db"));
const pod = fc.record({ name: fc.nat(5), namespace, labels });
const service = fc.record({
  name: fc.nat(3),
  namespace,
  selector: fc.dictionary(fc.constantFrom("app", "x/app", "tier"), fc.constant("web"), { maxKeys: 2 }),
});
type Facts = { name: number; namespace: string };

let revision = 0;
const metadataOf = ({ name, namespace }: Facts) => ({
  name: String(name),
  namespace,
  uid: `${namespace}/${name}`,
  resourceVersion: String(++revision),
});

test("whatever changes, a Service has the pods with all the labels it asks for, and hears of exactly those", () => {
  const step = fc.oneof(
    fc.record({ pod }),
    fc.record({ service }),
    fc.record({ remove: fc.record({ name: fc.nat(5), namespace }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: "max" }), (steps) => {
      const [pods, services] = [new ObjectCache<Pod>(), new ObjectCache<Service>()];
      const [podInformer, serviceInformer] = [
        pods as unknown as Informer<Pod>,
        services as unknown as Informer<Service>,
      ];
      const woken = new Set<string>();
      const queue = { add: (key: string) => woken.add(key), addAfter: () => {} };
      wakeServices(queue, serviceInformer, podInformer);
      const asksFor = ({ spec, metadata }: Service, { metadata: of }: Pod | { metadata?: undefined }) =>
        Object.keys(spec?.selector ?? {}).length > 0 &&
        metadata?.namespace === of?.namespace &&
        Object.entries(spec?.selector ?? {}).every(([key, value]) => of?.labels?.[key] === value);
      for (const one of steps) {
        woken.clear();
        const concerned = new Set<string>();
        const concern = (seen: Pod | undefined) => {
          for (const each of services.list())
            if (seen && asksFor(each, seen)) concerned.add(`${each.metadata?.namespace}/${each.metadata?.name}`);
        };
        if ("service" in one) {
          services.put({ metadata: metadataOf(one.service), spec: { selector: one.service.selector } });
          concerned.add(`${one.service.namespace}/${one.service.name}`);
        } else {
          const facts = "pod" in one ? one.pod : one.remove;
          const before = pods.get(`${facts.namespace}/${facts.name}`);
          const after = "pod" in one ? { metadata: { ...metadataOf(one.pod), labels: one.pod.labels } } : undefined;
          const same = JSON.stringify(before?.metadata?.labels) === JSON.stringify(after?.metadata?.labels);
          // Of what endpoints show, only the labels change here.
          if (!before || !same) for (const seen of [before, after]) concern(seen);
          if (after) pods.put(after);
          else if (before) pods.delete(before);
        }
        runs.reach("a pod of several Services", concerned.size > 1);
        expect([...woken].sort()).toEqual([...concerned].sort());
        for (const each of services.list())
          expect(new Set(podsOf(each, podInformer))).toEqual(new Set(pods.list().filter((one) => asksFor(each, one))));
      }
    }),
    runs.of(200),
  );
  expect(runs.reached("a pod of several Services")).toBeGreaterThan(20);
});
