// Makes the script that `wasm-bindgen` wrote, and the program's list of what it imports from it, smaller. The names there
// bear hashes, which no compression shortens; both get the same short ones. Comments and indentation go too.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A name with a hash, as `wasm-bindgen` makes them. Short ones have none, so a second time nothing is left to do. */
const LONG = /^__wbg_\w+_[0-9a-f]{16}$/;

/** A number as WebAssembly writes it. */
function number(value) {
  const bytes = [];
  do {
    bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>>= 7;
  } while (value > 0);
  return Buffer.from(bytes);
}

/** Reads a program from a place on. */
class Reader {
  constructor(bytes, at) {
    Object.assign(this, { bytes, at });
  }
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
  name() {
    const length = this.number();
    this.at += length;
    return this.bytes.toString("utf8", this.at - length, this.at);
  }
  limits() {
    const flags = this.number();
    this.number();
    if (flags & 1) this.number();
  }
  /** What stands behind an import's name. */
  kind() {
    const start = this.at;
    const kind = this.number();
    if (kind === 0) this.number();
    else if (kind === 1) {
      this.number();
      this.limits();
    } else if (kind === 2) this.limits();
    else if (kind === 3) this.at += 2;
    else throw new Error(`an import of kind ${kind}, which scripts/shorten.mjs does not know`);
    return this.bytes.subarray(start, this.at);
  }
}

/** The program with short names for what it imports, and those by the long ones. */
function shortImports(wasm) {
  const short = new Map();
  const parts = [wasm.subarray(0, 8)];
  const name = (text) => [number(Buffer.byteLength(text)), Buffer.from(text)];
  for (let at = 8; at < wasm.length; ) {
    const reader = new Reader(wasm, at + 1);
    const length = reader.number();
    const end = reader.at + length;
    if (wasm[at] === 2) {
      const count = reader.number();
      const imports = [number(count)];
      for (let done = 0; done < count; done++) {
        const [module, field] = [reader.name(), reader.name()];
        if (LONG.test(field) && !short.has(field)) short.set(field, `_${short.size.toString(36)}`);
        imports.push(...name(module), ...name(short.get(field) ?? field), reader.kind());
      }
      const content = Buffer.concat(imports);
      parts.push(Buffer.from([2]), number(content.length), content);
    } else {
      parts.push(wasm.subarray(at, end));
    }
    at = end;
  }
  return { program: Buffer.concat(parts), short };
}

/** A script without comments of its own lines and without indentation. */
const bare = (script) => script.replace(/^\s*\/\*\*[\s\S]*?\*\/\n/gm, "").replace(/^[ \t]+/gm, "").replace(/^\/\/.*\n/gm, "");

/** Shortens the program in this folder, and the script beside it. */
export function shorten(folder) {
  const files = readdirSync(folder);
  for (const file of files.filter((file) => file.endsWith(".wasm"))) {
    const { program, short } = shortImports(readFileSync(join(folder, file)));
    if (short.size === 0) continue;
    const glue = join(folder, file.replace(/_bg\.wasm$/, ".js"));
    const script = readFileSync(glue, "utf8").replace(/\b__wbg_\w+/g, (name) => short.get(name) ?? name);
    writeFileSync(glue, bare(script));
    writeFileSync(join(folder, file), program);
  }
}
