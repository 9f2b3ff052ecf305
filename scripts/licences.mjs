// Writes `on-demand/licences/licences.html` into a site: whose work is in it, and under which licences. `node scripts/licences.mjs FOLDER`.
//
// The crates are those that are linked into the program and, if the site has it, the interpreter, which brings the list of its
// own: what it was built from is not here when it comes from the cache. The editor's packages are those that npm has installed.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { crates, texts } from "./crates.mjs";

const folder = process.argv[2];

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
if (has("python")) {
  const list = join(folder, "on-demand/python/crates.json");
  parts.push(["The interpreter for readers’ Python, with the library of Python", JSON.parse(readFileSync(list))]);
  rmSync(list);
}

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
