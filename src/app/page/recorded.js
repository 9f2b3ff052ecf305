// The text of a file of the site, which may be packed. (Some hosts have browsers unpack such files by themselves.)
export async function unpacked(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the host answers with status ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return new TextDecoder().decode(bytes);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).text();
}
