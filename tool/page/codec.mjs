// SPDX-License-Identifier: MIT
// The codec of mqttwire: WebAssembly that wasm.c exports. Packets are where it has its memory.
import { decode, encode } from './text.mjs'

export const OK = 0
export const MORE = 1 // the packet is not all there
export const FIRST_RULE = 10
export const CLIENT = 1
export const SERVER = 2

// enum mqw_kind
export const KINDS = [
  'integer', 'reason', 'length', 'identifier', 'octet', 'bits', 'text', 'binary', 'unread'
]

const ANSWER = 7 // words of struct answer
const ROW = 8 // of struct row
const OUTLINE = 5 // of struct outline
const NO_REASON = 0x100

export class Codec {
  #wasm
  #rules = new Map()

  constructor (instance) {
    this.#wasm = instance.exports
  }

  static async open (bytes) {
    const { instance } = await WebAssembly.instantiate(bytes, {})
    return new Codec(instance)
  }

  setOptions ({ allow, refuse, max_size: most }) {
    this.#wasm.set_options(allow, refuse, most)
  }

  // ---- Memory ----

  bytes (at, length) {
    return new Uint8Array(this.#wasm.memory.buffer, at, length)
  }

  // Keeps bytes for good; tells where.
  keep (bytes) {
    const at = this.#wasm.room(bytes.byteLength) >>> 0
    if (at === 0) throw new RangeError('there is too little memory for these packets')
    this.bytes(at, bytes.byteLength).set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    return at
  }

  #words (at, length) {
    return new Uint32Array(this.#wasm.memory.buffer, at, length)
  }

  // A static text, or null.
  #text (at) {
    if (at === 0) return null
    const memory = new Uint8Array(this.#wasm.memory.buffer)
    return decode(memory.subarray(at, memory.indexOf(0, at)))
  }

  // Puts a text where the codec looks for it, and tells its length.
  #input (which, bytes) {
    const at = this.#wasm.input(which) >>> 0
    const few = bytes.subarray(0, 65535)
    this.bytes(at, few.length).set(few)
    return few.length
  }

  // ---- Packets ----

  // What filters and statistics want to know of packets that lie one behind the other.
  scan (at, lengths, versions, senders) {
    const count = lengths.length
    const outlines = this.keep(new Uint32Array(OUTLINE * count))
    this.#wasm.scan(count, at, this.keep(lengths), this.keep(versions), this.keep(senders), outlines)
    return this.#words(outlines, OUTLINE * count).slice()
  }

  // Every field of a packet, and what is wrong with it.
  explain (at, length, version, sender) {
    const answer = this.#wasm.explain(at, length, version, sender) >>> 0
    const [code, size, offset, item, read, count, fieldLength] = this.#words(answer, ANSWER)
    const rows = []
    let next = answer + 4 * ANSWER
    for (let i = 0; i < count; i++) {
      const [start, end, value, kind, bit, width, note, pathLength] = this.#words(next, ROW)
      const path = decode(this.bytes(next + 4 * ROW, pathLength))
      rows.push({ path, start, end, number: value, kind: KINDS[kind], bit, width, note: this.#text(note) })
      next += 4 * (ROW + Math.ceil(pathLength / 4))
    }
    const field = decode(this.bytes(this.#wasm.input(0) >>> 0, fieldLength))
    return { code, size, offset, item, version: read, field, rows }
  }

  // A packet in one line, which is cut after so many bytes.
  line (at, length, version, sender, most = 1024) {
    return this.#text(this.#wasm.line(at, length, version, sender, most) >>> 0) ?? ''
  }

  // A search for a text in packets, their lines included. Case does not count in ASCII.
  finder (text) {
    const needle = encode(text.replace(/[A-Z]/g, c => c.toLowerCase()))
    return (at, length, version, sender) =>
      !!this.#wasm.has(at, length, version, sender, this.#input(0, needle))
  }

  // ---- Topics ----

  isFilter (text) {
    return !!this.#wasm.filter_good(this.#input(0, encode(text)))
  }

  // Tells whether a filter matches names, which are in memory or are texts.
  topicMatcher (filter, version = 5) {
    const bytes = encode(filter)
    return {
      at: (at, length) => !!this.#wasm.topic_match(this.#input(0, bytes), at, length, version),
      text: name => {
        const length = this.#input(1, encode(name))
        const at = this.#wasm.input(1) >>> 0
        return !!this.#wasm.topic_match(this.#input(0, bytes), at, length, version)
      }
    }
  }

  // ---- Names ----

  rule (code) {
    if (!this.#rules.has(code)) {
      const at = this.#wasm.rule(code) >>> 0
      const [number, name, text, ids4, ids5, kind] = this.#words(at, 6)
      const ids = [ids4, ids5].map(list => this.#text(list).split(' ').filter(id => id))
      this.#rules.set(code, {
        number,
        name: this.#text(name),
        text: this.#text(text),
        ids: version => ids[version >= 5 ? 1 : 0],
        protocolError: kind === 0x82
      })
    }
    return this.#rules.get(code)
  }

  // What to answer to a broken rule, or null where the version has no code for it.
  reasonOf (code, version) {
    const reason = this.#wasm.rule_reason(code, version)
    return reason === NO_REASON ? null : reason
  }

  reasonText (version, type, code) {
    return this.#text(this.#wasm.reason_text(version, type, code))
  }

  typeName (type) {
    return this.#text(this.#wasm.type_name(type)) || 'RESERVED'
  }
}
