import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { defineConfig, type Plugin } from "vite";

const HERE = import.meta.dirname;
/** What the bundle is made from; the test of the committed bundle knows the same list. */
const SOURCES = ["index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "public", "src"];

/**
 * One classic, deferred script instead of a module: the same bundle must run from a web server and, in a
 * static export, from a plain file, where browsers refuse modules.
 */
function classicScript(): Plugin {
  return {
    name: "classic-script",
    enforce: "post",
    transformIndexHtml: (html) =>
      html.replace(/<script type="module" crossorigin/g, "<script defer").replace(/ crossorigin/g, ""),
  };
}

/** build.json: the hash of the sources; LICENSES.txt: the terms of the libraries in the bundle. */
function records(): Plugin {
  return {
    name: "records",
    apply: "build",
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((part) => ("moduleIds" in part ? part.moduleIds : []));
      this.emitFile({ type: "asset", fileName: "LICENSES.txt", source: licences(modules) });
      const stamp = JSON.stringify({ sources_sha256: sourceHash() }, null, 2);
      this.emitFile({ type: "asset", fileName: "build.json", source: `${stamp}\n` });
    },
  };
}

/**
 * `virtual:igv` is the address of IGV, a file beside the bundle that only readers of reads load. Taken out of it:
 * what the content-security policy refuses (style elements, of parts that are not used, and style attributes), its
 * look-up of variants at ClinVar, and the addresses of other servers, so that none can be asked.
 */
function igv(): Plugin {
  const name = "virtual:igv";
  return {
    name: "igv",
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load(id) {
      if (id !== `\0${name}`) return;
      const source = tamed(readFileSync(join(HERE, "node_modules/igv/dist/igv.min.js"), "utf8"));
      const file = this.emitFile({ type: "asset", name: "igv.js", source });
      return `export default import.meta.ROLLUP_FILE_URL_${file};`;
    },
  };
}

function tamed(source: string): string {
  const changes: [RegExp, string][] = [
    [/document\.createElement\("style"\)/g, 'document.createElement("template")'],
    [/ style="[^"\\]*"/g, ""],
    [/try\{(?=const \w+=`https:\/\/eutils\.ncbi)/, "return null;try{"], // looks each variant up in ClinVar
    [/https?:\/\/(?!www\.w3\.org)[A-Za-z0-9.-]+/g, "https://nowhere.invalid"],
    [/\/\/# sourceMappingURL=.*\s*$/, ""],
  ];
  return changes.reduce((text, [found, instead]) => {
    if (!text.match(found)) throw new Error(`igv has no ${found} any more: look at what it does now`);
    return text.replace(found, instead);
  }, source);
}

function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesBelow(join(path, name)));
}

/** SHA-256 over each source's name, a zero byte, its bytes and a zero byte, in order of the names. */
function sourceHash(): string {
  const hash = createHash("sha256");
  const files = SOURCES.flatMap((name) => filesBelow(join(HERE, name)));
  const named = files.map((file) => [relative(HERE, file).split(sep).join("/"), file] as const);
  for (const [name, file] of named.sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(name).update("\0").update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

function licences(modules: string[]): string {
  const within = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/;
  const found = modules.flatMap((id) => within.exec(id.replace(/^\0/, ""))?.[0] ?? []);
  const whole = ["@fontsource-variable/inter", "igv"].map((name) => join(HERE, "node_modules", name));
  const folders = [...new Set([...found, ...whole])];
  const texts = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    const text = file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8").trim() : "";
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return texts.sort().join(`\n${"-".repeat(80)}\n\n`);
}

export default defineConfig({
  base: "./",
  plugins: [classicScript(), igv(), records()],
  build: {
    outDir: "../wes_biomarkers/serve/static",
    emptyOutDir: true,
    target: "es2022",
    cssCodeSplit: false,
    modulePreload: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    rolldownOptions: { output: { format: "iife", codeSplitting: false } },
  },
  server: { host: "127.0.0.1", proxy: { "/api": process.env.WES_API ?? "http://127.0.0.1:8765" } },
});
