// SPDX-License-Identifier: MIT
// What statistics there are: numbers alone, which statistics.mjs shows.
import { CLIENT, MORE, SERVER } from './codec.mjs'
import { agreements, Aliases, silences, unanswered } from './talks.mjs'

const BINS = 120 // of the rate over time
const STEPS = [1, 2, 5] // nice steps, in seconds, times powers of ten

// The nearest rank: the least value that so large a part of all is not above.
export const percentile = (sorted, part) => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)]

function add (map, key, bytes, more = {}) {
  const made = map.get(key) ?? { name: key, count: 0, bytes: 0, ...more }
  made.count++
  made.bytes += bytes
  map.set(key, made)
}

const byCount = map => [...map.values()].sort((a, b) => b.count - a.count || b.bytes - a.bytes)

const ascending = numbers => Float64Array.from(numbers).sort()

export function summary (values) {
  const sorted = ascending(values)
  return {
    count: sorted.length,
    least: sorted[0],
    median: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    p99: percentile(sorted, 0.99),
    most: sorted.at(-1),
    sorted
  }
}

// How many sizes are in 1, 2..3, 4..7, 8..15 and so on.
function powers (values) {
  const counts = []
  for (const value of values) {
    const power = value > 0 ? Math.floor(Math.log2(value)) : 0
    counts[power] = (counts[power] ?? 0) + 1
  }
  return Array.from(counts, (found, power) =>
    ({ from: 2 ** power, to: 2 ** (power + 1) - 1, count: found ?? 0 }))
}

function niceStep (span) {
  for (let power = 1e-6; ; power *= 10) {
    for (const step of STEPS) if (step * power * BINS >= span) return step * power
  }
}

// Packets in each step of time, in seconds, by who sent them.
function rate (packets) {
  let last = 0
  let first = Infinity
  const { time, sender } = packets.columns
  for (let i = 0; i < packets.count; i++) {
    if (time[i] > last) last = time[i]
    if (time[i] < first) first = time[i]
  }
  if (first === Infinity) return null
  const span = (last - first) / 1e9
  const step = niceStep(span || 1e-6)
  const bins = Math.floor(span / step) + 1
  const made = { step, span, first, client: new Array(bins).fill(0), server: new Array(bins).fill(0) }
  for (let i = 0; i < packets.count; i++) {
    if (Number.isNaN(time[i])) continue
    const bin = Math.floor((time[i] - first) / 1e9 / step)
    if (sender[i] === SERVER) made.server[bin]++
    else made.client[bin]++
  }
  return made
}

// Seconds from what was asked to its answer, by the type of the answer.
function latencies (packets) {
  const { time, acknowledges } = packets.columns
  const found = new Map()
  for (let i = 0; i < packets.count; i++) {
    const asked = acknowledges[i] - 1
    if (asked < 0) continue
    const seconds = (time[i] - time[asked]) / 1e9
    if (Number.isNaN(seconds)) continue
    const name = packets.typeName(i)
    if (!found.has(name)) found.set(name, { name, of: packets.typeName(asked), seconds: [], slowest: i })
    const made = found.get(name)
    made.seconds.push(seconds)
    if (seconds > (time[made.slowest] - time[acknowledges[made.slowest] - 1]) / 1e9) made.slowest = i
  }
  return [...found.values()].map(made => ({ ...made, ...summary(made.seconds) }))
    .sort((a, b) => b.count - a.count)
}

export function numbers (packets) {
  const types = new Map()
  const topics = new Map()
  const connections = new Map()
  const rules = new Map()
  const qos = [0, 0, 0]
  const sizes = new Float64Array(packets.count)
  const aliases = new Aliases()
  const made = { packets: packets.count, bytes: 0, payload: 0, retained: 0, dup: 0, repeated: 0, broken: 0, cut: 0, publishes: 0 }
  for (let i = 0; i < packets.count; i++) {
    const bytes = packets.wireSize(i)
    sizes[i] = bytes
    made.bytes += bytes
    add(types, packets.typeName(i), bytes)
    add(connections, packets.columns.connection[i], bytes, { client: 0, server: 0 })
    if (packets.columns.sender[i] === CLIENT) connections.get(packets.columns.connection[i]).client++
    if (packets.columns.sender[i] === SERVER) connections.get(packets.columns.connection[i]).server++
    if (packets.isPublish(i)) {
      made.publishes++
      made.payload += packets.payloadLength(i)
      qos[packets.qos(i)]++
      if (packets.retain(i)) made.retained++
      if (packets.dup(i)) made.dup++
      const topic = packets.topic(i)
      add(topics, topic, bytes)
      aliases.add(i, topic, packets)
    }
    if (packets.repeats(i)) made.repeated++
    if (!packets.isBroken(i)) continue
    const codes = (packets.findings.get(i) ?? []).map(fault => fault.code)
    if (packets.code(i)) codes.unshift(packets.code(i))
    if (codes.every(code => code === MORE)) made.cut++
    else made.broken++
    for (const code of codes) add(rules, packets.codec.rule(code).name, bytes)
  }
  const { keepAlives, limits } = agreements(packets)
  return {
    ...made,
    aliases: aliases.sums(limits),
    silences: packets.about.is_part ? new Map() : silences(packets, keepAlives),
    unanswered: unanswered(packets),
    types: byCount(types),
    topics: byCount(topics),
    connections: [...connections.values()],
    rules: byCount(rules),
    qos,
    sizes: packets.count ? summary(sizes) : null,
    sizeCounts: powers(sizes),
    rate: rate(packets),
    latencies: latencies(packets)
  }
}
