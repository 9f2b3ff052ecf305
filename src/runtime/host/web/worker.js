// Starts an instance of a program in this worker, with a memory of its own: from the compiled module it is sent; without
// one it fetches it.
// Messages that come before the program listens are kept for it.
self.onmessage = async ({ data }) => {
  const early = [];
  self.onmessage = (event) => early.push(event.data);
  self.weftWorker = { role: data.role, early };
  try {
    const { default: start } = await import(data.script);
    await start({ module_or_path: data.module });
  } catch (error) {
    self.postMessage({ fatal: String(error) });
  }
};
