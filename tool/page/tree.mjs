// SPDX-License-Identifier: MIT
// The fields of a packet as a tree that can be folded.
import { element, plain } from './text.mjs'
import { Virtual } from './virtual.mjs'

export class Tree {
  #folded = new Set() // paths; they stay folded from packet to packet
  #nodes = [] // those that are not inside of a folded one

  // over(node) is called for what the pointer is at, or with null; select(node) for what is chosen.
  constructor (box, { over, select }) {
    this.box = box
    this.roots = []
    this.chosen = null
    this.pointed = null
    this.onSelect = select
    this.virtual = new Virtual(box, index => this.#draw(index))
    box.addEventListener('click', event => {
      const node = this.#nodeAt(event)
      if (!node) return
      if (event.target.closest('.fold')) this.#fold(node, !this.#folded.has(node.path))
      else select(node)
    })
    box.addEventListener('dblclick', event => {
      const node = this.#nodeAt(event)
      if (node?.children.length) this.#fold(node, !this.#folded.has(node.path))
    })
    box.addEventListener('pointerover', event => over(this.#nodeAt(event)))
    box.addEventListener('pointerleave', () => over(null))
  }

  #nodeAt (event) {
    const row = event.target.closest('[data-index]')
    return row ? this.#nodes[Number(row.dataset.index)] : null
  }

  show (roots) {
    this.roots = roots
    this.chosen = null
    this.pointed = null
    this.virtual.scrollTo(0)
    this.#unfold()
  }

  #unfold () {
    const nodes = []
    const add = siblings => siblings.forEach((node, index) => {
      node.place = [index + 1, siblings.length]
      nodes.push(node)
      if (!this.#folded.has(node.path)) add(node.children)
    })
    add(this.roots)
    this.#nodes = nodes
    this.virtual.count = nodes.length
    this.#activate()
  }

  #fold (node, folded) {
    if (folded) this.#folded.add(node.path)
    else this.#folded.delete(node.path)
    for (let inner = this.chosen; inner; inner = inner.parent) {
      if (inner.parent === node && folded) this.onSelect(node)
    }
    this.#unfold()
  }

  #activate () {
    const at = this.#nodes.indexOf(this.chosen)
    if (at < 0) this.box.removeAttribute('aria-activedescendant')
    else this.box.setAttribute('aria-activedescendant', `field-${at}`)
  }

  // ---- Rows ----

  #draw (index) {
    const node = this.#nodes[index]
    const folds = node.children.length > 0
    const open = !this.#folded.has(node.path)
    const small = ['length', 'identifier'].includes(node.row?.kind) || node.row?.kind === 'bits'
    const row = element('div.field', {
      id: `field-${index}`,
      role: 'treeitem',
      'aria-level': node.depth + 1,
      'aria-posinset': node.place[0],
      'aria-setsize': node.place[1],
      'aria-expanded': folds ? String(open) : undefined,
      'data-index': index,
      'data-path': node.path,
      'data-start': node.start,
      'data-end': node.end,
      'data-kind': node.row?.kind ?? 'group'
    })
    row.style.setProperty('--depth', node.depth)
    row.classList.toggle('small', small)
    row.append(
      element('span.fold', { 'aria-hidden': 'true' }, folds ? (open ? '▾' : '▸') : ''),
      element('span.name', {}, node.name))
    if (node.row) {
      const value = plain(node.value)
      row.append(element('span.equals', {}, ' = '), element('span.value', { title: value }, value))
    }
    if (node.note) row.append(element('span.remark', {}, node.note))
    this.#mark(row, node)
    return row
  }

  #mark (row, node) {
    row.classList.toggle('over', node === this.pointed)
    if (node === this.chosen) row.setAttribute('aria-selected', 'true')
    else row.removeAttribute('aria-selected')
  }

  #markBoth (before, node) {
    for (const which of [before, node]) {
      const row = which && this.virtual.row(this.#nodes.indexOf(which))
      if (row) this.#mark(row, which)
    }
  }

  // The pointer is at a field, here or among the bytes.
  point (node) {
    const before = this.pointed
    this.pointed = node
    this.#markBoth(before, node)
  }

  choose (node, reveal = true) {
    for (let outer = node?.parent; outer; outer = outer.parent) {
      if (this.#folded.delete(outer.path)) this.#unfold()
    }
    const before = this.chosen
    this.chosen = node
    this.#markBoth(before, node)
    if (node && reveal) this.virtual.reveal(this.#nodes.indexOf(node))
    this.#markBoth(null, node)
    this.#activate()
  }

  key (event) {
    const at = this.#nodes.indexOf(this.chosen)
    const node = this.chosen
    const { page } = this.virtual
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page }
    const go = index => this.onSelect(this.#nodes[Math.max(0, Math.min(this.#nodes.length - 1, index))])
    if (event.key in steps) go(at < 0 ? 0 : at + steps[event.key])
    else if (event.key === 'Home') go(0)
    else if (event.key === 'End') go(this.#nodes.length - 1)
    else if (event.key === 'ArrowRight' && node?.children.length) {
      if (this.#folded.has(node.path)) this.#fold(node, false)
      else go(at + 1)
    } else if (event.key === 'ArrowLeft' && node) {
      if (node.children.length && !this.#folded.has(node.path)) this.#fold(node, true)
      else if (node.parent) this.onSelect(node.parent)
    } else return false
    return true
  }
}
