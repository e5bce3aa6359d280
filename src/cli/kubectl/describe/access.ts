/** Roles and who has them. */
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "../../../api/generated/types.ts";
import { ruleRows } from "../core/access-rules.ts";
import type { Describer } from "./describer.ts";
import { writeAnnotations, writeLabels } from "./multiline.ts";
import { DescriptionWriter } from "./writer.ts";

function start({ metadata = {} }: Role | RoleBinding): DescriptionWriter {
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  return w;
}

export const describeRole: Describer<Role | ClusterRole> = async (role) => {
  const w = start(role);
  w.write(0, "PolicyRule:\n");
  w.write(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs\n");
  w.write(1, "---------\t-----------------\t--------------\t-----\n");
  for (const row of ruleRows(role.rules ?? [])) w.write(1, `${row.join("\t")}\n`);
  return w.text();
};

export const describeRoleBinding: Describer<RoleBinding | ClusterRoleBinding> = async (binding) => {
  const w = start(binding);
  w.write(0, "Role:\n");
  w.write(1, `Kind:\t${binding.roleRef.kind}\n`);
  w.write(1, `Name:\t${binding.roleRef.name}\n`);
  w.write(0, "Subjects:\n");
  w.write(1, "Kind\tName\tNamespace\n");
  w.write(1, "----\t----\t---------\n");
  for (const { kind, name, namespace } of binding.subjects ?? []) w.write(1, `${kind}\t${name}\t${namespace ?? ""}\n`);
  return w.text();
};
