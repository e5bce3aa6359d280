import { expect, test } from "vitest";
import * as names from "./names.ts";

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const part =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

test.each<[names.Check, string, string[]]>([
  [names.checkDnsLabel, "web-1", []],
  [names.checkDnsLabel, "Web", [label]],
  [names.checkDnsLabel, "a.b", ["must not contain dots"]],
  [names.checkDnsLabel, "a".repeat(64), ["must be no more than 63 characters"]],
  [names.checkDnsSubdomain, "a.b-c.d", []],
  [names.checkDnsSubdomain, "a".repeat(254), ["must be no more than 253 characters"]],
  [
    names.checkDns1035Label,
    "1web",
    [
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    ],
  ],
  [names.checkQualifiedName, "example.com/app", []],
  [names.checkQualifiedName, "/app", ["prefix part must be non-empty"]],
  [names.checkQualifiedName, "", ["name part must be non-empty", `name part ${part}`]],
  [
    names.checkQualifiedName,
    "a/b/c",
    [`a qualified name ${part} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`],
  ],
  [names.checkLabelValue, "", []],
  [names.checkLabelValue, "v".repeat(64), ["must be no more than 63 characters"]],
  [names.checkPortName, "http", []],
  [names.checkPortName, "80", ["must contain at least one letter (a-z)"]],
  [names.checkPortName, "a--b", ["must not contain consecutive hyphens"]],
  [names.checkEnvName, "any thing!", []],
  [
    names.checkEnvName,
    "A=B",
    ["a valid environment variable name must consist only of printable ASCII characters other than '='"],
  ],
  [names.checkConfigKey, "..a", ["must not start with '..'"]],
  [names.checkPathSegment, "a/b%", ["may not contain '/'", "may not contain '%'"]],
  [names.checkPrefix(names.checkDnsLabel), "web-", []],
])("%o of %j", (check, value, expected) => {
  expect(check(value)).toEqual(expected);
});

test("a label must not start or end with a hyphen", () => {
  expect(names.checkDnsLabel("-a")).toEqual([label]);
  expect(names.checkDnsLabel("a-")).toEqual([label]);
});
