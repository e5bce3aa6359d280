// Bundles `wherry kubectl` into few files: reading dozens of small ones would take longer than most commands.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, "src/cli/kubectl/main.ts");

/**
 * Of what several parts share, esbuild makes a file for each set of parts that share it. When every part that is loaded later
 * says that it needs main.ts, which is there by then, all that main.ts needs is shared by all of them: it is one file.
 */
const oneFileForMain = {
  name: "one file for what main.ts needs",
  setup({ onResolve, onLoad, resolve }) {
    const later = new Set();
    onResolve({ filter: /^\./ }, async ({ path, kind, ...from }) => {
      if (kind !== "dynamic-import" || from.pluginData === oneFileForMain) return undefined;
      const found = await resolve(path, { ...from, kind, pluginData: oneFileForMain });
      later.add(found.path);
      return found;
    });
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (!later.has(path) || path === main) return undefined;
      return { contents: `${readFileSync(path, "utf8")}\nimport ${JSON.stringify(main)};\n`, loader: "ts" };
    });
  },
};

/**
 * Not minified, so that stack traces can be read.
 * @param outdir where main.js and its chunks go
 * @returns the files that it made
 */
export async function bundleKubectl(outdir) {
  const { metafile } = await build({
    entryPoints: [main],
    plugins: [oneFileForMain],
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    chunkNames: "chunks/[name]-[hash]",
    metafile: true,
    logLevel: "warning",
    absWorkingDir: root,
    // Its ES modules, of which only what is used comes along.
    alias: { yaml: join(root, "node_modules/yaml/browser/index.js") },
  });
  const packages = new Set(Object.keys(metafile.inputs).flatMap((file) => /(?<=node_modules\/)[^/]+/.exec(file) ?? []));
  const notice = (name) => `${name}\n\n${readFileSync(join(root, "node_modules", name, "LICENSE"), "utf8")}`;
  const notices = join(outdir, "LICENSES.txt");
  writeFileSync(notices, [...packages].map(notice).join("\n"));
  return new Set([notices, ...Object.keys(metafile.outputs).map((file) => join(root, file))]);
}
