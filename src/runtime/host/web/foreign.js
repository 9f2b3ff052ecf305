// A process's operations on the words that it shares with the main program, in whose memory they are. What takes
// several steps is one call here, since a call out of WebAssembly costs more than a step.
//
// `at` counts words of the main program's memory (or pairs of them, where noted); addresses count bytes of either
// memory.

let main, words, pairs, bytes;
let own, ownWords, ownBytes;
let nobody, told;

const seeMain = () => {
  const { buffer } = main;
  [words, pairs, bytes] = [new Int32Array(buffer), new BigInt64Array(buffer), new Uint8Array(buffer)];
};

const seeOwn = () => {
  const { buffer } = own;
  [ownWords, ownBytes] = [new Int32Array(buffer), new Uint8Array(buffer)];
};

// Sets the two memories.
export const share = (theMain, theOwn) => {
  [main, own] = [theMain, theOwn];
  nobody = new Int32Array(new SharedArrayBuffer(4));
  seeMain();
  seeOwn();
};

// Makes the main program's memory, which may have grown, accessible up to this byte.
export const reach = (end) => {
  if (end > bytes.length) seeMain();
};

const reachOwn = (end) => {
  if (end > ownBytes.length) seeOwn();
};

// This process stops for ever, at its next observable step, once this word is `value`.
export const stopOnce = (at, value) => {
  told = { at, value };
};

export const stopIfTold = () => {
  // Its worker is being ended.
  while (told !== undefined && Atomics.load(words, told.at) === told.value) Atomics.wait(nobody, 0, 0);
};

export const load = (at) => Atomics.load(words, at);

export const store = (at, value) => {
  Atomics.store(words, at, value);
};

export const swap = (at, value) => Atomics.exchange(words, at, value);

export const replace = (at, current, value) => {
  stopIfTold();
  return Atomics.compareExchange(words, at, current, value) === current;
};

export const add = (at, value) => Atomics.add(words, at, value);

export const and = (at, bits) => Atomics.and(words, at, bits);

// Here `at` counts pairs.
export const loadLong = (at) => Atomics.load(pairs, at);

export const storeLong = (at, value) => {
  stopIfTold();
  Atomics.store(pairs, at, value);
};

export const wait = (at, value, milliseconds) => {
  Atomics.wait(words, at, value, milliseconds);
  stopIfTold();
};

export const notify = (at, count) => {
  Atomics.notify(words, at, count);
};

export const loadRow = (first, into, count) => {
  reachOwn(into + 4 * count);
  for (let n = 0; n < count; n++) ownWords[into / 4 + n] = Atomics.load(words, first + n);
};

// Each change is two words: which one, counted from `first`, and its new value.
export const storeEach = (first, changes, count) => {
  stopIfTold();
  reachOwn(changes + 8 * count);
  for (let n = changes / 4; n < changes / 4 + 2 * count; n += 2) {
    Atomics.store(words, first + ownWords[n], ownWords[n + 1]);
  }
};

export const signal = (at, asleep, count) => {
  Atomics.add(words, at, 1);
  if (Atomics.load(words, asleep) !== 0) Atomics.notify(words, at, count);
};

export const sleep = (at, value, asleep, milliseconds) => {
  Atomics.add(words, asleep, 1);
  wait(at, value, milliseconds);
  Atomics.sub(words, asleep, 1);
};

export const changesSoon = (at, value, looks) => {
  for (let n = 0; n < looks; n++) if (Atomics.load(words, at) !== value) return true;
  return false;
};

// Copies bytes from one memory to the other. For a few bytes, creating views would take longer than copying.
const copy = (from, start, into, at, len) => {
  if (len <= 128) for (let n = 0; n < len; n++) into[at + n] = from[start + n];
  else into.set(from.subarray(start, start + len), at);
};

export const writeBytes = (address, from, len) => {
  stopIfTold();
  reachOwn(from + len);
  copy(ownBytes, from, bytes, address, len);
};

export const readBytes = (address, into, len) => {
  reachOwn(into + len);
  copy(bytes, address, ownBytes, into, len);
};
