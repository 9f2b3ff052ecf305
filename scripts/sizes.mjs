// Prints how large a site is, raw and as brotli: `node scripts/sizes.mjs FOLDER`. All wasm and JavaScript together have
// a budget; a sentence says so when they are over it.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

/** Bytes of brotli. */
const BUDGET = 450_000;

const folder = process.argv[2];
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;
const show = ({ raw, brotli }, name) =>
  console.log(`${kilobytes(raw).padStart(12)}${kilobytes(brotli).padStart(12)}  ${name}`);
const sum = (sizes) =>
  sizes.reduce((all, { raw, brotli }) => ({ raw: all.raw + raw, brotli: all.brotli + brotli }), { raw: 0, brotli: 0 });

const sizes = readdirSync(folder, { recursive: true })
  .sort()
  .filter((name) => statSync(join(folder, name)).isFile())
  .map((name) => {
    const content = readFileSync(join(folder, name));
    return { name, raw: content.length, brotli: brotliCompressSync(content).length };
  });
const program = sum(sizes.filter(({ name }) => /\.(wasm|m?js)$/.test(name)));

console.log("         raw      brotli  file");
sizes.forEach((size) => show(size, size.name));
show(sum(sizes), "all");
show(program, `all wasm and JavaScript, of ${kilobytes(BUDGET)} of brotli at most`);
if (program.brotli > BUDGET) {
  console.error(
    `weft: All wasm and JavaScript together are ${kilobytes(program.brotli)} as brotli: ` +
      `${kilobytes(program.brotli - BUDGET)} over the budget of ${kilobytes(BUDGET)}. The site works all the same.`,
  );
}
