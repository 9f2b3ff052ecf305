// A duty of the service worker: the site's own files, without a network after the first visit, and never those of two
// builds in one page.
//
// Each build is kept in a cache of its own, whole, once a page has started and has time; it goes when a newer one is
// kept and no page of it is open any more. The page itself comes from the host if that answers, so a reload brings what
// is there now. Which build a page is of is written down for as long as it is open: it gets files of that build, or
// none. A file whose name bears a hash of its content is the same in every build, and needs no such care.
self.files = (() => {
  const { build } = self;
  const home = self.registration.scope;
  const folder = new URL(home).pathname;
  /** A hash in a name. The same rule stands in scripts/finish.mjs. */
  const HASH = /-[0-9a-f]{16}(?=[_./]|$)/;
  /** What the page needs to start and to run demos. Anything else is kept when it is first asked for. */
  const NEEDED = /\.(js|wasm|css|svg|txt)$/;
  /** Milliseconds after which a host that does not answer is taken for one that is not there. */
  const PATIENCE = 4000;

  const own = `weft ${home} `;
  const pagesCache = `${own}pages`;
  const openCache = (id) => caches.open(own + id);
  /** Under this address a cache that is whole has the list of its build. */
  const list = `${home}build`;

  /** Pages that this service worker has met since it was started: some of them are still about to appear. */
  const met = new Set();

  /** Writes down which build a page is of. */
  const note = async (client, id) => {
    met.add(client);
    await (await caches.open(pagesCache)).put(home + client, new Response(id));
  };

  /** The build that a page is of, as far as it is known. */
  const buildOf = async (client) => (await (await caches.open(pagesCache)).match(home + client))?.text();

  /** A build that is kept whole. */
  const whole = async (id) => {
    if (!(await caches.has(own + id))) return null;
    return (await (await openCache(id)).match(list))?.json();
  };

  /** The numbers of builds that have caches. */
  const cached = async () => {
    const names = await caches.keys();
    return names.filter((name) => name.startsWith(own) && name !== pagesCache).map((name) => name.slice(own.length));
  };

  /** The number that a page bears. */
  const numberOf = (html) => /<html[^>]* data-build="(\w+)"/.exec(html)?.[1];

  /** A file exactly as its build has it, from the host; fails if that has another one by now. */
  const download = async (path, integrity) => {
    try {
      return await fetch(home + path, { integrity });
    } catch {
      // The browser's own cache may be older.
      return fetch(home + path, { integrity, cache: "reload" });
    }
  };

  const downloadPage = async () => {
    const response = await fetch(home, { cache: "no-cache" });
    const html = await response.text();
    if (numberOf(html) !== build.id) throw new Error("The host has another build by now.");
    return new Response(html, response);
  };

  const store = async (cache, path, response) => {
    const { body, headers } = self.isolated(response);
    const kept = new Response(body, { headers });
    // A file is the same for everyone.
    kept.headers.delete("vary");
    await cache.put(home + path, kept);
  };

  /** Keeps this build, unless it is kept already. */
  const keep = async () => {
    if (await whole(build.id)) return;
    const cache = await openCache(build.id);
    const needed = Object.entries(build.files).filter(([path]) => NEEDED.test(path));
    await Promise.all([
      downloadPage().then((page) => store(cache, "", page)),
      ...needed.map(async ([path, integrity]) => {
        const same = HASH.test(path) && (await caches.match(home + path));
        await store(cache, path, same || (await download(path, integrity)));
      }),
    ]);
    await cache.put(list, new Response(JSON.stringify(build)));
  };

  /** Forgets pages that are closed, and the builds that only they were of. */
  const tidy = async () => {
    const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const ids = new Set([...met, ...open.map(({ id }) => id)]);
    const used = new Set([build.id]);
    const pages = await caches.open(pagesCache);
    for (const request of await pages.keys()) {
      const client = request.url.slice(home.length);
      if (ids.has(client)) used.add(await buildOf(client));
      else await pages.delete(request);
    }
    for (const id of await cached()) {
      if (!used.has(id)) await caches.delete(own + id);
    }
  };

  /** The page as it was kept. */
  const keptPage = async (client) => {
    for (const id of [build.id, ...(await cached())]) {
      if (await whole(id)) {
        await note(client, id);
        return (await openCache(id)).match(home);
      }
    }
    return null;
  };

  const page = async (event) => {
    const asked = fetch(event.request);
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
    const response = await Promise.race([asked.catch(() => null), late]);
    if (!response || response.status >= 500) {
      return (await keptPage(event.resultingClientId)) ?? asked;
    }
    if (!response.ok) return response;
    const html = await response.text();
    const id = numberOf(html);
    if (id) await note(event.resultingClientId, id);
    if (id !== build.id) event.waitUntil(self.registration.update().catch(() => null));
    return new Response(html, response);
  };

  const file = async (event, path) => {
    if (HASH.test(path)) return (await caches.match(home + path)) ?? fetch(event.request);
    const id = (await buildOf(event.clientId)) ?? build.id;
    const { files } = id === build.id ? build : ((await whole(id)) ?? { files: {} });
    // A build that is newer than this service worker.
    if (!files[path]) return fetch(event.request);
    const cache = await openCache(id);
    try {
      if (!(await cache.match(home + path))) await store(cache, path, await download(path, files[path]));
      return await cache.match(home + path);
    } catch (error) {
      // Some hosts hand files over in a form of their own, unpacked say. It is the right one while they have this build.
      if (id !== build.id) throw error;
      await downloadPage();
      return fetch(event.request);
    }
  };

  return {
    duty(event) {
      const { method, mode, url } = event.request;
      if (method !== "GET" || !url.startsWith(home)) return null;
      const path = new URL(url).pathname.slice(folder.length);
      if (mode === "navigate") return path === "" || path === "index.html" ? page(event) : null;
      return path in build.files || HASH.test(path) ? file(event, path) : null;
    },

    /** A first service worker stands at once. A later one takes over when its build is kept as well. */
    async install() {
      if (!build) {
        for (const id of [...(await cached()), "pages"]) await caches.delete(own + id);
      } else if ((await cached()).length > 0) {
        await keep();
      }
    },

    /** A page has started, of the build with this number. */
    async started(client, id) {
      try {
        await note(client, id);
        await keep();
        await tidy();
      } catch {
        // No network or no room: the next page that starts tries again.
      }
    },
  };
})();
