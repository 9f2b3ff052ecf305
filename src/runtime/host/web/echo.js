// An echo server in a worker of its own: what comes in goes out again, in the same order.
//
// It has at most `window` bytes in transit that the other side has not taken yet. What it cannot send yet it keeps
// without acknowledging it, so that the other side stops in its turn: back pressure, as in TCP.
let window = 0;
let untaken = 0;
let ended = false;
const kept = [];

self.onmessage = ({ data }) => {
  if (data.window !== undefined) {
    window = data.window;
    self.postMessage({ open: true });
  } else if (data.bytes) {
    kept.push(data.bytes);
  } else if (data.taken) {
    untaken -= data.taken;
  } else if (data.end) {
    ended = true;
  }
  while (kept.length > 0 && (untaken === 0 || untaken + kept[0].byteLength <= window)) {
    const bytes = kept.shift();
    const taken = bytes.byteLength;
    untaken += taken;
    self.postMessage({ bytes }, [bytes]);
    self.postMessage({ taken });
  }
  if (ended && kept.length === 0) {
    ended = false;
    self.postMessage({ end: true });
  }
};
