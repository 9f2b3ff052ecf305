// Whose crates are linked into a program, with their licences. `node scripts/crates.mjs MANIFEST` prints them as JSON.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const LICENCE = /^(licen[cs]e|copying|notice|unlicense)/i;
/** Crates that only builds use, whose files become a part of the program. */
const PARTS = ["rustpython-pylib"];

/** The texts in a folder that tell of a licence. */
export const texts = (path) =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENCE.test(entry.name))
    .map((entry) => readFileSync(join(path, entry.name), "utf8").trim());

/** The crates that are linked into a program. */
export function crates(manifest) {
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

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(JSON.stringify(crates(process.argv[2])));
