// The site's service worker. Each of its duties stands in a file of its own, as a function that is asked about every
// request below the site's folder, and answers it with a promise of a response or leaves it to the next one. What none
// of them answers goes to the network as if there were no service worker.
importScripts("sw/httpbin.js");

const duties = [self.httpbin];

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// A page that was loaded past its service worker, by a forced reload, asks to be taken in again.
self.addEventListener("message", (event) => {
  if (event.data === "claim") event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
  for (const duty of duties) {
    const answer = duty(event);
    if (answer) return event.respondWith(answer);
  }
});
