// SPDX-License-Identifier: MIT
// Plots as SVG. Their colours are of the page's style, by classes.

const NAMESPACE = 'http://www.w3.org/2000/svg'
const WIDTH = 480
const HEIGHT = 210
const LEFT = 52 // for the numbers of the upright axis
const BELOW = 34
const ABOVE = 12
const RIGHT = 12
const PLOT = { width: WIDTH - LEFT - RIGHT, height: HEIGHT - ABOVE - BELOW }

function svg (name, attributes = {}, ...children) {
  const made = document.createElementNS(NAMESPACE, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}

const titled = (shape, text) => {
  shape.append(svg('title', {}, text))
  return shape
}

const canvas = (label, ...children) =>
  svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': label, class: 'plot' }, ...children)

const short = value => value >= 1e6 ? `${+(value / 1e6).toPrecision(3)} M` : value >= 1e4 ? `${+(value / 1e3).toPrecision(3)} k` : `${+value.toPrecision(3)}`

// About four round numbers up to the highest value.
function ticks (most) {
  const power = 10 ** Math.floor(Math.log10(most / 4 || 1))
  const step = [1, 2, 5, 10].map(times => times * power).find(wide => most / wide <= 4.5)
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step)
}

function upright (most, label) {
  const parts = []
  for (const value of ticks(most)) {
    const y = ABOVE + PLOT.height * (1 - value / most)
    parts.push(svg('line', { x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y, class: 'grid' }),
      svg('text', { x: LEFT - 6, y: y + 4, 'text-anchor': 'end' }, short(value)))
  }
  parts.push(svg('text', {
    transform: `translate(11 ${ABOVE + PLOT.height / 2}) rotate(-90)`, 'text-anchor': 'middle', class: 'label'
  }, label))
  return parts
}

const below = (x, text, anchor = 'middle') =>
  svg('text', { x, y: HEIGHT - BELOW + 16, 'text-anchor': anchor }, text)

const caption = text =>
  svg('text', { x: LEFT + PLOT.width / 2, y: HEIGHT - 3, 'text-anchor': 'middle', class: 'label' }, text)

// Columns of stacked parts. values: [{ label, title, parts: [{ name, value }] }]; label may be ''.
export function bars (values, { label, x, y }) {
  const most = Math.max(1, ...values.map(bar => bar.parts.reduce((sum, part) => sum + part.value, 0)))
  const step = PLOT.width / values.length
  const gap = step > 6 ? Math.min(4, step * 0.2) : 0
  const shapes = []
  values.forEach((bar, i) => {
    let top = HEIGHT - BELOW
    for (const part of bar.parts) {
      const height = PLOT.height * part.value / most
      top -= height
      if (!part.value) continue
      shapes.push(titled(svg('rect', {
        x: LEFT + i * step + gap / 2, y: top, width: Math.max(0.5, step - gap), height, class: `part ${part.name}`
      }), bar.title))
    }
    if (bar.label) shapes.push(below(LEFT + (i + 0.5) * step, bar.label))
  })
  return canvas(label, ...upright(most, y), ...shapes, caption(x))
}

// Which part of all values is not above a value, on a scale of powers of ten.
// series: [{ name, sorted }], of at most six; words(value) tells a value.
export function shares (series, { label, x, words }) {
  const positive = series.flatMap(({ sorted }) => [sorted.find(value => value > 0), sorted.at(-1)]).filter(value => value > 0)
  const low = Math.floor(Math.log10(Math.min(...positive, 1)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...positive, 1e-9))))
  const place = value => LEFT + PLOT.width * (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)
  const level = part => ABOVE + PLOT.height * (1 - part)
  const parts = []
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(svg('line', { x1: LEFT, x2: WIDTH - RIGHT, y1: level(share), y2: level(share), class: 'grid' }),
      svg('text', { x: LEFT - 6, y: level(share) + 4, 'text-anchor': 'end' }, `${100 * share} %`))
  }
  for (let power = low; power <= high; power++) {
    parts.push(svg('line', { x1: place(10 ** power), x2: place(10 ** power), y1: ABOVE, y2: HEIGHT - BELOW, class: 'grid' }),
      below(place(10 ** power), words(10 ** power), power === high ? 'end' : 'middle'))
  }
  series.forEach(({ name, sorted }, i) => {
    const most = 400 // points of a line
    const points = [[place(sorted[0]), level(0)]]
    for (let at = 0; at < Math.min(sorted.length, most); at++) {
      const rank = sorted.length <= most ? at : Math.round(at * (sorted.length - 1) / (most - 1))
      const px = place(sorted[rank])
      points.push([px, points.at(-1)[1]], [px, level((rank + 1) / sorted.length)])
    }
    points.push([WIDTH - RIGHT, level(1)])
    const line = svg('polyline', { points: points.map(pair => pair.map(v => v.toFixed(1)).join(',')).join(' '), class: `curve series-${i}` })
    parts.push(titled(line, name))
  })
  return canvas(label, ...parts, caption(x))
}

// A bar beside a number: which part of the highest it is.
export function bar (part, name = '') {
  return svg('svg', { viewBox: '0 0 100 10', preserveAspectRatio: 'none', class: 'bar', 'aria-hidden': 'true' },
    svg('rect', { x: 0, y: 0, width: 100, height: 10, class: 'ground' }),
    svg('rect', { x: 0, y: 0, width: 100 * part, height: 10, class: `part ${name}` }))
}
