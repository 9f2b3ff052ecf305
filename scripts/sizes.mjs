// Prints how large a site is, raw and as brotli, and fails if a part of it is over its budget: `node scripts/sizes.mjs
// FOLDER`. The wasm and JavaScript that whoever visits a demo downloads have a budget together. What stands below
// `on-demand/` is fetched when it is first used, and each folder there has a budget of its own. (The service worker keeps
// to the same rule, in www/sw/files.js.)
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

/** For a visit, in bytes of brotli. */
const VISIT = 700_000;
/** For each folder of `on-demand/`, by its name, in bytes of brotli. */
const ON_DEMAND = { editor: 130_000, licences: 60_000, python: 3_700_000 };

const folder = process.argv[2];
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;
const show = ({ raw, brotli }, name) =>
  console.log(`${kilobytes(raw).padStart(12)}${kilobytes(brotli).padStart(12)}  ${name}`);
const sum = (sizes) =>
  sizes.reduce((all, { raw, brotli }) => ({ raw: all.raw + raw, brotli: all.brotli + brotli }), { raw: 0, brotli: 0 });

const sizes = readdirSync(folder, { recursive: true })
  .map((name) => name.replaceAll("\\", "/"))
  .sort()
  .filter((name) => statSync(join(folder, name)).isFile())
  .map((name) => {
    const content = readFileSync(join(folder, name));
    return { name, raw: content.length, brotli: brotliCompressSync(content).length };
  });
/** The folder of `on-demand/` that a file is in, if it is in one. */
const partOf = ({ name }) => /^on-demand\/([^/]+)\//.exec(name)?.[1];
const parts = [...new Set(sizes.map(partOf))].filter(Boolean);

console.log("         raw      brotli  file");
sizes.forEach((size) => show(size, size.name));
show(sum(sizes), "all");

/** Prints a part of the site; false if it is over its budget. */
const fits = (what, part, budget) => {
  const size = sum(part);
  if (budget === undefined) {
    console.error(`weft: ${what} has no budget: give it one in scripts/sizes.mjs.`);
    return false;
  }
  show(size, `${what}, of ${kilobytes(budget)} of brotli at most`);
  if (size.brotli <= budget) return true;
  const over = kilobytes(size.brotli - budget);
  console.error(`weft: ${what}: ${kilobytes(size.brotli)} of brotli, ${over} over the budget of ${kilobytes(budget)}.`);
  return false;
};
const visit = sizes.filter((size) => /\.(wasm|m?js)$/.test(size.name) && !partOf(size));
const all = [
  fits("all wasm and JavaScript of a visit", visit, VISIT),
  ...parts.map((name) => fits(`on-demand/${name}`, sizes.filter((size) => partOf(size) === name), ON_DEMAND[name])),
];
if (all.includes(false)) process.exit(1);
