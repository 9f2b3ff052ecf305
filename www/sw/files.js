// A duty of the service worker: the site's own files, without a network after the first visit, and never those of two
// builds in one page.
//
// Each build is kept in a cache of its own, whole: the first once a page has started and has time, a newer one by the
// service worker that came with it. It goes when a newer one is kept and no page of it is open any more. The page
// itself comes from the host if that answers, so a reload brings what is there now. Which build a page is of is written
// down for as long as it is open: it gets files of that build, or none. A file whose name bears a hash of its content,
// as the program's do, is the same in every build that has it, and needs no such care. What most readers never use is
// below `on-demand/` (the Python interpreter), and is kept from its first use on.
//
// So this one serves pages of all builds, newer ones too, and its successor can wait until the last page is closed. It
// must: where a service worker takes over from one that is at work, Chromium may end that in the middle of a request,
// and the page that was asked for never comes.
self.files = (() => {
  const { build } = self;
  const home = self.registration.scope;
  const folder = new URL(home).pathname;
  /** A hash in a name, without the zeros it begins with. The same rule stands in scripts/finish.mjs. */
  const HASH = /-[0-9a-f]{10,16}(?=[_./]|$)/;
  /** What most readers never use, and so is kept when it is first asked for. The same rule stands in scripts/sizes.mjs. */
  const ON_DEMAND = /^on-demand\//;
  /** What the page needs to start and to run demos. Anything else is kept when it is first asked for, too. */
  const NEEDED = /\.(js|wasm|css|svg|txt)$/;
  /** Milliseconds after which a host that does not answer is taken for one that is not there. */
  const PATIENCE = 4000;

  const own = `weft ${home} `;
  const pagesCache = `${own}pages`;
  const openCache = (id) => caches.open(own + id);
  /** Under this address a cache that is whole has the list of its build. */
  const list = `${home}build`;

  /** Pages that have been asked for since this service worker was started, and not been seen open yet. */
  const awaited = new Set();

  /** Writes down which build a page is of. */
  const note = async (client, id) => {
    awaited.add(client);
    await (await caches.open(pagesCache)).put(home + client, new Response(id));
  };

  /** The build that a page is of, as far as it is known. */
  const buildOf = async (client) => (await (await caches.open(pagesCache)).match(home + client))?.text();

  /** A build that is kept whole: its number, its files, and since when it is the newest. */
  const whole = async (id) => {
    if (!(await caches.has(own + id))) return null;
    return (await (await openCache(id)).match(list))?.json();
  };

  /** The numbers of builds that have caches. */
  const cached = async () => {
    const names = await caches.keys();
    return names.filter((name) => name.startsWith(own) && name !== pagesCache).map((name) => name.slice(own.length));
  };

  /** The builds that are kept whole, the newest first. */
  const kept = async () => {
    const builds = await Promise.all((await cached()).map(whole));
    return builds.filter(Boolean).sort((one, other) => other.since - one.since);
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
    const copy = new Response(body, { headers });
    // A file is the same for everyone.
    copy.headers.delete("vary");
    await cache.put(home + path, copy);
  };

  /** Says that this build, all of whose files are there, is the newest. */
  const crown = async () => {
    const crowned = { ...build, since: Date.now() };
    await (await openCache(build.id)).put(list, new Response(JSON.stringify(crowned)));
  };

  /** Keeps this build, unless it is kept already. */
  const keep = async () => {
    if (await whole(build.id)) return;
    const cache = await openCache(build.id);
    await Promise.all([
      downloadPage().then((page) => store(cache, "", page)),
      ...Object.entries(build.files).map(async ([path, integrity]) => {
        const same = HASH.test(path) && (await caches.match(home + path));
        const needed = NEEDED.test(path) && !ON_DEMAND.test(path);
        if (same || needed) await store(cache, path, same || (await download(path, integrity)));
      }),
    ]);
    await crown();
  };

  /** Forgets pages that are closed, and the builds that only they were of. */
  const tidy = async () => {
    // A newer service worker is keeping its build just now.
    if (self.registration.installing) return;
    const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    open.forEach(({ id }) => awaited.delete(id));
    const ids = new Set([...awaited, ...open.map(({ id }) => id)]);
    const used = new Set([(await kept())[0]?.id]);
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
    const [newest] = await kept();
    if (!newest) return null;
    await note(client, newest.id);
    return (await openCache(newest.id)).match(home);
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
    return new Response(html, response);
  };

  const file = async (event, path) => {
    if (HASH.test(path)) {
      const same = await caches.match(home + path);
      if (same || !ON_DEMAND.test(path)) return same ?? fetch(event.request);
    }
    // Workers are not written down.
    const of = await buildOf(event.clientId);
    const id = of ?? (await kept())[0]?.id ?? build.id;
    const { files } = id === build.id ? build : ((await whole(id)) ?? { files: {} });
    // No file of the site's, or of a build that is about to be kept.
    if (!files[path]) return fetch(event.request);
    const cache = await openCache(id);
    try {
      if (!(await cache.match(home + path))) await store(cache, path, await download(path, files[path]));
      return await cache.match(home + path);
    } catch (error) {
      // Some hosts hand files over in a form of their own, unpacked say. It is the right one while they have this build.
      if (of && of !== build.id) throw error;
      if (of) await downloadPage();
      return fetch(event.request);
    }
  };

  return {
    duty(event) {
      const { method, mode, url } = event.request;
      if (method !== "GET" || !url.startsWith(home)) return null;
      const path = new URL(url).pathname.slice(folder.length);
      if (mode === "navigate") return path === "" || path === "index.html" ? page(event) : null;
      return file(event, path);
    },

    /** A first service worker stands at once. A later one keeps its build. */
    async install() {
      if (!build) {
        for (const id of [...(await cached()), "pages"]) await caches.delete(own + id);
      } else if (self.registration.active) {
        await keep();
        // The host has put an older build back, say.
        await crown();
      }
    },

    /** A page has started, of the build with this number. */
    async started(client, id) {
      try {
        await note(client, id);
        await (id === build.id ? keep() : self.registration.update());
        await tidy();
      } catch {
        // No network or no room: the next page that starts tries again.
      }
    },
  };
})();
