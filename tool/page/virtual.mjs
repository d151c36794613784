// SPDX-License-Identifier: MIT
// A list of rows of one height, of which only those are in the page that can be seen.
import { element } from './text.mjs'

const MOST = 8_000_000 // pixels: browsers have no elements that are much higher
const BEYOND = 6 // rows above and below what is seen

export class Virtual {
  #count = 0
  #rows = new Map()
  #asked = false
  // To ask the browser for these after a change would make it lay out the page at once.
  #top = 0 // pixels that are scrolled
  #view = 0 // pixels of rows that are seen
  #revealed = -1 // the row that is to be seen, until somebody scrolls away from it

  // draw(index) makes the element of a row.
  constructor (scroller, draw) {
    this.scroller = scroller
    this.draw = draw
    this.window = element('div.window', { role: 'presentation' })
    this.space = element('div.space', { role: 'presentation' }, this.window)
    scroller.append(this.space)
    scroller.addEventListener('scroll', () => {
      if (scroller.clientHeight === 0) return // it is hidden, and nobody scrolled
      if (Math.abs(scroller.scrollTop - this.#top) > 1) this.#revealed = -1
      this.#top = scroller.scrollTop
      this.#ask()
    })
    new window.ResizeObserver(() => {
      this.#measure()
      scroller.scrollTop = this.#top // which is lost while the scroller is hidden
      if (this.#revealed >= 0 && this.#revealed < this.#count) this.reveal(this.#revealed)
      this.#ask()
    }).observe(scroller)
    this.rowHeight = 22
  }

  get count () {
    return this.#count
  }

  set count (count) {
    this.#count = count
    this.#revealed = -1
    this.space.style.height = `${Math.min(count * this.rowHeight, MOST)}px`
    // Fewer rows may have moved it already, of which the event is still to come.
    if (this.scroller.clientHeight) this.#top = this.scroller.scrollTop
    this.redraw()
  }

  // All rows anew.
  redraw () {
    this.#rows.clear()
    this.window.replaceChildren()
    this.#show()
  }

  #ask () {
    if (this.#asked) return
    this.#asked = true
    window.requestAnimationFrame(() => {
      this.#asked = false
      this.#show()
    })
  }

  #measure () {
    this.#view = Math.max(0, this.scroller.clientHeight - this.space.offsetTop) // but for a head
  }

  // Rows by which all of them are higher than the view, and pixels by which the space is.
  get #room () {
    if (this.#view === 0) this.#measure()
    return {
      rows: Math.max(0, this.#count - this.#view / this.rowHeight),
      pixels: Math.max(0, Math.min(this.#count * this.rowHeight, MOST) - this.#view),
      seen: this.#view / this.rowHeight
    }
  }

  // Scrolls to so many pixels.
  scrollTo (top) {
    if (top === this.#top) return
    this.#top = top
    this.scroller.scrollTop = top
  }

  #show () {
    const { rows, pixels, seen } = this.#room
    const top = Math.min(this.#top, pixels)
    const exact = pixels ? top / pixels * rows : 0
    const first = Math.max(0, Math.floor(exact) - BEYOND)
    const last = Math.min(this.#count, Math.ceil(exact + seen) + BEYOND)
    this.window.style.transform = `translateY(${top - (exact - first) * this.rowHeight}px)`
    for (const [index, row] of this.#rows) {
      if (index < first || index >= last) {
        row.remove()
        this.#rows.delete(index)
      }
    }
    let before = null
    for (let index = last - 1; index >= first; index--) {
      let row = this.#rows.get(index)
      if (!row) {
        row = this.draw(index)
        this.#rows.set(index, row)
        this.window.insertBefore(row, before)
      }
      before = row
    }
  }

  // The element of a row, if it is in the page.
  row (index) {
    return this.#rows.get(index)
  }

  // Those that are in the page, with their indices.
  get rows () {
    return this.#rows.entries()
  }

  // Scrolls no further than is needed to see a row.
  reveal (index) {
    this.#revealed = index
    const { rows, pixels, seen } = this.#room
    const exact = pixels ? Math.min(this.#top, pixels) / pixels * rows : 0
    let wanted = exact
    if (index < exact) wanted = index
    else if (index + 1 > exact + seen) wanted = index + 1 - seen
    if (wanted !== exact && rows) {
      this.scrollTo(Math.max(0, Math.min(1, wanted / rows)) * pixels)
    }
    this.#show()
  }

  // How many rows a page has.
  get page () {
    return Math.max(1, Math.floor(this.#room.seen) - 1)
  }
}
