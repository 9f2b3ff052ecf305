// Makes what Trunk built fit for any host: `node scripts/finish.mjs FOLDER`. Running it again changes nothing.
//
// - Files whose names bear a hash get that of what is in them now, so that they may be cached for ever. (Trunk's own is
//   that of the program before wasm-opt, and the one of a folder of snippets says nothing about its content.)
// - index.html gets the build's number, and a policy that lets only the site's own scripts run, by their hashes.
// - sw.js becomes one file, with its duties and the list of the build's files: so each build has one of its own.
// - _headers tells hosts that read it what to send.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

const folder = process.argv[2];
const www = join(dirname(fileURLToPath(import.meta.url)), "../www");
if (!folder || !existsSync(join(folder, "index.html"))) {
  console.error("usage: node scripts/finish.mjs FOLDER, where FOLDER holds the site that Trunk built");
  process.exit(2);
}

/** What is made here, or is no part of the site. */
const MADE = ["sw.js", "_headers", "index.html"];
/** A hash in a name, without the zeros it begins with. The same rule stands in www/sw/files.js. */
const HASH = /-([0-9a-f]{10,16})(?=[_./]|$)/;
/** Files that name others: the program too, for scripts that it calls without a detour. */
const NAMING = /\.(html|js|css|wasm)$/;

const sha256 = (...contents) => contents.reduce((hash, content) => hash.update(content), createHash("sha256"));
const short = (length, ...contents) => sha256(...contents).digest("hex").slice(0, length);
const read = (path) => readFileSync(join(folder, path));
// A character for each byte, so that any file comes out as it went in. Names keep their length, as the program needs.
const text = (path) => read(path).toString("latin1");
const bytes = (text) => Buffer.from(text, "latin1");
const list = () =>
  readdirSync(folder, { recursive: true })
    .map((path) => path.split(sep).join("/"))
    .filter((path) => statSync(join(folder, path)).isFile() && !path.split("/").some((part) => part.startsWith(".")))
    .filter((path) => !MADE.includes(path) && !path.startsWith("sw/"))
    .sort();

/** Gives every hash in names its new one; a file that names others is hashed with their new names in it. */
function nameByContent() {
  const groups = new Map();
  for (const path of list()) {
    const old = HASH.exec(path)?.[1];
    if (old) groups.set(old, [...(groups.get(old) ?? []), path]);
  }
  const news = new Map();
  const renamed = (text, own) =>
    [...groups.keys()].reduce((text, old) => {
      if (!text.includes(`-${old}`)) return text;
      return text.replaceAll(`-${old}`, old === own ? "-" : `-${hashOf(old)}`);
    }, text);
  const hashOf = (old) => {
    if (!news.has(old)) {
      const contents = groups.get(old).map((path) => (NAMING.test(path) ? bytes(renamed(text(path), old)) : read(path)));
      news.set(old, short(old.length, ...contents));
    }
    return news.get(old);
  };
  const rename = (text) =>
    [...groups.keys()].reduce((text, old) => text.replaceAll(`-${old}`, `-${hashOf(old)}`), text);

  for (const path of ["index.html", ...[...groups.values()].flat()]) {
    const to = rename(path);
    const content = NAMING.test(path) ? bytes(rename(text(path))) : read(path);
    mkdirSync(dirname(join(folder, to)), { recursive: true });
    if (to !== path) renameSync(join(folder, path), join(folder, to));
    writeFileSync(join(folder, to), content);
  }
  // Folders that were renamed file by file.
  for (const path of readdirSync(folder, { recursive: true }).sort().reverse()) {
    const full = join(folder, path);
    if (statSync(full).isDirectory() && readdirSync(full).length === 0) rmSync(full, { recursive: true });
  }
}

/** The policy for a page with these scripts in it. */
function policy(html) {
  const scripts = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)];
  const hashes = scripts.map(([, script]) => `'sha256-${sha256(script).digest("base64")}'`);
  return [
    "default-src 'self'",
    `script-src 'self' 'wasm-unsafe-eval' ${hashes.join(" ")}`,
    // Workers begin as a few lines in a blob, which then load the program.
    "worker-src 'self' blob:",
    // Programs of readers fetch what they name, without credentials; the page's own code fetches nothing foreign.
    "connect-src 'self' blob: data: https: http://localhost:* http://127.0.0.1:*",
    "img-src 'self' blob: data:",
    "style-src 'self' 'unsafe-inline'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

nameByContent();

const names = list();
const files = Object.fromEntries(names.map((path) => [path, `sha256-${sha256(read(path)).digest("base64")}`]));

let html = read("index.html").toString();
html = html.replace(/ data-build="[^"]*"/, "").replace(/\n *<meta http-equiv="Content-Security-Policy"[^>]*>/, "");
const [head, imported, tail] = readFileSync(join(www, "sw.js"), "utf8").split(/^importScripts\((.*)\);\n/m);
const parts = [...imported.matchAll(/"(.*?)"/g)].map(([, file]) => readFileSync(join(www, file), "utf8"));
const duties = [head, ...parts, tail].join("\n");
const id = short(16, html, JSON.stringify(files), duties);
const csp = policy(html);
html = html.replace("<html", `<html data-build="${id}"`);
html = html.replace(/<meta charset="[^"]*">/, (charset) => `${charset}\n  <meta http-equiv="Content-Security-Policy" content="${csp}">`);
writeFileSync(join(folder, "index.html"), html);

writeFileSync(join(folder, "sw.js"), `self.build = ${JSON.stringify({ id, files })};\n\n${duties}`);
rmSync(join(folder, "sw"), { recursive: true, force: true });

const lasting = names.filter((path) => HASH.test(path));
const cached = (path, how) => `/${path}\n  Cache-Control: ${how}\n`;
writeFileSync(join(folder, "_headers"), [
  `${readFileSync(join(www, "_headers"), "utf8")}  Content-Security-Policy: ${csp}\n`,
  ...["", "index.html", "sw.js"].map((path) => cached(path, "no-cache")),
  ...lasting.map((path) => cached(path, "public, max-age=31536000, immutable")),
].join(""));
