// SPDX-License-Identifier: MIT
// The page's second half: numbers and plots of all packets.
import { quoted } from './filter.mjs'
import { family } from './list.mjs'
import { numbers } from './numbers.mjs'
import { bar, bars, shares } from './plots.mjs'
import { count, duration, element, number, plain, quote, size } from './text.mjs'

const TOP = 25 // topics that are shown
const LINES = 6 // curves in a plot
const MOST_CONNECTIONS = 1000 // in the table
const UNITS = [['d', 86400, 3 * 86400], ['h', 3600, 3 * 3600], ['min', 60, 100], ['s', 1, 0]] // seconds, from which span on
const NOT_OF_A_PART = 'Filters have left packets out: this cannot be told.'

const section = (title, ...children) => element('section.card', {}, element('h2', {}, title), ...children)

// A table; columns that begin with a dash are numbers.
function table (heads, rows, label) {
  const numeric = heads.map(head => head.startsWith('-'))
  const kind = i => numeric[i] ? '.numeric' : ''
  return element('table', { 'aria-label': label },
    element('thead', {}, element('tr', {}, ...heads.map((head, i) => element(`th${kind(i)}`, { scope: 'col' }, head.replace(/^-/, ''))))),
    element('tbody', {}, ...rows.map(row => element('tr', {}, ...row.map((cell, i) => element(`td${kind(i)}`, {}, cell))))))
}

const rest = (rows, what) => rows.length > TOP ? element('p.more', {}, `and ${count(rows.length - TOP, what)} more`) : ''

export class Statistics {
  // filter(text) shows the packets that it lets through, goTo(packet) shows one.
  constructor (box, packets, { filter, goTo }) {
    this.box = box
    this.packets = packets
    this.filter = filter
    this.goTo = goTo
    this.made = false
    this.topicsBy = 'count'
  }

  show () {
    if (this.made) return
    this.made = true
    const all = numbers(this.packets)
    this.topics = element('div.topics')
    this.box.replaceChildren(this.#sums(all), element('div.cards', {},
      this.#rate(all), this.#types(all), this.#latencies(all), this.#sizes(all),
      this.#topicCard(all), this.#aliases(all), this.#unanswered(all), this.#rules(all),
      this.#connections(all)))
  }

  #link (text, filter) {
    return element('button.link', { type: 'button', title: `show only ${plain(filter)}`, onclick: () => this.filter(filter) }, text)
  }

  #sums (all) {
    const facts = [
      ['packets', number(all.packets)], ['bytes', number(all.bytes)],
      ['of them payload', number(all.payload)],
      ['connections', number(all.connections.length)],
      ['topics', number(all.topics.filter(topic => topic.name !== '').length)],
      ['retained', number(all.retained)], ['sent again', number(all.repeated)],
      ['marked DUP', number(all.dup)],
      ['with broken rules', number(all.broken)]
    ]
    if (all.cut) facts.push(['not all there', number(all.cut)])
    if (all.rate) facts.splice(3, 0, ['from first to last', duration(all.rate.span)])
    return section('In all', element('dl.sums', {}, ...facts.map(([name, value]) =>
      element('div', {}, element('dd', { 'data-sum': name }, value), element('dt', {}, name)))))
  }

  #types (all) {
    const most = Math.max(1, ...all.types.map(type => type.count))
    const rows = all.types.map(type => [
      this.#link(type.name, `type:${type.name}`), bar(type.count / most, family(type.name)), number(type.count), size(type.bytes)
    ])
    const qos = all.publishes
      ? table(['QoS of PUBLISH', '', '-packets', '-part'], all.qos.map((found, level) => [
        this.#link(`QoS ${level}`, `qos:${level}`), bar(found / all.publishes, 'publish'), number(found),
        `${(100 * found / all.publishes).toFixed(1)} %`
      ]), 'Quality of service')
      : ''
    return section('Types', table(['type', '', '-packets', '-bytes'], rows, 'Packets by type'), qos)
  }

  #rate ({ rate }) {
    if (!rate) return section('Rate', element('p', {}, 'A stream has no times.'))
    const label = rate.client.length
    const [unit, seconds] = UNITS.find(([, , from]) => rate.span >= from)
    const values = rate.client.map((client, i) => {
      const at = i * rate.step
      const every = Math.ceil(label / 6)
      return {
        label: i % every === 0 ? `${+(at / seconds).toPrecision(3)} ${unit}` : '',
        title: `from ${duration(at || 0)} on: ${number(client)} from clients, ${number(rate.server[i])} from servers`,
        parts: [{ name: 'client', value: client }, { name: 'server', value: rate.server[i] }]
      }
    })
    return section('Rate', bars(values, {
      label: 'Packets over time', x: 'since the first packet', y: `packets in ${duration(rate.step)}`
    }), this.#legend([['client', 'from clients'], ['server', 'from servers']]))
  }

  #legend (names) {
    return element('p.legend', {}, ...names.map(([name, text]) => element('span', {}, element(`i.swatch.${name}`), text)))
  }

  // ---- Topics ----

  #topicCard (all) {
    const choice = element('p.choice', { role: 'group', 'aria-label': 'Order of topics' })
    const draw = by => {
      const rows = [...all.topics].sort((a, b) => b[by] - a[by])
      const most = Math.max(1, rows[0]?.[by] ?? 1)
      choice.replaceChildren('by ', ...['count', 'bytes'].map(name => element('button.toggle', {
        type: 'button', 'aria-pressed': String(name === by), onclick: () => draw(name)
      }, name === 'count' ? 'packets' : 'bytes')))
      this.topics.replaceChildren(table(['topic', '', '-packets', '-bytes'], rows.slice(0, TOP).map(topic => [
        topic.name === '' ? element('em', {}, 'an alias that is not known') : this.#link(plain(topic.name), `topic:${quoted(topic.name)}`),
        bar(topic[by] / most, 'publish'), number(topic.count), size(topic.bytes)
      ]), 'Topics'), rest(rows, 'topic'))
    }
    draw('count')
    return section('Topics', all.topics.length ? choice : element('p', {}, 'Nothing was published.'), this.topics)
  }

  #aliases ({ aliases }) {
    if (!aliases.published) return section('Topic aliases', element('p', {}, 'Nothing was published in MQTT 5.0.'))
    const saved = aliases.saved < 0 ? `−${size(-aliases.saved)}` : size(aliases.saved)
    return section('Topic aliases', table(['', '-'], [
      ['messages with an alias for their topic', number(aliases.used)],
      ['bytes that this saves', saved],
      ['that aliases could save, as many as receivers take', size(aliases.within)],
      ['if receivers took any number', size(aliases.without)]
    ], 'Topic aliases'))
  }

  #unanswered ({ unanswered }) {
    const { packets } = this
    if (packets.about.is_part) return section('Never answered', element('p', {}, NOT_OF_A_PART))
    if (!unanswered.length) return section('Never answered', element('p', {}, 'None, as far as the capture tells.'))
    const rows = unanswered.slice(0, TOP).map(({ packet: i, seconds }) => [
      element('button.link', { type: 'button', title: 'show it', onclick: () => this.goTo(i) }, number(packets.number(i))),
      packets.typeName(i), `#${packets.columns.connection[i]}`, seconds === null ? '' : duration(seconds)
    ])
    return section('Never answered', table(['-no.', 'type', 'connection', '-until the end'], rows, 'Never answered'), rest(unanswered, 'packet'))
  }

  // ---- Latencies and sizes ----

  #latencies ({ latencies }) {
    if (!latencies.length) return section('Latency', element('p', {}, 'Nothing here answers anything at a known time.'))
    const shown = latencies.slice(0, LINES)
    const rows = latencies.map((made, i) => [
      element('span', {}, i < LINES ? element(`i.swatch.series-${i}`) : '', `${made.of} → ${made.name}`), number(made.count), duration(made.median), duration(made.p90),
      duration(made.p99),
      element('button.link', { type: 'button', title: 'show the slowest one', onclick: () => this.goTo(made.slowest) }, duration(made.most))
    ])
    return section('Latency', element('div.wide', {}, table(['to its answer', '-answers', '-median', '-90 %', '-99 %', '-slowest'], rows, 'Latencies')),
      shares(shown, { label: 'Latencies', x: 'part of the answers that took no longer', words: roundDuration }))
  }

  #sizes ({ sizes, sizeCounts }) {
    if (!sizes) return section('Sizes', element('p', {}, 'There is no packet.'))
    const values = sizeCounts.map(made => ({
      label: made.from < 1024 ? String(made.from) : made.from < 1048576 ? `${made.from / 1024} Ki` : `${made.from / 1048576} Mi`,
      title: `${number(made.from)} to ${number(made.to)} bytes: ${count(made.count, 'packet')}`,
      parts: [{ name: 'size', value: made.count }]
    }))
    return section('Sizes', bars(values, { label: 'Sizes of packets', x: 'bytes, from this size to the next', y: 'packets' }),
      table(['-least', '-median', '-90 %', '-99 %', '-largest'],
        [[sizes.least, sizes.median, sizes.p90, sizes.p99, sizes.most].map(number)], 'Sizes'))
  }

  #rules ({ rules, packets }) {
    if (!rules.length) return section('Broken rules', element('p', {}, packets ? 'None.' : 'There is no packet.'))
    return section('Broken rules', table(['rule', '-packets'],
      rules.map(rule => [this.#link(rule.name, `rule:${rule.name}`), number(rule.count)]), 'Broken rules'))
  }

  #connections ({ connections, silences }) {
    const rows = connections.slice(0, MOST_CONNECTIONS).map(made => {
      const about = this.packets.connections.get(made.name)
      const who = about?.client_id ? quote(about.client_id) : plain(about?.client || '')
      const { keepAlive = null, longest = null, isLate = false } = silences.get(made.name) ?? {}
      return [this.#link(`#${made.name}`, `#${made.name}`), element('span', { title: who }, who), number(made.client), number(made.server), size(made.bytes),
        keepAlive === null ? '' : keepAlive ? duration(keepAlive) : 'none',
        longest === null ? '' : element(isLate ? 'span.broke' : 'span', isLate ? { title: 'longer than one and a half times the keep-alive' } : {}, `${isLate ? '! ' : ''}${duration(longest)}`)]
    })
    const more = connections.length - rows.length
    return section('Connections',
      element('div.tall', { tabindex: '0', role: 'group', 'aria-label': 'Connections' },
        table(['-no.', 'client', '-it sent', '-it got', '-bytes', '-keep-alive', '-longest silence'], rows, 'Connections')),
      more > 0 ? element('p.more', {}, `and ${number(more)} more`) : '')
  }
}

// Powers of ten of a second.
const roundDuration = seconds => seconds >= 1 ? `${seconds} s` : seconds >= 1e-3 ? `${Math.round(seconds * 1e3)} ms` : seconds >= 1e-6 ? `${Math.round(seconds * 1e6)} µs` : `${Math.round(seconds * 1e9)} ns`
