// Bundles the extension into dist/, or its tests into out/tests/. Usage: node build.mjs [minified | tests]
import { readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

const wanted = process.argv[2] ?? "";
const common = {
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["vscode"],
  logLevel: "warning",
};

if (wanted === "tests") {
  rmSync("out/tests", { recursive: true, force: true });
  const entryPoints = readdirSync("tests").map((name) => `tests/${name}`);
  await build({ ...common, entryPoints, outdir: "out/tests", sourcemap: "inline" });
} else {
  rmSync("dist", { recursive: true, force: true });
  const minify = wanted === "minified";
  await build({
    ...common,
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    minify,
    sourcemap: !minify,
  });
}
