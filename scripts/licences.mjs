// Writes `on-demand/licences/licences.html` into a site: whose work is in it, and under which licences. `node scripts/licences.mjs FOLDER`.
//
// The crates are those that `cargo metadata` finds in the program and, if the site has it, in the interpreter, without what
// only builds or tests them. The editor's packages are those that npm has installed for it.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const folder = process.argv[2];
const LICENCE = /^(licen[cs]e|copying|notice|unlicense)/i;
/** Crates that only builds use, whose files become a part of the program. */
const PARTS = ["rustpython-pylib"];

/** The texts in a folder that tell of a licence. */
const texts = (path) =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENCE.test(entry.name))
    .map((entry) => readFileSync(join(path, entry.name), "utf8").trim());

/** The crates that are linked into a program. */
function crates(manifest) {
  const command = ["metadata", "--format-version", "1", "--locked", "--filter-platform", "wasm32-unknown-unknown", "--manifest-path", manifest];
  const metadata = JSON.parse(execFileSync("cargo", command, { maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] }));
  const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]));
  const linked = new Set();
  const visit = (id) => {
    if (linked.has(id)) return;
    linked.add(id);
    for (const { name, pkg, dep_kinds } of nodes.get(id).deps) {
      const part = PARTS.includes(name.replaceAll("_", "-"));
      if (part || dep_kinds.some(({ kind }) => kind === null)) visit(pkg);
    }
  };
  visit(metadata.resolve.root);
  const ours = new Set(metadata.workspace_members);
  return metadata.packages
    .filter(({ id, name }) => linked.has(id) && !ours.has(id) && name !== "weft" && !name.startsWith("weft-"))
    .filter(({ targets }) => !targets.every(({ kind }) => kind.includes("proc-macro")))
    .map(({ name, version, license, license_file: file, manifest_path }) => {
      const folder = dirname(manifest_path);
      const own = file ? [readFileSync(join(folder, file), "utf8").trim()] : texts(folder);
      return { name, version, license: license ?? file?.split("/").pop(), texts: own };
    });
}

/** The packages that the editor is bundled from. */
function packages(lock) {
  const folder = dirname(lock);
  const all = Object.entries(JSON.parse(readFileSync(lock)).packages);
  return all
    .filter(([path, { optional }]) => path && !optional && !path.endsWith("/esbuild"))
    .map(([path, { version, license }]) => {
      const here = join(folder, path);
      return { name: path.replace(/^.*node_modules\//, ""), version, license, texts: existsSync(here) ? texts(here) : [] };
    });
}

const escaped = (text) => text.replace(/[&<>]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[letter]);

const parts = [["The program", crates("Cargo.toml")]];
const has = (name) => existsSync(join(folder, "on-demand", name));
if (has("editor")) parts.push(["The editor", packages("target/tools/editor/package-lock.json")]);
if (has("python")) parts.push(["The interpreter for readers’ Python, with the library of Python", crates("python/Cargo.toml")]);

const known = new Map();
const number = (text) => {
  if (!known.has(text)) known.set(text, known.size + 1);
  return known.get(text);
};
const row = ({ name, version, license, texts }) => {
  const links = texts.map((text) => `<a href="#text-${number(text)}">${number(text)}</a>`).join(" ");
  return `<tr><td>${escaped(name)}</td><td>${escaped(version)}</td><td>${escaped(license ?? "")}</td><td>${links}</td></tr>`;
};
const table = ([title, list]) => `<h2>${title}</h2>
<table><thead><tr><th>Name</th><th>Version</th><th>Licence</th><th>Texts</th></tr></thead>
<tbody>
${list.sort((a, b) => (a.name < b.name ? -1 : 1)).map(row).join("\n")}
</tbody></table>`;
const tables = parts.map(table).join("\n");
const full = [...known].map(([text, at]) => `<h3 id="text-${at}">${at}</h3>\n<pre>${escaped(text)}</pre>`).join("\n");

const into = join(folder, "on-demand/licences");
mkdirSync(into, { recursive: true });
writeFileSync(join(into, "licences.html"), `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Licences · Weft</title>
<style>
body { max-width: 76ch; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 2px 12px 2px 0; text-align: left; vertical-align: top; }
pre { white-space: pre-wrap; font-size: 0.8125rem; }
</style>
</head>
<body>
<main>
<h1>Licences</h1>
<p>Weft is under MIT or Apache 2.0, as you prefer. The works of others that are in it, and their licences:</p>
${tables}
<h2>The texts</h2>
${full}
</main>
</body>
</html>
`);
