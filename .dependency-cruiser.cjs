/** Which folder of src/ may import which: the arrows of the design. Imports go down only. */
const may = {
  base: [],
  api: ["base"],
  store: ["base", "api"],
  registry: ["base", "api", "store"],
  server: ["base", "api", "store", "registry"],
  client: ["base", "api"],
  controllers: ["base", "api", "client"],
  scheduler: ["base", "api", "client"],
  node: ["base", "api", "client"],
  network: ["base", "api", "client"],
  cli: ["base", "api", "client"],
  dashboard: ["base", "api", "client"],
};

const layers = Object.entries(may).map(([folder, allowed]) => ({
  name: `layer-${folder}`,
  severity: "error",
  from: {
    path: `^src/${folder}/`,
    pathNot: folder === "cli" ? "^src/cli/(cluster/|(guard|verify)\\.ts$)|\\.test\\.ts$" : "\\.test\\.ts$",
  },
  to: { path: "^src/", pathNot: [folder, ...allowed].map((f) => `^src/${f}/`) },
}));

module.exports = {
  forbidden: [
    ...layers,
    {
      name: "layer-cli-guard",
      severity: "error",
      from: { path: "^src/cli/guard\\.ts$" },
      to: { path: "^src/", pathNot: ["cli", "base", "api", "client", "controllers"].map((f) => `^src/${f}/`) },
    },
    {
      name: "layer-cli-verify",
      severity: "error",
      from: { path: "^src/cli/verify\\.ts$" },
      to: { path: "^src/", pathNot: ["cli", "base", "api", "client", "verify"].map((f) => `^src/${f}/`) },
    },
    {
      name: "only-verify-uses-verify",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/verify/|^src/cli/verify\\.(test\\.)?ts$" },
      to: { path: "^src/verify/" },
    },
    {
      name: "not-to-test",
      severity: "error",
      from: { pathNot: "\\.(test|conformance)\\.ts$" },
      to: { path: "^src/.*\\.(test|conformance)\\.ts$" },
    },
    {
      name: "no-dev-dependencies",
      severity: "error",
      // The page is bundled: what it is made of is in it.
      from: { path: "^src/", pathNot: "\\.(test|conformance)\\.ts$|^src/dashboard/" },
      to: { dependencyTypes: ["npm-dev"] },
    },
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: "node_modules" },
    includeOnly: "^src/|^node_modules/",
    // swc is not asked to read JSX here; biome.json holds the same arrows for these files.
    exclude: "\\.tsx$",
    tsPreCompilationDeps: "specify",
    enhancedResolveOptions: { extensions: [".ts", ".js", ".json"] },
  },
};
