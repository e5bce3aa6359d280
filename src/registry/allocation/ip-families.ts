/** `spec.ipFamilyPolicy`, `ipFamilies` and `clusterIPs` of a Service, completed as the cluster's ranges allow. */
import { validateClusterIPs } from "../../api/core/service-validation.ts";
import { type FieldError, invalidValue, path } from "../../api/field.ts";
import type { Service, ServiceSpec } from "../../api/generated/types.ts";
import { invalid } from "../../base/errors.ts";
import { type Family, familyOf } from "./addresses.ts";

const spec = path("spec");
const headless = "None";

/** @throws 422. Mutates `next`. */
export function initFamilies(next: Service, previous: Service | undefined, families: readonly Family[]): void {
  const s = next.spec;
  if (!s || s.type === "ExternalName") return;
  const old = previous?.spec;
  const selectorless = Object.keys(s.selector ?? {}).length === 0;
  s.ipFamilyPolicy ??=
    old?.ipFamilyPolicy ?? (s.clusterIP === headless && selectorless ? "RequireDualStack" : "SingleStack");
  refuse(next, validateClusterIPs(s));
  const errors: FieldError[] = [];
  const policy = s.ipFamilyPolicy;
  const fail = (why: string) => errors.push(invalidValue(spec.key("ipFamilyPolicy"), policy, why));

  if (old) followPolicy(s, old, fail);
  if (policy === "SingleStack") {
    const needs = "must be 'RequireDualStack' or 'PreferDualStack' when multiple";
    if ((s.clusterIPs ?? []).length === 2) fail(`${needs} cluster IPs are specified`);
    if ((s.ipFamilies ?? []).length === 2) fail(`${needs} IP families are specified`);
  }
  for (const [i, ip] of (s.clusterIPs ?? []).entries()) {
    const family = familyOf(ip);
    if (ip === headless || !family) break;
    if (i < (s.ipFamilies ?? []).length) continue;
    if (!families.includes(family)) {
      errors.push(
        invalidValue(spec.key("clusterIPs").index(i), s.clusterIPs, `${family} is not configured on this cluster`),
      );
    } else s.ipFamilies = [...(s.ipFamilies ?? []), family];
  }
  refuse(next, errors);

  const first = families[0] as Family;
  if (s.clusterIP === headless && selectorless) {
    if (!s.ipFamilies?.length) s.ipFamilies = [first];
    if (s.ipFamilies.length < 2 && policy !== "SingleStack") s.ipFamilies.push(other(s.ipFamilies[0]));
    return;
  }
  if (policy === "RequireDualStack" && families.length < 2) {
    fail("this cluster is not configured for dual-stack services");
  }
  for (const [i, family] of (s.ipFamilies ?? []).entries()) {
    if (!families.includes(family as Family)) {
      errors.push(invalidValue(spec.key("ipFamilies").index(i), family, "not configured on this cluster"));
    }
  }
  refuse(next, errors);
  if (!s.ipFamilies?.length) s.ipFamilies = [first];
  if (policy !== "SingleStack" && s.ipFamilies.length === 1 && families.length === 2) {
    s.ipFamilies.push(other(s.ipFamilies[0]));
  }
}

const other = (family: string | undefined): Family => (family === "IPv4" ? "IPv6" : "IPv4");
const same = (a: readonly string[] = [], b: readonly string[] = []) =>
  a.length === b.length && a.every((item, i) => item === b[i]);

/** Going single-stack drops the second address; dropping it without saying so is an error. */
function followPolicy(s: ServiceSpec, old: ServiceSpec, fail: (why: string) => void): void {
  const reduced = (now: readonly string[] = [], before: readonly string[] = []) =>
    now.length > 0 && now.length < before.length;
  if (s.ipFamilyPolicy === "SingleStack") {
    if (same(s.clusterIPs, old.clusterIPs)) s.clusterIPs = s.clusterIPs?.slice(0, 1);
    if (same(s.ipFamilies, old.ipFamilies)) s.ipFamilies = s.ipFamilies?.slice(0, 1);
    return;
  }
  if (reduced(s.clusterIPs, old.clusterIPs)) fail("must be 'SingleStack' to release the secondary cluster IP");
  if (reduced(s.ipFamilies, old.ipFamilies)) fail("must be 'SingleStack' to release the secondary IP family");
}

function refuse(service: Service, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid("", "Service", service.metadata?.name ?? "", errors);
}
