import { expect, test } from "vitest";
import { parse } from "yaml";
import { kubernetesYaml } from "./kubernetes-yaml.ts";

/** As `sigs.k8s.io/yaml` reads them. */
test.each([
  ...["e5", "E12", "+e3", "e1234567", ".", "-.", "._", ".e5", "_1", "+", "0x", "2026-11-28", "1:30"].map(
    (t) => [t, t] as const,
  ),
  ["1e3", 1000],
  ["-1.5e-3", -0.0015],
  [".5", 0.5],
  ["1.", 1],
  ["+2.50", 2.5],
  ["12", 12],
  ["017", 15],
  ["0x1F", 31],
  ["yes", true],
  ["off", false],
  [".inf", Number.POSITIVE_INFINITY],
  ["~", null],
] as const)("%s", (text, value) => {
  expect(parse(`a: ${text}`, kubernetesYaml)).toEqual({ a: value });
});
