import { expect, test } from "vitest";
import { type ManagedFieldsEntry, migrated } from "./managed-fields.ts";

const annotation = "f:kubectl.kubernetes.io/last-applied-configuration";
const client: ManagedFieldsEntry = {
  manager: "kubectl-client-side-apply",
  operation: "Update",
  fieldsV1: { "f:metadata": { "f:annotations": { ".": {}, [annotation]: {} } }, "f:data": { "f:a": {}, "f:b": {} } },
};
const server: ManagedFieldsEntry = {
  manager: "kubectl",
  operation: "Apply",
  fieldsV1: { "f:data": { "f:b": {}, "f:c": {} } },
};
const other: ManagedFieldsEntry = {
  manager: "controller",
  operation: "Update",
  subresource: "status",
  fieldsV1: { "f:status": {} },
};

test("what client-side apply owned goes to the server-side manager", () => {
  expect(migrated([client, other, server], "kubectl")).toEqual([
    other,
    {
      manager: "kubectl",
      operation: "Apply",
      fieldsV1: {
        "f:metadata": { "f:annotations": { ".": {}, [annotation]: {} } },
        "f:data": { "f:a": {}, "f:b": {}, "f:c": {} },
      },
    },
  ]);
});

test("without an entry of its own the manager takes over the client's", () => {
  expect(migrated([client, other], "kubectl")).toEqual([{ ...client, manager: "kubectl", operation: "Apply" }, other]);
});

test("nothing moves when the client applied nothing", () => {
  expect(migrated([server, other], "kubectl")).toBeUndefined();
});
