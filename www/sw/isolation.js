// A duty of the service worker: whatever it answers bears the headers that isolate a page from others, so that threads
// can share memory on hosts that send no headers of one's own.
//
// Chromium goes by Document-Isolation-Policy, also in a frame of a page that is not isolated. Other browsers go by the
// other two, in a tab of the page's own.
self.isolated = (() => {
  const HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Document-Isolation-Policy": "isolate-and-require-corp",
  };

  return (response) => {
    const missing = Object.entries(HEADERS).filter(([name, value]) => response.headers.get(name) !== value);
    // Redirects and failures have the status 0, and are for the browser alone.
    if (!self.build || response.status === 0 || missing.length === 0) return response;
    const { status, statusText, body } = response;
    const headers = new Headers(response.headers);
    missing.forEach(([name, value]) => headers.set(name, value));
    return new Response(body, { status, statusText, headers });
  };
})();
