// A duty of the service worker: the slow and failing addresses that the task demos fetch, as a small httpbin.
//
//   httpbin/<any name>?delay=400&status=503&chunks=5&size=1000
//
//   delay    milliseconds before the answer, and again before each further chunk; 0 to 60000, else 0
//   status   of the answer; 200 to 599, else 200
//   chunks   in how many parts the body comes; 1 to 1000, else 1
//   size     bytes of each part, 1 to 1000000; without it, a part is a line that says which one it is
//
// Nothing leaves the browser. Every answer bears the header `weft-httpbin`, by which it can be told from whatever the
// site's host says to such an address.
self.httpbin = (() => {
  const LIMITS = { delay: [0, 60_000, 0], status: [200, 599, 200], chunks: [1, 1000, 1], size: [1, 1_000_000, 0] };
  /** Statuses that may not have a body. */
  const EMPTY = [204, 205, 304];

  /** Ends after so many milliseconds, never earlier: timers may fire a moment too soon. */
  const sleep = async (ms) => {
    const end = performance.now() + ms;
    for (let left = ms; left > 0; left = end - performance.now()) {
      await new Promise((resolve) => setTimeout(resolve, left));
    }
  };

  const respond = (text, status) =>
    new Response(text, {
      status,
      headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", "weft-httpbin": "1" },
    });

  /** The parameters of an address, or a sentence about the one that is wrong. */
  const read = (search) => {
    const parameters = {};
    for (const [name, [least, most, otherwise]] of Object.entries(LIMITS)) {
      const text = search.get(name);
      const value = text === null ? otherwise : Number(text);
      if (text !== null && !(Number.isInteger(value) && value >= least && value <= most)) {
        return { wrong: `${name} must be a whole number from ${least} to ${most}, and ${text} is not.\n` };
      }
      parameters[name] = value;
    }
    return parameters;
  };

  /** The answer; `over` is called when its body has been sent, or nobody wants it any more. */
  const answer = async (search, over) => {
    const { wrong, delay, status, chunks, size } = read(search);
    if (!wrong) await sleep(delay);
    if (wrong || EMPTY.includes(status)) {
      over();
      return respond(wrong ?? null, wrong ? 400 : status);
    }
    const encoder = new TextEncoder();
    let sent = 0;
    const body = new ReadableStream({
      async pull(controller) {
        if (sent > 0) await sleep(delay);
        sent += 1;
        const line = `chunk ${sent} of ${chunks}\n`;
        controller.enqueue(encoder.encode(size ? line.repeat(Math.ceil(size / line.length)).slice(0, size) : line));
        if (sent === chunks) {
          controller.close();
          over();
        }
      },
      cancel: () => over(),
    }, { highWaterMark: 0 });
    return respond(body, status);
  };

  return (event) => {
    const url = new URL(event.request.url);
    const home = new URL("httpbin/", self.registration.scope);
    if (url.origin !== home.origin || !url.pathname.startsWith(home.pathname)) return null;
    // A browser may end a service worker that has answered, even while the body still comes.
    let over;
    event.waitUntil(new Promise((resolve) => (over = resolve)));
    return answer(url.searchParams, over);
  };
})();
