// The text of a file of the site, which may be compressed. (Some hosts make browsers decompress such files by
// themselves.)
export async function unpacked(address) {
  const response = await fetch(address);
  // Some hosts answer with a page of their own for anything they do not have.
  if (response.status === 404 || /html/.test(response.headers.get("content-type"))) {
    throw new Error(`“${address}” is missing on the host: whoever put the site there should upload all of its files again`);
  }
  if (!response.ok) throw new Error(`the host answers with status ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return new TextDecoder().decode(bytes);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).text();
}
