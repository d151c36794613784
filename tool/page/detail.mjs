// SPDX-License-Identifier: MIT
// One packet: what it is, what is wrong with it, its fields and its bytes.
import { panel, speaker, versionName } from './faults.mjs'
import { nodeOf, ownerOf, treeOf } from './fields.mjs'
import { Hex } from './hex.mjs'
import { family } from './list.mjs'
import { forms, payloadPanel } from './payload.mjs'
import { clock, count, day, duration, element, plain, quote } from './text.mjs'
import { Tree } from './tree.mjs'

export class Detail {
  #owners = []
  #roots = []
  #form = null // in which payloads are shown

  // goTo(packet) is called where another one is asked for.
  constructor ({ head, tree, hex, caption }, packets, goTo) {
    this.head = head
    this.caption = caption
    this.packets = packets
    this.goTo = goTo
    this.tree = new Tree(tree, { over: node => this.#point(node), select: node => this.choose(node) })
    this.hex = new Hex(hex, {
      over: at => this.#point(at === null ? null : this.#owner(at)),
      select: at => this.choose(this.#owner(at))
    })
  }

  #owner (at) {
    return ownerOf(this.#owners, at)
  }

  show (line) {
    this.packet = line !== null && line >= 0 ? line : null
    if (this.packet === null) return this.#showNone(line)
    const { packets, packet: i } = this
    const explained = packets.explain(i)
    const bytes = packets.bytes(i).slice() // the codec's memory may move
    const hidden = packets.hidden(i)
    const { roots, owners } = treeOf(explained, bytes, hidden)
    this.#owners = owners
    this.#roots = roots
    const faults = packets.faults(i, explained)
    this.head.replaceChildren(...this.#title(i, explained), ...this.#relations(i))
    if (hidden.length) {
      const size = hidden.reduce((sum, [start, end]) => sum + end - start, 0)
      this.head.append(element('p.hidden', {}, `${count(size, 'byte')} that may be a secret ${size === 1 ? 'is' : 'are'} not in this page: ${size === 1 ? 'a blank (2a) stands for it' : 'blanks (2a) stand for them'}.`))
    }
    if (packets.payloadLength(i)) {
      this.head.append(this.#payload(bytes))
    }
    if (faults.length) {
      this.head.append(panel(faults, packets, i, explained.version, fault => this.#showFault(fault)))
    }
    this.tree.show(roots)
    this.hex.show(bytes, at => this.#owner(at), hidden)
    this.#say(null)
    if (faults.length) this.#showFault(faults[0])
  }

  #showNone (line) {
    this.#owners = []
    this.#roots = []
    const note = line === null ? null : this.packets.about.notes[~line]
    const text = note ? plain(note.text) + (note.size ? ` (${count(note.size, 'byte')})` : '') : 'Choose a packet: its fields and bytes are shown here.'
    this.head.replaceChildren(element('p.nothing', {}, text))
    this.tree.show([])
    this.hex.show(new Uint8Array(), () => null, [])
    this.#say(null)
  }

  // ---- Above the fields ----

  #title (i, explained) {
    const { packets } = this
    const type = packets.typeName(i)
    const since = packets.since(i)
    const facts = [versionName(explained.version || packets.columns.version[i]), count(packets.wireSize(i), 'byte')]
    if (packets.columns.sender[i]) facts.push(`from the ${speaker(packets.columns.sender[i])}`)
    if (packets.sure(i)) facts.push(`worked out, as the capture begins in the middle: ${packets.sure(i)}`)
    if (!Number.isNaN(since)) facts.push(`${day(packets.time(since))} ${clock(packets.time(since))}`)
    return [element('h2', {},
      element('span.no', {}, `${packets.number(i)}`), ' ',
      element(`span.badge.${family(type)}`, {}, type), ' ',
      element('span.facts', {}, facts.join(' · ')))]
  }

  #relations (i) {
    const { packets } = this
    const about = packets.connection(i)
    const line = element('p.relations')
    const add = (...parts) => line.append(element('span.relation', {}, ...parts))
    const who = [`connection ${about.number}`]
    if (about.client_id) who.push(`client ${quote(about.client_id)}`)
    if (about.client) who.push(`${about.client} → ${about.server}`)
    const over = about.transport === 'websocket' ? ['WebSocket'] : []
    if (about.tls) over.push(`TLS ${plain(about.tls)}`)
    if (over.length) who.push(`over ${over.join(' in ')}`)
    add(who.join(' · '))
    const link = (other, text) => element('button.link', { type: 'button', onclick: () => this.goTo(other) }, text)
    const took = (from, to) => {
      const seconds = (packets.since(to) - packets.since(from)) / 1e9
      return Number.isNaN(seconds) ? '' : ` after ${duration(seconds)}`
    }
    const asked = packets.columns.acknowledges[i] - 1
    if (asked >= 0) add('answers ', link(asked, `${packets.number(asked)} ${packets.typeName(asked)}`), took(asked, i))
    const answer = packets.answer[i]
    if (answer >= 0) add('answered by ', link(answer, `${packets.number(answer)} ${packets.typeName(answer)}`), took(i, answer))
    const alias = packets.aliased(i)
    if (alias !== null) add(`its alias stands for the topic ${quote(alias, 200)}`)
    return [line]
  }

  // The other end of an exchange.
  related () {
    if (this.packet === null) return
    const { columns, answer } = this.packets
    const other = answer[this.packet] >= 0 ? answer[this.packet] : columns.acknowledges[this.packet] - 1
    if (other >= 0) this.goTo(other)
  }

  // ---- The payload ----

  #payload (bytes) {
    const payload = bytes.subarray(bytes.length - this.packets.payloadLength(this.packet))
    return payloadPanel(payload, this.#form, form => {
      this.#form = form
      const panel = this.#payload(bytes)
      this.head.querySelector('.payload').replaceWith(panel)
      const chosen = panel.querySelector('[aria-pressed=true]') ?? panel.querySelector('button')
      chosen.focus()
    })
  }

  // Text, JSON, hex, and not at all, one after the other.
  nextForm () {
    const box = this.head.querySelector('.payload')
    if (!box) return
    this.#form = [...forms, null][forms.indexOf(this.#form) + 1]
    box.replaceWith(this.#payload(this.packets.bytes(this.packet).slice()))
  }

  #showFault (fault) {
    this.choose(nodeOf(this.#roots, fault.field, fault.offset))
  }

  // ---- Fields and bytes, hand in hand ----

  #point (node) {
    if (node === this.tree.pointed) return
    this.tree.point(node)
    this.hex.point(node)
    this.#say(node ?? this.tree.chosen)
  }

  choose (node) {
    this.hex.choose(node)
    this.tree.choose(node)
    this.#say(node)
  }

  // For those who do not see colours, and for screen readers.
  #say (node) {
    if (!node) {
      this.caption.textContent = ''
      return
    }
    const size = node.end - node.start
    const where = node.start > node.end ? '' : `${node.start}..${node.end} (${count(size, 'byte')})`
    const bits = node.row?.kind === 'bits' ? ` bit${node.row.width > 1 ? `s ${node.row.bit}..${node.row.bit + node.row.width - 1}` : ` ${node.row.bit}`}` : ''
    this.caption.textContent = `${where}${bits}  ${node.path}${node.row ? ` = ${plain(node.value)}` : ''}${node.note ? `  ${node.note}` : ''}`
  }
}
