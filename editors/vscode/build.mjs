// Bundles the extension into dist/extension.js; --release: minified; --tests: the tests instead.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const tests = process.argv.includes("--tests");
const release = process.argv.includes("--release");
const shared = { bundle: true, platform: "node", target: "node20", external: ["vscode"] };

if (tests) {
  rmSync("build/test", { recursive: true, force: true });
  const files = readdirSync("test").filter((name) => name.endsWith(".test.ts"));
  await build({
    ...shared,
    format: "esm",
    entryPoints: files.map((name) => `test/${name}`),
    outdir: "build/test",
    outExtension: { ".js": ".mjs" },
    logLevel: "warning",
  });
} else {
  rmSync("dist", { recursive: true, force: true });
  await build({
    ...shared,
    format: "cjs",
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    minify: release,
    sourcemap: release ? false : "linked",
    // The client's packages carry a CommonJS and a module form; the latter bundles smaller.
    mainFields: ["module", "main"],
    logLevel: "warning",
  });
  if (release) {
    // An editor that shows the page of a .vsix shows no pictures that come with it.
    const page = readFileSync("README.md", "utf8");
    writeFileSync("dist/README.md", page.replace(/^!\[.*\]\(images\/.*\)\n+/gm, ""));
  }
}
