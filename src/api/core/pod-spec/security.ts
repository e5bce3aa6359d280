/** Validation of security contexts. Texts are upstream's. */
import { type FieldError, forbiddenField, invalidValue, notSupported, type Path, required } from "../../field.ts";
import type {
  AppArmorProfile,
  PodSecurityContext,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from "../../generated/types.ts";
import { checked, duplicates } from "../../metadata.ts";
import { rangeText } from "../../names.ts";

const idMax = 2 ** 31 - 1;
const validateId = (id: number | undefined, at: Path): FieldError[] =>
  id !== undefined && (id < 0 || id > idMax) ? [invalidValue(at, id, rangeText(0, idMax))] : [];

const profileTypes = ["Localhost", "RuntimeDefault", "Unconfined"];

function validateSeccomp(profile: SeccompProfile | undefined, at: Path): FieldError[] {
  if (!profile) return [];
  const local = at.key("localhostProfile");
  if (profile.type === "Localhost" && profile.localhostProfile === undefined)
    return [required(local, "must be set when seccomp type is Localhost")];
  if (profile.type !== "Localhost" && profile.localhostProfile !== undefined)
    return [invalidValue(local, profile.localhostProfile, "can only be set when seccomp type is Localhost")];
  if (!profile.type) return [required(at.key("type"), "type is required when seccompProfile is set")];
  return profileTypes.includes(profile.type) ? [] : [notSupported(at.key("type"), profile.type, profileTypes)];
}

function validateAppArmor(profile: AppArmorProfile | undefined, at: Path): FieldError[] {
  if (!profile) return [];
  const local = at.key("localhostProfile");
  if (profile.type === "Localhost")
    return profile.localhostProfile?.trim() ? [] : [required(local, "must be set when AppArmor type is Localhost")];
  if (profile.localhostProfile !== undefined)
    return [invalidValue(local, profile.localhostProfile, "can only be set when AppArmor type is Localhost")];
  if (!profile.type) return [required(at.key("type"), "type is required when appArmorProfile is set")];
  return profileTypes.includes(profile.type) ? [] : [notSupported(at.key("type"), profile.type, profileTypes)];
}

const sysctlFormat = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
const sysctlRegexp = new RegExp(sysctlFormat);

const validateSysctls = (sysctls: readonly Sysctl[] | undefined, at: Path): FieldError[] => [
  ...(sysctls ?? []).flatMap(({ name }, i) => {
    const where = at.index(i).key("name");
    if (!name) return [required(where)];
    return checked(where, name, (value) =>
      value.length <= 253 && sysctlRegexp.test(value)
        ? []
        : [`must have at most 253 characters and match regex ${sysctlFormat}`],
    );
  }),
  ...duplicates(
    sysctls ?? [],
    ({ name }) => name,
    (i) => at.index(i).key("name"),
  ),
];

export function validatePodSecurity(context: PodSecurityContext | undefined, at: Path): FieldError[] {
  if (!context) return [];
  const policy = context.fsGroupChangePolicy;
  const policies = ["Always", "OnRootMismatch"];
  return [
    ...validateId(context.fsGroup, at.key("fsGroup")),
    ...validateId(context.runAsUser, at.key("runAsUser")),
    ...validateId(context.runAsGroup, at.key("runAsGroup")),
    ...(context.supplementalGroups ?? []).flatMap((id, i) => validateId(id, at.key("supplementalGroups").index(i))),
    ...validateSysctls(context.sysctls, at.key("sysctls")),
    ...(policy !== undefined && !policies.includes(policy)
      ? [notSupported(at.key("fsGroupChangePolicy"), policy, policies)]
      : []),
    ...validateSeccomp(context.seccompProfile, at.key("seccompProfile")),
    ...validateAppArmor(context.appArmorProfile, at.key("appArmorProfile")),
  ];
}

/** @param hostUsers false when the pod has a user namespace of its own */
export function validateContainerSecurity(context: SecurityContext | undefined, hostUsers: boolean, at: Path) {
  if (!context) return [];
  const errors: FieldError[] = [
    ...validateId(context.runAsUser, at.key("runAsUser")),
    ...validateId(context.runAsGroup, at.key("runAsGroup")),
  ];
  const { procMount } = context;
  if (procMount !== undefined && procMount !== "Default" && procMount !== "Unmasked")
    errors.push(notSupported(at.key("procMount"), procMount, ["Default", "Unmasked"]));
  if (hostUsers && procMount === "Unmasked")
    errors.push(invalidValue(at.key("procMount"), procMount, "`hostUsers` must be false to use `Unmasked`"));
  errors.push(...validateSeccomp(context.seccompProfile, at.key("seccompProfile")));
  if (context.allowPrivilegeEscalation === false) {
    const cannot = (what: string) =>
      errors.push(invalidValue(at, context, `cannot set \`allowPrivilegeEscalation\` to false and ${what}`));
    if (context.privileged) cannot("`privileged` to true");
    if (context.capabilities?.add?.includes("CAP_SYS_ADMIN")) cannot("`capabilities.Add` CAP_SYS_ADMIN");
  }
  return [...errors, ...validateAppArmor(context.appArmorProfile, at.key("appArmorProfile"))];
}

/** What a pod with its own user namespace cannot share with the host. */
export const validateHostNamespaces = (
  spec: {
    hostUsers?: boolean;
    hostNetwork?: boolean;
    hostPID?: boolean;
    hostIPC?: boolean;
    shareProcessNamespace?: boolean;
  },
  at: Path,
): FieldError[] => {
  const errors: FieldError[] = [];
  if (spec.shareProcessNamespace && spec.hostPID)
    errors.push(
      invalidValue(
        at.key("securityContext", "shareProcessNamespace"),
        true,
        "ShareProcessNamespace and HostPID cannot both be enabled",
      ),
    );
  if (spec.hostUsers !== false) return errors;
  const text = "when `hostUsers` is false";
  if (spec.hostNetwork) errors.push(forbiddenField(at.key("hostNetwork"), text));
  if (spec.hostPID) errors.push(forbiddenField(at.key("HostPID"), text));
  if (spec.hostIPC) errors.push(forbiddenField(at.key("HostIPC"), text));
  return errors;
};
