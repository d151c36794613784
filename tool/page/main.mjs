// SPDX-License-Identifier: MIT
// Puts the page's parts together.
import { Codec } from './codec.mjs'
import { about, parts } from './data.mjs'
import { Detail } from './detail.mjs'
import { matcher, select } from './filter.mjs'
import { List } from './list.mjs'
import { Packets } from './packets.mjs'
import { Statistics } from './statistics.mjs'
import { number, plain } from './text.mjs'
import { theme } from './theme.mjs'

const STEP = 5 // percent by which a key moves the line between list and detail

const byId = id => document.getElementById(id)

class Page {
  #run = 0 // of the filter; only the last one counts

  constructor (packets) {
    this.packets = packets
    const panes = { head: byId('detail-head'), tree: byId('tree'), hex: byId('hex'), caption: byId('caption') }
    this.detail = new Detail(panes, packets, i => this.goTo(i))
    this.list = new List(byId('list'), packets, { select: line => this.detail.show(line), open: () => byId('tree').focus() })
    this.statistics = new Statistics(byId('statistics'), packets, {
      filter: text => this.filterBy(text), goTo: i => this.goTo(i)
    })
    this.filter = byId('filter')
    this.changeTheme = theme(byId('theme'))
    document.title = `${plain(packets.about.title)} · mqttwire`
    byId('title').textContent = plain(packets.about.title)
    byId('by').textContent = `Made by mqttwire ${packets.about.by}. Everything is in this page: it loads nothing and sends nothing.`
    this.#listen()
    this.detail.show(null)
  }

  #listen () {
    this.filter.addEventListener('input', () => this.applyFilter())
    byId('search').addEventListener('submit', event => {
      event.preventDefault()
      byId('list').focus()
    })
    byId('errors').addEventListener('click', () => this.toggleErrors())
    byId('help-button').addEventListener('click', () => byId('help').showModal())
    for (const name of ['packets', 'statistics']) {
      byId(`tab-${name}`).addEventListener('click', () => this.view(name))
    }
    byId('tab-packets').parentElement.addEventListener('keydown', event => {
      if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
      this.view(this.isStatistics ? 'packets' : 'statistics')
      byId(this.isStatistics ? 'tab-statistics' : 'tab-packets').focus()
    })
    document.addEventListener('keydown', event => this.#key(event))
    this.#listenToSplit()
  }

  // ---- Views ----

  get isStatistics () {
    return !byId('statistics').hidden
  }

  view (name) {
    for (const each of ['packets', 'statistics']) {
      byId(each).hidden = each !== name
      byId(`tab-${each}`).setAttribute('aria-selected', String(each === name))
      byId(`tab-${each}`).tabIndex = each === name ? 0 : -1
    }
    if (name === 'statistics') this.statistics.show()
    byId(name === 'statistics' ? 'statistics' : 'list').focus()
  }

  // Shows a packet, without the filter if that hides it.
  async goTo (i) {
    if (this.isStatistics) this.view('packets')
    if (this.list.goTo(i)) return
    await this.filterBy('')
    this.list.goTo(i)
  }

  // ---- Filter ----

  async filterBy (text) {
    this.filter.value = text
    if (this.isStatistics) this.view('packets')
    await this.applyFilter()
  }

  toggleErrors () {
    const others = this.filter.value.split(/\s+/).filter(word => word && word !== 'errors')
    const on = /(^|\s)errors(\s|$)/.test(this.filter.value)
    return this.filterBy((on ? others : ['errors', ...others]).join(' '))
  }

  async applyFilter () {
    const run = ++this.#run
    const text = this.filter.value
    byId('errors').setAttribute('aria-pressed', String(/(^|\s)errors(\s|$)/.test(text)))
    const wanted = matcher(text, this.packets)
    this.filter.setAttribute('aria-invalid', String(wanted.problems.length > 0))
    if (wanted.problems.length) {
      byId('state').textContent = wanted.problems.map(plain).join('; ')
      return
    }
    let shown = 0
    const lines = await select(this.packets, wanted, () => run !== this.#run, (found, part) => {
      byId('state').textContent = `${number(found.length)} so far, ${Math.floor(100 * part)} %`
      if (shown === 0 && found.length > 100) {
        shown = found.length
        this.list.show(found.slice())
      }
    })
    if (lines === null) return
    this.list.show(lines)
    byId('state').textContent = this.#state(lines, wanted.all)
  }

  #state (lines, all) {
    let packets = 0
    for (const line of lines) if (line >= 0) packets++
    const count = number(this.packets.count)
    if (all) return `${count} packet${this.packets.count === 1 ? '' : 's'}`
    return packets ? `${number(packets)} of ${count} packets` : `none of ${count} packets`
  }

  // ---- Keys ----

  #key (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || byId('help').open) return
    const focused = document.activeElement
    if (focused === this.filter) {
      if (this.#filterKey(event)) event.preventDefault()
      return
    }
    const done = this.#paneKey(event, focused) || this.#commonKey(event, focused)
    if (done) event.preventDefault()
  }

  #filterKey (event) {
    if (event.key === 'Escape' && this.filter.value) this.filterBy('')
    else if (event.key === 'Escape') byId('list').focus()
    else if (event.key === 'ArrowDown') {
      byId('list').focus()
      if (this.list.at < 0) this.list.go(0)
    } else return false
    return true
  }

  #paneKey (event, focused) {
    if (this.isStatistics) return false
    const inTree = focused === byId('tree')
    const inHex = focused === byId('hex')
    if (event.key === 'Escape' && (inTree || inHex || focused !== byId('list'))) byId('list').focus()
    else if (event.key === 'Enter' && inTree) byId('hex').focus()
    else if (event.key === 'Enter' && focused === byId('list')) byId('tree').focus()
    else if (inTree) return this.detail.tree.key(event)
    else if (inHex) return this.detail.hex.key(event)
    else if (focused === byId('list') || focused === document.body) return this.list.key(event)
    else return false
    return true
  }

  #commonKey (event, focused) {
    const isWrong = line => line < 0 ? this.packets.about.notes[~line].level !== 'info' : this.packets.isBroken(line)
    const { isStatistics } = this
    switch (event.key) {
      case '/':
        if (isStatistics) this.view('packets')
        this.filter.focus()
        this.filter.select()
        return true
      case '?': byId('help').showModal(); return true
      case 'e': this.toggleErrors(); return true
      case 's': this.view(isStatistics ? 'packets' : 'statistics'); return true
      case 'd': this.changeTheme(); return true
    }
    if (isStatistics) {
      if (event.key !== 'Escape') return false
      this.view('packets')
      return true
    }
    switch (event.key) {
      case 't': this.list.toggleTime(); return true
      case 'n': this.list.seek(1, isWrong); return true
      case 'p': this.list.seek(-1, isWrong); return true
      case 'a': this.detail.related(); return true
      case 'v': this.detail.nextForm(); return true
    }
    if (focused.closest('button, [role=separator]')) return false
    return this.list.key(event)
  }

  // ---- The line between list and detail ----

  #listenToSplit () {
    const split = byId('split')
    const box = byId('packets')
    const set = percent => {
      const share = Math.round(Math.max(15, Math.min(85, percent)))
      box.style.setProperty('--share', `${share}%`)
      split.setAttribute('aria-valuenow', share)
    }
    split.addEventListener('pointerdown', event => split.setPointerCapture(event.pointerId))
    split.addEventListener('pointermove', event => {
      if (!split.hasPointerCapture(event.pointerId)) return
      const { top, height } = box.getBoundingClientRect()
      set(100 * (event.clientY - top) / height)
    })
    split.addEventListener('keydown', event => {
      const steps = { ArrowUp: -STEP, ArrowDown: STEP }
      if (!(event.key in steps)) return
      set(Number(split.getAttribute('aria-valuenow')) + steps[event.key])
      event.preventDefault()
      event.stopPropagation()
    })
  }
}

async function open () {
  const [wasm, bytes, index, told] = await parts('codec', 'bytes', 'index', 'about')
  const packets = new Packets(await Codec.open(wasm), index, bytes, about(told))
  const page = new Page(packets)
  await page.applyFilter()
  if (packets.count) page.list.go(Math.max(0, page.list.lines.findIndex(line => line >= 0)))
  byId('list').focus()
  performance.mark('ready')
  document.documentElement.dataset.ready = 'true'
}

open().catch(error => {
  byId('detail-head').textContent = `This page cannot be shown: ${error.message}. It needs a browser with WebAssembly and DecompressionStream.`
  throw error
})
