// SPDX-License-Identifier: MIT
// The packets of the page: what was told of them, and what the codec says. They are counted from 0 here.
import { CLIENT, OK, SERVER } from './codec.mjs'
import { columns } from './data.mjs'
import { decode, plain, preview, quote } from './text.mjs'

const SURE = 3 // of a packet's flags: its place in about.sure
const REPEATS = 4
const PAYLOAD = / payload=\(\d+ bytes?\)$/
const FAULT = / ?!\w+( at \d+)?$/
const LINE_MOST = 72 // characters of a payload in a line

export class Packets {
  constructor (codec, index, bytes, about) {
    this.codec = codec
    this.about = about
    this.count = about.count
    this.columns = columns(index, this.count)
    codec.setOptions(about.options)
    this.start = about.start === null ? null : Number(BigInt(about.start) / 1000n) / 1000 // ms
    this.base = codec.keep(bytes)
    this.size = bytes.length
    const { length, version, sender } = this.columns
    this.outlines = codec.scan(this.base, length, version, sender)
    this.#place()
    this.connections = new Map(about.connections.map(made => [made.number, made]))
    this.findings = new Map()
    for (const [at, code, offset, field] of about.findings) {
      if (!this.findings.has(at)) this.findings.set(at, [])
      this.findings.get(at).push({ code, offset, field, ofConnection: true })
    }
    this.#interleave()
  }

  // Where packets begin, and by what they are answered.
  #place () {
    const { length, acknowledges } = this.columns
    this.at = new Float64Array(this.count)
    this.answer = new Int32Array(this.count).fill(-1)
    let at = this.base
    for (let i = 0; i < this.count; i++) {
      this.at[i] = at
      at += length[i]
      const asked = acknowledges[i] - 1
      if (asked >= 0 && this.answer[asked] < 0) this.answer[asked] = i
    }
  }

  // All lines of the list: packets by their index, and notes as ~index.
  #interleave () {
    const notes = this.about.notes
    this.lines = new Int32Array(this.count + notes.length)
    let note = 0
    let line = 0
    for (let i = 0; i <= this.count; i++) {
      while (note < notes.length && notes[note].before === i) this.lines[line++] = ~note++
      if (i < this.count) this.lines[line++] = i
    }
  }

  // ---- What there is of a packet ----

  #where (i) {
    const { length, version, sender } = this.columns
    return [this.at[i], length[i], version[i], sender[i]]
  }

  // As inspect numbers it; where packets were filtered out, not all numbers are there.
  number (i) {
    return this.columns.number[i]
  }

  bytes (i) {
    return this.codec.bytes(this.at[i], this.columns.length[i])
  }

  wireSize (i) {
    return this.columns.size[i] || this.columns.length[i]
  }

  type (i) {
    return this.outlines[5 * i + 4] & 0xff
  }

  typeName (i) {
    return this.codec.typeName(this.type(i))
  }

  qos (i) {
    return this.outlines[5 * i + 4] >> 8 & 0xff
  }

  retain (i) {
    return (this.outlines[5 * i + 4] >> 16 & 0xff) !== 0
  }

  dup (i) {
    return this.outlines[5 * i + 4] >>> 24 !== 0
  }

  // Was it sent before on its connection?
  repeats (i) {
    return (this.columns.flags[i] & REPEATS) !== 0
  }

  payloadLength (i) {
    return this.outlines[5 * i + 2]
  }

  // The rule that a packet breaks by itself, or OK.
  code (i) {
    return this.about.told[i]?.code ?? (this.outlines[5 * i + 3] & 0xffff)
  }

  isPublish (i) {
    return this.outlines[5 * i] !== 0 // the pointer to its topic
  }

  // The topic of a PUBLISH: its own, or the one its alias stands for; null: it has none.
  topic (i) {
    if (!this.isPublish(i)) return null
    return this.aliased(i) ?? decode(this.codec.bytes(this.outlines[5 * i], this.outlines[5 * i + 1]))
  }

  // What the topic alias of a PUBLISH without a topic stands for, or null.
  aliased (i) {
    const topic = this.columns.topic[i]
    return topic ? this.about.topics[topic] : null
  }

  matchesTopic (i, matcher) {
    if (!this.isPublish(i)) return false
    const alias = this.aliased(i)
    if (alias !== null) return matcher.text(alias)
    return this.outlines[5 * i + 1] > 0 && matcher.at(this.outlines[5 * i], this.outlines[5 * i + 1])
  }

  has (i, finder) {
    return finder(...this.#where(i))
  }

  // ---- Who, and when ----

  connection (i) {
    return this.connections.get(this.columns.connection[i])
  }

  arrow (i) {
    const arrow = { [CLIENT]: '→', [SERVER]: '←' }[this.columns.sender[i]] ?? '·'
    return this.isGuessed(i) ? arrow + '?' : arrow
  }

  // How sure the version, and who is the client, is; null: CONNECT told.
  sure (i) {
    return this.about.sure[this.columns.flags[i] & SURE]
  }

  isGuessed (i) {
    return ![null, 'certain'].includes(this.sure(i))
  }

  // Nanoseconds since the first packet; NaN: not known.
  since (i) {
    return this.columns.time[i]
  }

  // Milliseconds since the epoch.
  time (nanoseconds) {
    return this.start + nanoseconds / 1e6
  }

  // ---- What the codec says ----

  explain (i) {
    const told = this.about.told[i]
    const made = this.codec.explain(...this.#where(i))
    if (!told) return made
    // Blanks are in the bytes at fault: up to there it says what it said of the bytes themselves.
    const from = told.unread[0]?.[2] ?? Infinity
    const rows = made.rows.filter(row => row.kind !== 'unread' && row.end <= from)
    for (const [path, note, start, end] of told.unread) {
      rows.push({ path, note, start, end, kind: 'unread', number: 0, bit: 0, width: 0 })
    }
    return { ...made, ...told, rows }
  }

  // Spans of a packet's bytes that were secrets and are blanks here.
  hidden (i) {
    return this.about.hidden[i] ?? []
  }

  // The packet in words, without its type; what is wrong with it stands elsewhere.
  line (i) {
    let text = this.about.told[i]?.line ?? this.codec.line(...this.#where(i))
    text = text.replace(FAULT, '')
    const bytes = this.bytes(i)
    if (PAYLOAD.test(text)) {
      const payload = bytes.subarray(bytes.length - this.payloadLength(i))
      text = text.replace(PAYLOAD, '')
      text = `${plain(text)} payload=${preview(payload, LINE_MOST)}`
    } else {
      text = plain(text)
    }
    const alias = this.aliased(i)
    if (alias !== null) text += ` (topic ${quote(alias)})`
    const space = text.indexOf(' ')
    return space < 0 ? '' : text.slice(space + 1)
  }

  // What is wrong: rules that it breaks, of its own and of its connection.
  faults (i, explained = null) {
    const found = [...this.findings.get(i) ?? []]
    if (this.code(i) === OK) return found
    const { code, offset, field, size } = explained ?? this.explain(i)
    return [{ code, offset, field, size, ofConnection: false }, ...found]
  }

  isBroken (i) {
    return this.code(i) !== OK || this.findings.has(i)
  }
}
