// <weft-demo>: one of Weft's demos inside any page. docs/embedding.md tells how to use it.
//
//   <script src="https://host/path/embed.js" defer></script>
//   <weft-demo demo="bounded-queue" params="capacity=3" theme="dark" panels="chart,code" autorun></weft-demo>
//
// Everything between the page and the frame goes by postMessage; no text of either side is run by the other.
(() => {
  const script = document.currentScript ?? [...document.scripts].find(({ src }) => /\/embed\.js([?#]|$)/.test(src));
  if (!script) throw new Error("weft: load embed.js by a <script> element, so that it knows where Weft is");
  if (customElements.get("weft-demo")) return;

  const home = new URL(".", script.src);
  // How long a frame that has loaded may take to say that it is ready, in milliseconds.
  const LIMIT = 30_000;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  class WeftDemo extends HTMLElement {
    static observedAttributes = ["demo", "params", "panels", "theme"];
    #frame = null;
    #ready = false;
    // What was asked for and not answered yet, by the number of the question.
    #waiting = new Map();
    #questions = 0;
    #theme = null;
    #changed = false;
    #timer = 0;
    #listening = null;

    /** Runs the demo, with these parameters in place of those that it shows; gives the result. */
    run(params) {
      return this.#ask({ weft: "run", params });
    }

    /** Ends the run. */
    stop() {
      return this.#ask({ weft: "stop" });
    }

    /** The trace of the shown run, in Chrome's format. */
    trace() {
      return this.#ask({ weft: "trace" });
    }

    connectedCallback() {
      this.#theme = this.#wantedTheme();
      const frame = document.createElement("iframe");
      frame.allow = "cross-origin-isolated; clipboard-write";
      frame.loading = "lazy";
      frame.title = `Weft: ${this.getAttribute("demo") ?? "a demo"}`;
      Object.assign(frame.style, { display: "block", width: "100%", height: "480px", border: "0" });
      frame.addEventListener("load", () => this.#watch());
      frame.src = this.#address();
      this.#frame = frame;
      this.style.display ||= "block";
      // What stands in the element is for browsers that do not run this.
      this.replaceChildren(frame);

      this.#listening = new AbortController();
      const { signal } = this.#listening;
      const look = () => this.#followTheme();
      addEventListener("message", (event) => this.#hear(event), { signal });
      dark.addEventListener("change", look, { signal });
      document.addEventListener("transitionend", look, { signal });
      const observer = new MutationObserver(look);
      for (const element of [document.documentElement, document.body]) observer.observe(element, { attributes: true });
      signal.addEventListener("abort", () => observer.disconnect());
    }

    disconnectedCallback() {
      this.#listening.abort();
      clearTimeout(this.#timer);
      this.#frame.remove();
      this.#frame = null;
      this.#ready = false;
      this.#giveUp("The demo was taken out of the page.");
    }

    attributeChangedCallback(name, before, after) {
      if (!this.#frame || before === after) return;
      if (name === "theme") return this.#followTheme();
      if (this.#changed) return;
      // Several attributes that are set together lead to one address.
      this.#changed = true;
      queueMicrotask(() => {
        this.#changed = false;
        if (!this.#frame) return;
        // In the frame's place in the history, so that the reader's way back stays what it was.
        if (this.#ready) this.#frame.contentWindow.location.replace(this.#address());
        else this.#frame.src = this.#address();
      });
    }

    #address() {
      const named = ["theme", "panels"].map((name) => [name, name === "theme" ? this.#theme : this.getAttribute(name)]);
      const query = [
        (this.getAttribute("params") ?? "").replace(/^\?/, ""),
        ...named.filter(([, value]) => value !== null).map(([name, value]) => `${name}=${encodeURIComponent(value)}`),
        this.hasAttribute("autorun") ? "autorun=1" : "",
      ];
      const demo = encodeURIComponent(this.getAttribute("demo") ?? "");
      return `${home.href}#/embed/${demo}?${query.filter(Boolean).join("&")}`;
    }

    #ask(message) {
      return new Promise((resolve, reject) => {
        if (!this.#frame) return reject(new Error("This demo is not in a page."));
        const reply = ++this.#questions;
        const question = { ...message, reply };
        this.#waiting.set(reply, { question, resolve, reject });
        if (this.#ready) this.#post(question);
        // A frame far down the page has not been loaded yet.
        else this.#frame.loading = "eager";
      });
    }

    #post(message) {
      this.#frame.contentWindow.postMessage(message, home.origin === "null" ? "*" : home.origin);
    }

    #hear({ source, data }) {
      if (source !== this.#frame.contentWindow || typeof data?.weft !== "string") return;
      switch (data.weft) {
        case "ready": {
          clearTimeout(this.#timer);
          this.#ready = true;
          this.#post({ weft: "theme", theme: this.#theme });
          // Also those that a frame was asked before it was loaded anew.
          for (const { question } of this.#waiting.values()) this.#post(question);
          return this.#tell("ready", { version: data.version, mode: data.mode });
        }
        case "height":
          if (data.height > 0) this.#frame.style.height = `${Math.ceil(data.height)}px`;
          return;
        case "finished":
          return this.#tell("finished", data.result);
        case "error":
          return this.#tell("error", { message: String(data.message) });
        case "reply": {
          const asked = this.#waiting.get(data.reply);
          this.#waiting.delete(data.reply);
          if (data.error === undefined) asked?.resolve(data.result);
          else asked?.reject(new Error(data.error));
        }
      }
    }

    /** The frame has loaded something; if that is Weft, it says so soon. */
    #watch() {
      clearTimeout(this.#timer);
      this.#ready = false;
      this.#timer = setTimeout(() => {
        const message = `Weft did not start at ${home.href}.`;
        this.#tell("error", { message });
        this.#giveUp(message);
      }, LIMIT);
    }

    #giveUp(message) {
      for (const { reject } of this.#waiting.values()) reject(new Error(message));
      this.#waiting.clear();
    }

    #tell(name, detail) {
      this.dispatchEvent(new CustomEvent(`weft-${name}`, { detail, bubbles: true }));
    }

    #wantedTheme() {
      const asked = this.getAttribute("theme");
      return asked === "light" || asked === "dark" ? asked : schemeAround(this);
    }

    #followTheme() {
      const wanted = this.#wantedTheme();
      if (wanted === this.#theme) return;
      this.#theme = wanted;
      if (this.#ready) this.#post({ weft: "theme", theme: wanted });
    }
  }

  /** Light or dark, as the page is around an element: by its color-scheme, else by what it is painted on. */
  function schemeAround(element) {
    const meta = document.querySelector('meta[name="color-scheme"]')?.content ?? "";
    const own = getComputedStyle(element).colorScheme;
    const schemes = own && own !== "normal" ? own : meta;
    const [light, night] = ["light", "dark"].map((name) => schemes.split(/\s+/).includes(name));
    if (light && night) return dark.matches ? "dark" : "light";
    if (light || night) return night ? "dark" : "light";
    for (let at = element; at; at = at.parentElement) {
      const [red, green, blue, alpha] = pixel(getComputedStyle(at).backgroundColor);
      if (alpha > 127) return 0.3 * red + 0.6 * green + 0.1 * blue < 128 ? "dark" : "light";
    }
    return "light";
  }

  /** Red, green, blue and alpha of a colour in whatever form. */
  function pixel(colour) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d");
    if (!context) return [0, 0, 0, 0];
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return context.getImageData(0, 0, 1, 1).data;
  }

  customElements.define("weft-demo", WeftDemo);
})();
