// SPDX-License-Identifier: MIT
// The list of packets: a grid of which only the lines that are seen are in the page.
import { CLIENT, SERVER } from './codec.mjs'
import { clock, count, element, plain } from './text.mjs'
import { Virtual } from './virtual.mjs'

const FAMILIES = {
  CONNECT: 'open',
  CONNACK: 'open',
  AUTH: 'open',
  DISCONNECT: 'close',
  PUBLISH: 'publish',
  SUBSCRIBE: 'subscribe',
  SUBACK: 'subscribe',
  UNSUBSCRIBE: 'subscribe',
  UNSUBACK: 'subscribe',
  PINGREQ: 'ping',
  PINGRESP: 'ping',
  RESERVED: 'reserved'
}

// Which colour a type has.
export const family = name => FAMILIES[name] ?? 'answer'

const cell = (what, attributes, ...children) =>
  element(`span.${what}`, { role: 'gridcell', ...attributes }, ...children)

export class List {
  // select(line) is called when another line is chosen, open() when somebody wants to go into it.
  constructor (grid, packets, { select, open }) {
    this.grid = grid
    this.packets = packets
    this.onSelect = select
    this.lines = new Int32Array()
    this.at = -1 // in lines
    this.line = null // the chosen one, which a filter may hide
    this.relative = false
    this.virtual = new Virtual(grid, index => this.#draw(index))
    grid.addEventListener('click', event => {
      const row = event.target.closest('[data-index]')
      if (row) this.go(Number(row.dataset.index))
    })
    grid.addEventListener('dblclick', open)
  }

  // Shows these lines; the chosen one is chosen again as soon as it is among them.
  show (lines) {
    this.lines = lines
    this.at = this.line === null ? -1 : lines.indexOf(this.line)
    this.grid.setAttribute('aria-rowcount', lines.length + 1)
    this.virtual.count = lines.length
    if (this.at >= 0) this.virtual.reveal(this.at)
    this.#activate()
  }

  go (index) {
    if (this.lines.length === 0) return
    const before = this.virtual.row(this.at)
    before?.removeAttribute('aria-selected')
    this.at = Math.max(0, Math.min(this.lines.length - 1, index))
    this.line = this.lines[this.at]
    this.virtual.reveal(this.at)
    this.virtual.row(this.at)?.setAttribute('aria-selected', 'true')
    this.#activate()
    this.onSelect(this.line)
  }

  #activate () {
    if (this.at < 0) this.grid.removeAttribute('aria-activedescendant')
    else this.grid.setAttribute('aria-activedescendant', `line-${this.at}`)
  }

  // Goes to a packet, if the filter lets it be seen.
  goTo (i) {
    const index = this.lines.indexOf(i)
    if (index >= 0) this.go(index)
    return index >= 0
  }

  // The next line, in a direction, of which something is true.
  seek (step, test) {
    for (let at = this.at + step; at >= 0 && at < this.lines.length; at += step) {
      if (test(this.lines[at])) return this.go(at)
    }
  }

  key (event) {
    const { page } = this.virtual
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page }
    if (event.key in steps) this.go(this.at < 0 ? 0 : this.at + steps[event.key])
    else if (event.key === 'Home') this.go(0)
    else if (event.key === 'End') this.go(this.lines.length - 1)
    else return false
    return true
  }

  toggleTime () {
    this.relative = !this.relative
    this.virtual.redraw()
  }

  // ---- Lines ----

  #time (since) {
    if (since === null || Number.isNaN(since)) return ''
    return this.relative ? (since / 1e9).toFixed(6) : clock(this.packets.time(since))
  }

  #who (connection) {
    if (!connection) return ''
    const name = connection.client_id || connection.client
    return plain(name ? `#${connection.number} ${name}` : `#${connection.number}`)
  }

  #draw (index) {
    const line = this.lines[index]
    const row = element('div.line', {
      id: `line-${index}`,
      role: 'row',
      'aria-rowindex': index + 2,
      'data-index': index,
      'aria-selected': index === this.at ? 'true' : undefined
    })
    if (line < 0) this.#drawNote(row, this.packets.about.notes[~line])
    else this.#drawPacket(row, line)
    return row
  }

  #drawPacket (row, i) {
    const { packets } = this
    const type = packets.typeName(i)
    const who = this.#who(packets.connection(i))
    const speaker = { [CLIENT]: 'client', [SERVER]: 'server' }[packets.columns.sender[i]] ?? 'somebody'
    const text = packets.line(i)
    const answered = packets.columns.acknowledges[i]
    row.classList.add(`from-${speaker}`)
    row.dataset.packet = i
    row.append(
      cell('number', {}, String(packets.number(i))),
      cell('time', {}, this.#time(packets.since(i))),
      cell('who', { title: who }, who),
      cell('arrow', { 'aria-label': `from the ${speaker}${packets.isGuessed(i) ? ', as a guess' : ''}` }, packets.arrow(i)),
      cell('type', {}, element(`span.badge.${family(type)}`, {}, type)),
      cell('words', { title: text }, text))
    if (answered) row.lastChild.append(element('span.answers', {}, ` answers ${packets.number(answered - 1)}`))
    if (packets.isBroken(i)) {
      row.classList.add('broken')
      const names = packets.faults(i).map(fault => packets.codec.rule(fault.code).name)
      row.lastChild.prepend(element('span.broke', {}, `! ${names.join(', ')}`), ' ')
    }
  }

  #drawNote (row, note) {
    row.classList.add('note', note.level)
    const size = note.size ? ` (${count(note.size, 'byte')})` : ''
    row.append(
      cell('number', {}, ''),
      cell('time', {}, this.#time(note.time)),
      cell('who', {}, this.#who(this.packets.connections.get(note.connection))),
      cell('arrow', {}, { [CLIENT]: '→', [SERVER]: '←' }[note.sender] ?? ''),
      cell('words.wide', {}, plain(note.text) + size))
  }
}
