// SPDX-License-Identifier: MIT
// The filter box: words that all have to be true of a packet. page.html and docs/command.md describe it.
import { CLIENT, SERVER } from './codec.mjs'

const WORD = /(-?)(?:([a-z]+):)?(?:"((?:[^"\\]|\\.)*)"?|(\S+))/g
const SENDERS = { client: CLIENT, server: SERVER }
const SLICE = 12 // milliseconds without a pause

// The words of a filter: { not, key, text }.
export function words (filter) {
  return Array.from(filter.matchAll(WORD), ([, not, key, inside, bare]) => {
    const text = inside === undefined ? bare : inside.replace(/\\(.)/g, '$1')
    const made = { not: not === '-', key: key ?? null, text }
    // What looks like a key and is none, as in an address, is a word.
    if (key && !(key in KEYS)) return { ...made, key: null, text: `${key}:${text}` }
    return made
  })
}

// A text as it stands in a filter.
export const quoted = text => /[\s"\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text

const includes = (text, part) => text.toLowerCase().includes(part.toLowerCase())

function connectionsWith (packets, test) {
  const numbers = new Set()
  for (const made of packets.connections.values()) if (test(made)) numbers.add(made.number)
  return numbers
}

const ofOne = (numbers, packets) => ({
  packet: i => numbers.has(packets.columns.connection[i]),
  note: note => numbers.has(note.connection)
})

const none = () => false

// Each makes of a text what tells whether packets and notes are meant, or a string: what is wrong.
const KEYS = {
  type (text, packets) {
    const names = text.toLowerCase().split(',').filter(name => name)
    const types = new Set()
    const unknown = new Set(names)
    for (let type = 0; type < 16; type++) {
      const name = packets.codec.typeName(type).toLowerCase()
      if (!unknown.has(name) && !names.includes(name)) continue
      types.add(type)
      unknown.delete(name)
    }
    if (unknown.size) return `there is no packet type ${[...unknown][0]}`
    return { packet: i => types.has(packets.type(i)), note: none }
  },
  topic (text, packets) {
    if (!packets.codec.isFilter(text)) return `${text} is no topic filter`
    const matcher = packets.codec.topicMatcher(text)
    return { packet: i => packets.matchesTopic(i, matcher), note: none }
  },
  from (text, packets) {
    const sender = SENDERS[text.toLowerCase()]
    if (!sender) return 'from: is client or server'
    return { packet: i => packets.columns.sender[i] === sender, note: none }
  },
  client (text, packets) {
    return ofOne(connectionsWith(packets, made =>
      includes(made.client_id ?? '', text) || includes(made.client, text)), packets)
  },
  connection (text, packets) {
    return /^\d+$/.test(text) ? ofOne(new Set([Number(text)]), packets) : 'connection: is a number'
  },
  qos (text, packets) {
    if (!/^[0-2]$/.test(text)) return 'qos: is 0, 1 or 2'
    return { packet: i => packets.isPublish(i) && packets.qos(i) === Number(text), note: none }
  },
  rule (text, packets) {
    const named = fault => includes(packets.codec.rule(fault.code).name, text)
    return {
      packet: i => packets.isBroken(i) && (named({ code: packets.code(i) }) ||
        (packets.findings.get(i) ?? []).some(named)),
      note: none
    }
  }
}

function word (text, packets) {
  if (text === 'errors') {
    return { packet: i => packets.isBroken(i), note: note => note.level !== 'info' }
  }
  if (/^#\d+$/.test(text)) return KEYS.connection(text.slice(1), packets)
  const finder = packets.codec.finder(text)
  const connections = connectionsWith(packets, made =>
    [made.client_id ?? '', made.client, made.server].some(name => includes(name, text)))
  const rule = KEYS.rule(text, packets)
  const topics = packets.about.topics.map(topic => includes(topic, text))
  return {
    packet: i => connections.has(packets.columns.connection[i]) || topics[packets.columns.topic[i]] ||
      packets.has(i, finder) || rule.packet(i),
    note: note => includes(note.text, text) || connections.has(note.connection)
  }
}

// What tells whether a line is meant, and in words what is wrong with the filter.
export function matcher (text, packets) {
  const tests = []
  const problems = []
  for (const { not, key, text: wanted } of words(text)) {
    if (!wanted) continue
    const test = key ? KEYS[key](wanted, packets) : word(wanted, packets)
    if (typeof test === 'string') problems.push(test)
    else tests.push({ not, test })
  }
  const matches = line => tests.every(({ not, test }) =>
    not !== (line < 0 ? test.note(packets.about.notes[~line]) : test.packet(line)))
  return { matches, problems, all: tests.length === 0 }
}

const pause = () => new Promise(resolve => setTimeout(resolve))

// Lines that are meant, without keeping the page from anything else for long. progress gets those
// found so far; null is the answer once stopped() tells that nobody waits any more.
export async function select (packets, { matches, all }, stopped, progress) {
  const { lines } = packets
  if (all) return lines
  const found = new Int32Array(lines.length)
  let count = 0
  let since = performance.now()
  for (let i = 0; i < lines.length; i++) {
    if (matches(lines[i])) found[count++] = lines[i]
    if ((i & 63) === 63 && performance.now() - since > SLICE) {
      progress(found.subarray(0, count), i / lines.length)
      await pause()
      if (stopped()) return null
      since = performance.now()
    }
  }
  return found.subarray(0, count)
}
