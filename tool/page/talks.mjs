// SPDX-License-Identifier: MIT
// What can be told of whole connections: topic aliases, silences, and what was never answered.
import { CLIENT, OK, SERVER } from './codec.mjs'
import { encode } from './text.mjs'

const PROPERTY = 3 // bytes of a Topic Alias: its identifier and its value
const TOLERANCE = 1.5 // times the keep-alive a server waits: MQTT-3.1.2-22, in 3.1.1 MQTT-3.1.2-24
const SECOND = 1e9
const CONNECT = 'CONNECT'
const CONNACK = 'CONNACK'

const sideOf = (connection, sender) => 2 * connection + (sender === SERVER ? 1 : 0)

// What CONNECT and CONNACK agree on: a keep-alive by connection, and by direction how many aliases
// its receiver takes.
export function agreements (packets) {
  const keepAlives = new Map()
  const limits = new Map()
  for (let i = 0; i < packets.count; i++) {
    const type = packets.typeName(i)
    if ((type !== CONNECT && type !== CONNACK) || packets.code(i) !== OK) continue
    const { rows, version } = packets.explain(i)
    const connection = packets.columns.connection[i]
    const value = path => rows.find(row => row.path === path)?.number
    const keepAlive = value(type === CONNECT ? 'keep_alive' : 'properties.server_keep_alive')
    if (keepAlive !== undefined) keepAlives.set(connection, keepAlive)
    if (version < 5) continue
    const other = sideOf(connection, type === CONNECT ? SERVER : CLIENT)
    limits.set(other, value('properties.topic_alias_maximum') ?? 0)
  }
  return { keepAlives, limits }
}

// What topic aliases save, and what they would if each direction had them for its best topics: an
// alias takes 3 bytes of each PUBLISH, and spares all but the first one the topic.
export class Aliases {
  #sides = new Map() // topics of each direction
  #leftOut = 0
  #used = 0

  add (i, topic, packets) {
    if (packets.columns.version[i] !== 5 || packets.code(i) !== OK || !topic) return
    const side = sideOf(packets.columns.connection[i], packets.columns.sender[i])
    if (!this.#sides.has(side)) this.#sides.set(side, new Map())
    const topics = this.#sides.get(side)
    const made = topics.get(topic) ?? { count: 0, length: encode(topic).length }
    made.count++
    topics.set(topic, made)
    if (packets.aliased(i) === null) return
    this.#used++
    this.#leftOut += made.length
  }

  sums (limits) {
    let within = 0
    let without = 0
    for (const [side, topics] of this.#sides) {
      const gains = Float64Array.from([...topics.values()],
        ({ count, length }) => Math.max(0, (count - 1) * length - PROPERTY * count)).sort().reverse()
      const most = limits.get(side) ?? Infinity
      gains.forEach((gain, rank) => {
        without += gain
        if (rank < most) within += gain
      })
    }
    return { used: this.#used, saved: this.#leftOut - PROPERTY * this.#used, within, without, published: this.#sides.size > 0 }
  }
}

// The longest silence of each client, in seconds, up to the last that happened to its connection.
export function silences (packets, keepAlives) {
  const { time, connection, sender } = packets.columns
  const made = new Map()
  const heard = (number, at, spoke) => {
    if (at === null || Number.isNaN(at)) return
    if (!made.has(number)) made.set(number, { spoke: null, last: at, longest: 0 })
    const found = made.get(number)
    found.last = Math.max(found.last, at)
    if (!spoke) return
    if (found.spoke !== null) found.longest = Math.max(found.longest, at - found.spoke)
    found.spoke = at
  }
  for (let i = 0; i < packets.count; i++) heard(connection[i], time[i], sender[i] === CLIENT)
  for (const note of packets.about.notes) if (note.connection) heard(note.connection, note.time, false)
  return new Map([...made].filter(([, found]) => found.spoke !== null).map(([number, found]) => {
    const longest = Math.max(found.longest, found.last - found.spoke) / SECOND
    const keepAlive = keepAlives.get(number) ?? null
    return [number, { longest, keepAlive, isLate: !!keepAlive && longest > TOLERANCE * keepAlive }]
  }))
}

// Packets that were never answered: which, and for how many seconds; those that waited longest first.
export const unanswered = packets => packets.about.unanswered
  .map(([place, seconds]) => ({ packet: place - 1, seconds }))
  .sort((a, b) => (b.seconds ?? 0) - (a.seconds ?? 0))
