// The site's service worker. Each of its duties stands in a file of its own, as a function that is asked about every
// request below the site's folder, and answers it with a promise of a response or leaves it to the next one. What none
// of them answers goes to the network as if there were no service worker.
//
// In a site that `scripts/dist` made, all of them stand in this one file, below `self.build`: the build's number and
// its files. Without it, under `trunk serve`, only the httpbin is at work: there files change all the time, and the
// server isolates the page itself.
importScripts("sw/isolation.js", "sw/httpbin.js", "sw/files.js");

const duties = self.build ? [self.httpbin, self.files.duty] : [self.httpbin];

self.addEventListener("install", (event) => {
  // Under `trunk serve` nobody closes tabs because of a change. Elsewhere sw/files.js says why not.
  if (!self.build) self.skipWaiting();
  event.waitUntil(self.files.install());
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const [what, build] = String(event.data).split(" ");
  // A page that was loaded past its service worker, by a forced reload, asks to be taken in again.
  if (what === "claim") event.waitUntil(self.clients.claim());
  // A page of this build has started, and has time now.
  if (what === "started") event.waitUntil(self.files.started(event.source.id, build));
});

self.addEventListener("fetch", (event) => {
  for (const duty of duties) {
    const answer = duty(event);
    if (answer) return event.respondWith(answer.then(self.isolated));
  }
});
