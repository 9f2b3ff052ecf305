// <weft-demo>, one of Weft's demos inside any page, and <weft-code>, a program that its readers can change and run.
// docs/embedding.md tells how to use them.
//
//   <script src="https://host/path/embed.js" defer></script>
//   <weft-demo demo="bounded-queue" params="capacity=3" theme="dark" panels="chart,code" autorun></weft-demo>
//   <weft-code gil="off">print("hello")</weft-code>
//
// Everything between the page and the frame goes by postMessage; no text of either side is run by the other.
(() => {
  const script = document.currentScript ?? [...document.scripts].find(({ src }) => /\/embed\.js([?#]|$)/.test(src));
  if (!script) throw new Error("weft: load embed.js by a <script> element, so that it knows where Weft is");
  if (customElements.get("weft-demo")) return;

  const home = new URL(".", script.src);
  // How long a frame that has loaded may take to say that it is ready, in milliseconds.
  const LIMIT = 30_000;
  // The longest program in an address, packed, in bytes.
  const LONGEST = 32 << 10;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  /** What both elements are: a frame with a page of Weft's in it. */
  class WeftFrame extends HTMLElement {
    #frame = null;
    #ready = false;
    // What was asked for and not answered yet, by the number of the question.
    #waiting = new Map();
    #questions = 0;
    #theme = null;
    #changed = false;
    #timer = 0;
    #listening = null;

    /** The address that the frame shows, after the site's own; to be said by each element. */
    async hash() {
      throw new Error("weft: an element must say what it shows");
    }

    /** What the frame is called for those who cannot see it; likewise. */
    label() {
      return "Weft";
    }

    /** The frame is up. */
    begun() {}

    /** The frame has said something else. */
    told() {}

    /** Ends the run. */
    stop() {
      return this.ask({ weft: "stop" });
    }

    /** The trace of the shown run, in Chrome's format. */
    trace() {
      return this.ask({ weft: "trace" });
    }

    connectedCallback() {
      this.#theme = this.#wantedTheme();
      const frame = document.createElement("iframe");
      frame.allow = "cross-origin-isolated; clipboard-write";
      frame.loading = "lazy";
      frame.title = this.label();
      Object.assign(frame.style, { display: "block", width: "100%", height: "480px", border: "0" });
      frame.addEventListener("load", () => this.#watch());
      this.#frame = frame;
      this.#show();
      this.style.display ||= "block";
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
      this.#giveUp("The frame was taken out of the page.");
    }

    attributeChangedCallback(name, before, after) {
      if (!this.#frame || before === after) return;
      if (name === "theme") return this.#followTheme();
      if (this.#changed) return;
      // Several attributes that are set together lead to one address.
      this.#changed = true;
      queueMicrotask(() => {
        this.#changed = false;
        if (this.#frame) this.#show();
      });
    }

    /** Shows in the frame what the attributes say. */
    async #show() {
      const frame = this.#frame;
      const hash = await this.hash();
      if (this.#frame !== frame) return;
      const address = `${home.href}${hash}`;
      // In the frame's place in the history, so that the reader's way back stays what it was.
      if (this.#ready) frame.contentWindow.location.replace(address);
      else frame.src = address;
      // What stands in the element is for browsers that do not run this.
      if (!frame.isConnected) this.replaceChildren(frame);
    }

    /** A part of an address: those attributes that are there, the theme among them. */
    query(first, ...names) {
      const named = ["theme", ...names].map((name) => [name, name === "theme" ? this.#theme : this.getAttribute(name)]);
      return [
        first,
        ...named.filter(([, value]) => value !== null).map(([name, value]) => `${name}=${encodeURIComponent(value)}`),
        this.hasAttribute("autorun") ? "autorun=1" : "",
      ].filter(Boolean).join("&");
    }

    /** Asks the frame for something, once it is up; gives its answer. */
    ask(message) {
      return new Promise((resolve, reject) => {
        if (!this.#frame) return reject(new Error(`This ${this.localName} is not in a page.`));
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
          this.begun();
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
          return;
        }
        default:
          this.told(data);
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

  class WeftDemo extends WeftFrame {
    static observedAttributes = ["demo", "params", "panels", "theme"];

    /** Runs the demo, with these parameters in place of those that it shows; gives the result. */
    run(params) {
      return this.ask({ weft: "run", params });
    }

    label() {
      return `Weft: ${this.getAttribute("demo") ?? "a demo"}`;
    }

    async hash() {
      const params = (this.getAttribute("params") ?? "").replace(/^\?/, "");
      return `#/embed/${encodeURIComponent(this.getAttribute("demo") ?? "")}?${this.query(params, "panels")}`;
    }
  }

  /** The program is the element's text, or at the address `src`. */
  class WeftCode extends WeftFrame {
    static observedAttributes = ["src", "gil", "speed", "panels", "theme"];
    // As far as this page knows.
    #code = "";
    // Does not fit into an address, so the frame gets it when it is up.
    #long = false;

    /** The program, with what the reader has made of it. */
    get code() {
      return this.#code;
    }

    set code(code) {
      this.#code = String(code);
      if (this.isConnected) this.ask({ weft: "code", code: this.#code }).catch(() => {});
    }

    /** Runs what the reader has made of the program; gives the result. */
    run(params) {
      return this.ask({ weft: "run", params });
    }

    label() {
      return "Weft: a Python program";
    }

    connectedCallback() {
      // The text gives way to the frame.
      this.#code ||= dedented(this.textContent);
      super.connectedCallback();
    }

    async hash() {
      const src = this.getAttribute("src");
      if (src) {
        try {
          const answer = await fetch(new URL(src, document.baseURI));
          if (!answer.ok) throw new Error(`its host answers with status ${answer.status}`);
          this.#code = await answer.text();
        } catch ({ message }) {
          const detail = { message: `The program at ${src} could not be loaded: ${message}.` };
          this.dispatchEvent(new CustomEvent("weft-error", { detail, bubbles: true }));
        }
      }
      const packed = await pack(this.#code).catch(() => null);
      this.#long = packed === null || packed.length > LONGEST;
      return `#/embed/write?${this.query(this.#long ? "" : `code=${packed}`, "gil", "speed", "panels")}`;
    }

    begun() {
      if (this.#long) this.ask({ weft: "code", code: this.#code }).catch(() => {});
    }

    told({ weft, code }) {
      if (weft === "code") this.#code = String(code);
    }
  }

  /** A program without the empty lines around it, and without the indent that all its lines have. */
  function dedented(text) {
    const lines = text.replace(/^\s*\n/, "").trimEnd().split("\n");
    const indents = lines.filter((line) => line.trim()).map((line) => /^\s*/.exec(line)[0].length);
    const indent = Math.min(...indents, Infinity);
    return lines.map((line) => line.slice(indent)).join("\n") + "\n";
  }

  /** As in an address: UTF-8, raw deflate, base64url. */
  async function pack(text) {
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
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
  customElements.define("weft-code", WeftCode);
})();
