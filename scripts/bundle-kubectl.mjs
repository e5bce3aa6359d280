// Bundles the command and `wherry kubectl` into few files: reading dozens of small ones would take longer than most commands.
// They are CommonJS, whose loader is quicker, and which src/cli/compiled.ts can keep compiled.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transformSync } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, "src/cli/kubectl/main.ts");

/**
 * Of what several parts share, esbuild makes a file for each set of parts that share it. When every part that is loaded later
 * says that it needs main.ts, which is there by then, all that main.ts needs is shared by all of them: it is one file.
 * @param inputs what esbuild says of the source
 */
function oneFileForMain(inputs) {
  const imports = Object.values(inputs).flatMap((input) => input.imports);
  const later = new Set(imports.flatMap(({ kind, path }) => (kind === "dynamic-import" ? [join(root, path)] : [])));
  return {
    name: "one file for what main.ts needs",
    setup({ onLoad }) {
      onLoad({ filter: /\.[jt]s$/ }, ({ path }) =>
        later.has(path)
          ? { contents: `${readFileSync(path, "utf8")}\nimport ${JSON.stringify(main)};\n`, loader: "ts" }
          : undefined,
      );
    },
  };
}

/** Not minified, so that stack traces can be read. */
const common = { bundle: true, platform: "node", target: "node20.19", logLevel: "warning", absWorkingDir: root };

/**
 * A shell starts Node.js, and not its own first line, for the sake of a flag: Node.js 20 reads its own root certificates as soon
 * as it is given others, which takes longer than a small command. With the flag it does not, and nothing else changes: the
 * command always says which it trusts. Files of certificates that the environment names Node.js reads at once or then: the command
 * has them under another name, and gives them back to itself (src/base/certificate-files.ts). Who chooses certificates in NODE_OPTIONS keeps that choice.
 * To Node.js the second line is a text and a comment.
 */
const rename = (name) => `[ -z "$${name}" ] || { export WHERRY_${name}="$${name}"; unset ${name}; }`;
const renameAll = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"].map(rename).join("; ");
const start = [
  "#!/usr/bin/env sh",
  [
    `":" //`,
    `case "$NODE_OPTIONS" in *-ca*) exec node "$0" "$@";; esac`,
    renameAll,
    `exec node --use-openssl-ca "$0" "$@"`,
  ].join("; "),
].join("\n");

/** @param outfile the command's own file, which loads the rest */
export async function bundleMain(outfile) {
  const apart = {
    name: "what the command loads is compiled by itself",
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\./ }, ({ path, kind }) =>
        kind === "dynamic-import" ? { path: path.replace(/\.ts$/, ".js"), external: true } : undefined,
      ),
  };
  const entryPoints = [join(root, "src/cli/main.ts")];
  await build({ ...common, entryPoints, plugins: [apart], outfile, format: "cjs" });
  writeFileSync(outfile, `${start}\n${whenAsked(readFileSync(outfile, "utf8"))}`, { mode: 0o755 });
}

/**
 * @param outdir where they go, main.cjs among them
 * @returns the files that it made
 */
export async function bundleKubectl(outdir) {
  const options = {
    ...common,
    entryPoints: [main],
    outdir,
    splitting: true,
    format: "esm",
    outExtension: { ".js": ".cjs" },
    chunkNames: "[name]-[hash]",
    metafile: true,
    // Its ES modules, of which only what is used comes along.
    alias: { yaml: join(root, "node_modules/yaml/browser/index.js") },
  };
  const { inputs } = (await build({ ...options, write: false })).metafile;
  const { metafile } = await build({ ...options, plugins: [oneFileForMain(inputs)] });
  const made = Object.keys(metafile.outputs).map((file) => join(root, file));
  for (const file of made) writeFileSync(file, whenAsked(asCommonJs(readFileSync(file, "utf8"))));
  putInItsPlace(made, join(outdir, "main.cjs"));
  for (const file of made) writeFileSync(file, asFunction(readFileSync(file, "utf8")));
  const packages = new Set(Object.keys(metafile.inputs).flatMap((file) => /(?<=node_modules\/)[^/]+/.exec(file) ?? []));
  const notice = (name) => `${name}\n\n${readFileSync(join(root, "node_modules", name, "LICENSE"), "utf8")}`;
  const notices = join(outdir, "LICENSES.txt");
  writeFileSync(notices, [...packages].map(notice).join("\n"));
  return new Set([notices, ...made]);
}

/** A file that only passes on what is in another takes as long to find as any: `passing` becomes that other one. */
function putInItsPlace(made, passing) {
  const [[, name], ...more] = readFileSync(passing, "utf8").matchAll(/ = require\("\.\/(.*)"\);$/gm);
  if (more.length > 0) throw new Error(`${passing} needs several files`);
  const other = join(dirname(passing), name);
  renameSync(other, passing);
  made.splice(made.indexOf(other), 1);
  const [from, to] = [name, basename(passing)].map((one) => `require("./${one}")`);
  for (const file of made) writeFileSync(file, readFileSync(file, "utf8").replaceAll(from, to));
}

/** esbuild splits ES modules only. Nobody asks these files whether they were some, which it would make ready for each export. */
const asCommonJs = (code) =>
  transformSync(code, {
    format: "cjs",
    target: common.target,
    supported: { "dynamic-import": false },
    define: { "import.meta.url": "__filename" },
  }).code.replace(/^module\.exports = __toCommonJS\((\w+)\);$/m, "module.exports = $1;");

/** What src/cli/compiled.ts runs. */
const asFunction = (code) => `(function (exports, require, module, __filename) { ${code}\n})\n`;

/** Node.js's own modules are loaded when something of them is asked for: those of TLS and HTTP take as long as a small command. */
function whenAsked(code) {
  const required = /(?<=^var import_node_\w+ = )require(?=\("node:\w+"\);$)/gm;
  const whenAsked = "function whenAsked(id) { return new Proxy({}, { get: (_, name) => require(id)[name] }); }";
  return required.test(code) ? `${code.replace(required, "whenAsked")}${whenAsked}\n` : code;
}
