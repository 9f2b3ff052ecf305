// Notes when something happens on a page for the first time, in milliseconds since it was asked for.
window.marks = {};
const note = (name) => (marks[name] ??= performance.now());
new MutationObserver(() => {
  const { weftRun } = document.documentElement.dataset;
  if (weftRun) note(weftRun);
  if (document.body?.textContent.includes("Hello")) note("hello");
  // Painted is what the second frame after it shows.
  if (weftRun === "finished" && document.querySelector("canvas")) {
    requestAnimationFrame(() => requestAnimationFrame(() => note("chart")));
  }
}).observe(document, { attributes: true, childList: true, characterData: true, subtree: true });
// Messages bear their kind first, in the order of `FromEngine` in src/engine/protocol.rs.
const [PREPARED, STARTED, PROCESS_STARTED] = [1, 3, 4];
window.Worker = class extends Worker {
  constructor(...given) {
    super(...given);
    note("engine");
    this.addEventListener("message", ({ data }) => {
      const kind = data?.bytes?.[0];
      if (kind === PREPARED) note("prepared");
      else if (kind === STARTED) note("began");
      else if (kind !== PROCESS_STARTED && "began" in marks) note("event");
    });
  }
};
