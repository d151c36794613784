// SPDX-License-Identifier: MIT
// The bytes of a packet, each in the colour of the field that owns it.
import { element, hex } from './text.mjs'
import { Virtual } from './virtual.mjs'

const WIDE = 16 // bytes in a row
const NARROW = 8
const BESIDE = 8 // characters of a row that are not of its bytes
const EACH = 4 // characters of a byte

export class Hex {
  #owners = () => null
  #spans = { over: null, chosen: null, at: null }

  // over(at) and select(at) get the offset of a byte; over(null): the pointer is at none.
  constructor (box, { over, select }) {
    this.box = box
    this.bytes = new Uint8Array()
    this.at = 0
    this.onSelect = select
    this.width = WIDE
    this.virtual = new Virtual(box, index => this.#draw(index))
    new window.ResizeObserver(() => this.#fit()).observe(box)
    const byteAt = event => {
      const span = event.target.closest('[data-at]')
      return span ? Number(span.dataset.at) : null
    }
    box.addEventListener('click', event => {
      if (byteAt(event) === null) return
      this.at = byteAt(event)
      select(this.at)
    })
    box.addEventListener('pointerover', event => over(byteAt(event)))
    box.addEventListener('pointerleave', () => over(null))
  }

  // ownerOf(at) tells the field of a byte; hidden: spans that are blanks.
  show (bytes, ownerOf, hidden) {
    this.bytes = bytes
    this.hidden = hidden
    this.#owners = ownerOf
    this.#spans = { over: null, chosen: null, at: null }
    this.at = 0
    this.virtual.scrollTo(0)
    this.#count()
  }

  #count () {
    this.virtual.count = Math.ceil(this.bytes.length / this.width)
  }

  // Fewer bytes in a row where there is no room for all.
  #fit () {
    const style = window.getComputedStyle(this.box)
    const character = parseFloat(style.fontSize) * 0.602
    const room = this.box.clientWidth - 2 * parseFloat(style.paddingLeft)
    const width = room >= (BESIDE + EACH * WIDE) * character ? WIDE : NARROW
    this.box.style.setProperty('--width', width)
    if (width === this.width) return
    this.width = width
    this.#count()
  }

  #draw (index) {
    const row = element('div.bytes', { role: 'row' })
    const start = index * this.width
    const end = Math.min(start + this.width, this.bytes.length)
    const digits = element('span.digits', { role: 'presentation' })
    const chars = element('span.chars', { 'aria-hidden': 'true' })
    for (let at = start; at < end; at++) {
      const owner = this.#owners(at)
      const blank = this.hidden.some(([from, to]) => from <= at && at < to)
      const kind = owner?.row.kind ?? 'unread'
      const byte = this.bytes[at]
      const shown = byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·'
      const names = `b.${kind}${owner?.start === at ? '.first' : ''}${blank ? '.blank' : ''}`
      digits.append(element(`span.${names}`, { 'data-at': at }, blank ? '**' : hex(byte)))
      chars.append(element(`span.c.${kind}${blank ? '.blank' : ''}`, { 'data-at': at }, blank ? '*' : shown))
    }
    row.append(element('span.offset', {}, hex(start, 4)), digits, chars)
    for (const [mark, span] of Object.entries(this.#spans)) {
      if (span) this.#markRow(mark, span, true, row, index)
    }
    return row
  }

  // Marks those bytes of a span that are in a row.
  #markRow (name, span, on, row, index) {
    const start = index * this.width
    for (let at = Math.max(start, span[0]); at < Math.min(start + this.width, span[1]); at++) {
      for (const part of ['digits', 'chars']) {
        row.querySelector(`.${part}`).children[at - start]?.classList.toggle(name, on)
      }
    }
  }

  // The same in all rows that are in the page.
  #mark (name, span, on) {
    if (!span) return
    for (const [index, row] of this.virtual.rows) this.#markRow(name, span, on, row, index)
  }

  #set (name, span) {
    const before = this.#spans[name]
    if (before && span && before[0] === span[0] && before[1] === span[1]) return
    this.#mark(name, this.#spans[name], false)
    this.#spans[name] = span
    this.#mark(name, span, true)
  }

  // Where the keys are.
  #stand (at) {
    this.at = at
    this.#set('at', [at, at + 1])
  }

  point (node) {
    this.#set('over', node && [node.start, node.end])
  }

  choose (node, reveal = true) {
    this.#set('chosen', node && [node.start, node.end])
    if (!node) return
    this.#stand(this.at < node.start || this.at >= node.end ? node.start : this.at)
    if (reveal && this.bytes.length) {
      this.virtual.reveal(Math.floor((Math.max(node.start, node.end - 1)) / this.width))
      this.virtual.reveal(Math.floor(this.at / this.width))
    }
  }

  key (event) {
    const { page } = this.virtual
    const steps = {
      ArrowRight: 1,
      l: 1,
      ArrowLeft: -1,
      h: -1,
      ArrowDown: this.width,
      j: this.width,
      ArrowUp: -this.width,
      k: -this.width,
      PageDown: page * this.width,
      PageUp: -page * this.width,
      Home: -Infinity,
      End: Infinity
    }
    if (!(event.key in steps) || this.bytes.length === 0) return false
    this.at = Math.max(0, Math.min(this.bytes.length - 1, this.at + steps[event.key]))
    this.onSelect(this.at)
    return true
  }
}
