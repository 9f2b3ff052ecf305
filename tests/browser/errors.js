// Keeps what goes wrong in the page for the tests.
window.pageErrors = [];
window.addEventListener("error", (event) => {
  const what = event.message || `${event.target?.src ?? event.target?.href ?? "something"} did not load`;
  pageErrors.push(`${what} (${event.filename ?? ""}:${event.lineno ?? ""}) ${event.error?.stack ?? ""}`);
}, true);
window.addEventListener("unhandledrejection", (event) => {
  pageErrors.push(`unhandled rejection: ${event.reason?.stack ?? event.reason}`);
});
// The last lines of the console, for the report of a test that fails.
window.pageConsole = [];
for (const level of ["debug", "log", "info", "warn", "error"]) {
  const write = console[level];
  console[level] = (...words) => {
    pageConsole.push(`${level}: ${words.join(" ")}`);
    if (pageConsole.length > 50) pageConsole.shift();
    if (level === "error") pageErrors.push(`console.error: ${words.join(" ")}`);
    write.apply(console, words);
  };
}
document.addEventListener("securitypolicyviolation", ({ blockedURI, violatedDirective, sample }) => {
  pageErrors.push(`against the policy of the page: ${violatedDirective} ${blockedURI} ${sample}`);
});
// How many workers the page has started and not ended again.
window.workersAlive = 0;
window.Worker = class extends Worker {
  #alive = ++workersAlive;
  terminate() {
    if (this.#alive) workersAlive--;
    this.#alive = 0;
    super.terminate();
  }
};
