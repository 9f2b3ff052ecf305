// Starts an instance of a program in this worker: from the compiled module it is sent; without one it fetches it, says how
// far that is, and hands the module over for the next. It has a memory of its own, or shares the one it is sent. Then it is
// a thread: of the instance that started it, which is told that it is up, and has it work; or of a process.
// Messages that come before the program listens are kept for it.
self.onmessage = async ({ data }) => {
  const early = [];
  self.onmessage = (event) => early.push(event.data);
  self.weftWorker = { role: data.role, early };
  try {
    const fetched = data.module ? null : compiled(data.wasm, data.size);
    const program = await import(data.script);
    const module = data.module ?? (await fetched);
    if (fetched) self.postMessage({ module });
    await program.default({ module_or_path: module, memory: data.memory });
    if (data.argument !== undefined) {
      self.postMessage(null);
      program.weftWork(data.argument);
    } else if (data.memory) {
      program.weftThread();
    }
  } catch (error) {
    if (!data.memory) return self.postMessage({ fatal: String(error) });
    // As an error of this script it reaches the window, past an engine that may be busy.
    setTimeout(() => {
      throw error;
    });
  }
};

/** The module at an address, of about `size` bytes. */
async function compiled(address, size) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`the host answers with status ${answer.status} to ${address}`);
  let loaded = 0;
  let told = 0;
  const counted = answer.body.pipeThrough(new TransformStream({
    transform(chunk, out) {
      loaded += chunk.length;
      const now = Math.min(1, loaded / size);
      if (now - told >= 0.01) self.postMessage({ loaded: (told = now) });
      out.enqueue(chunk);
    },
  }));
  return await WebAssembly.compileStreaming(new Response(counted, { headers: { "Content-Type": "application/wasm" } }));
}
