// SPDX-License-Identifier: MIT
// What mqttwire_tool/page.py put into the page.

export async function inflate (text) {
  const packed = Uint8Array.fromBase64
    ? Uint8Array.fromBase64(text)
    : Uint8Array.from(atob(text), c => c.charCodeAt(0))
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

// The parts of the page, which are then no longer in it.
export async function parts (...names) {
  const made = []
  for (const name of names) {
    const holder = document.getElementById(name)
    made.push(await inflate(holder.textContent))
    holder.remove()
  }
  return made
}

// Columns, as class Columns of page.py writes them: little-endian, as all browsers are.
export function columns (index, count) {
  let at = 0
  const take = (Kind, size = Kind.BYTES_PER_ELEMENT) => {
    const column = new Kind(index.buffer, at, count)
    at += size * count
    return column
  }
  return {
    time: take(Float64Array),
    number: take(Uint32Array),
    length: take(Uint32Array),
    size: take(Uint32Array),
    connection: take(Uint32Array),
    topic: take(Uint32Array),
    acknowledges: take(Uint32Array),
    version: take(Uint8Array),
    sender: take(Uint8Array),
    flags: take(Uint8Array)
  }
}

export const about = bytes => JSON.parse(new TextDecoder().decode(bytes))
