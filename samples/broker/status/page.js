// SPDX-License-Identifier: MIT
// The status page: /status.json every few seconds, and between them MQTT, as any client may.
'use strict'

const EVERY = 5000 // ms between requests
const ROUND = 100 // ms in which all that $SYS says at a time is here
const SOON = 500 // ms: too short to tell a rate of
const DRAWN = 1000 // ms between drawings of what comes by MQTT
const POINTS = 120 // of the plot
const TOPICS = 200 // that are shown
const SHOWN = 200 // characters of a payload
const SYS = '$SYS/broker/'
const FIGURES = 1, WATCHED = 2 // identifiers of subscriptions

const byId = id => document.getElementById(id)

// What is known until the user leaves.  The password stays in this variable.
let session = null

function element (name, text, kind) {
  const made = document.createElement(name)
  made.textContent = text
  if (kind) made.className = kind
  return made
}

function row (cells, kind) {
  const made = element('tr', '', kind)
  for (const [text, cell] of cells) {
    const td = element('td', text ?? '', cell)
    td.title = td.textContent
    made.append(td)
  }
  return made
}

const count = value => value.toLocaleString('en')

function size (bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let unit = 0
  for (; bytes >= 1024 && unit < units.length - 1; unit++) bytes /= 1024
  return `${bytes.toLocaleString('en', { maximumFractionDigits: unit ? 1 : 0 })} ${units[unit]}`
}

function span (seconds) {
  const parts = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']]
  const at = Math.max(0, parts.findIndex(([length]) => seconds >= length))
  const text = ([length, unit]) => `${Math.floor(seconds / length)} ${unit}`
  const first = seconds ? text(parts[at]) : '0 s'
  seconds %= parts[at][0]
  return at < 3 && seconds >= parts[at + 1][0] ? `${first} ${text(parts[at + 1])}` : first
}

// live: what comes by MQTT is shown; polled: /status.json alone; lost: not even that.
function tellState () {
  const { lost, polled, client } = session ?? {}
  const kind = !session ? '' : client?.connected ? 'live' : lost ? 'lost' : 'polled'
  const texts = {
    live: lost ? `live, but for the list of clients: ${lost}` : 'live',
    polled: `asked every ${EVERY / 1000} s: ${polled}`,
    lost: `The broker does not answer: ${lost}`
  }
  byId('state').textContent = texts[kind] ?? ''
  byId('state').className = document.documentElement.dataset.state = kind
}

// ---- Login ----

function base64 (text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}

function leave (why = '') {
  clearTimeout(session?.timer)
  clearTimeout(session?.round)
  clearInterval(session?.drawing)
  session?.client?.end(true)
  session = null
  byId('refusal').textContent = why
  byId('login').hidden = false
  byId('status').hidden = byId('leave').hidden = true
  for (const id of ['version', 'watched']) byId(id).textContent = ''
  for (const id of ['clients', 'topics', 'measures', 'rates']) byId(id).replaceChildren()
  tellState()
}

function enter (user, password) {
  leave()
  session = {
    user,
    password,
    header: `Basic ${base64(`${user}:${password}`)}`,
    rates: [],
    counted: new Map(), // names of measures: value, when that was, and the rate since the one before
    topics: new Map(),
    cells: new Map() // of figures, by their names
  }
  session.drawing = setInterval(drawTopics, DRAWN)
  poll(session)
}

// ---- /status.json ----

async function poll (mine) {
  clearTimeout(mine.timer)
  try {
    const answer = await fetch(`/status.json?find=${encodeURIComponent(byId('find').value)}`, {
      credentials: 'omit', // this header is all, and the browser asks for nothing
      headers: { Authorization: mine.header }
    })
    if (session !== mine) return
    if (answer.status === 401 || answer.status === 403) return leave(await answer.text())
    if (!answer.ok) throw new Error(`status ${answer.status}`)
    const told = await answer.json()
    if (session !== mine) return
    mine.lost = ''
    show(told)
  } catch (problem) {
    if (session !== mine) return
    mine.lost = problem.message
  }
  tellState()
  clearTimeout(mine.timer)
  mine.timer = setTimeout(() => poll(mine), EVERY)
}

function show (told) {
  byId('login').hidden = true
  byId('password').value = ''
  byId('status').hidden = byId('leave').hidden = false
  byId('version').textContent = `${told.version}, up ${span(told.uptime)}`
  session.measures = told.measures
  showMeasures(told.measures)
  showRates(performance.now(), told.measures)
  showClients(told)
  if (!session.client) connect(told.websocket)
}

function showMeasures (measures) {
  if (!session.cells.size) byId('measures').replaceChildren()
  for (const { name, topic, text, value } of measures) {
    if (!session.cells.has(name)) {
      const made = row([[text], ['', 'n'], [topic && SYS + topic, 'away']])
      byId('measures').append(made)
      session.cells.set(name, made.children[1])
    }
    session.cells.get(name).textContent = count(value)
  }
}

// Of what is known at a time: all of /status.json, or what $SYS has.
function showRates (at, measures) {
  for (const { name, value } of measures) {
    const last = session.counted.get(name)
    if (last && at - last.at < SOON) continue
    const rate = last && Math.max(0, (value - last.value) * 1000 / (at - last.at))
    session.counted.set(name, { at, value, rate })
  }
  const rate = name => session.counted.get(name).rate ?? 0
  if (session.counted.get('publishes_received').rate === undefined) return
  const round = value => value.toLocaleString('en', { maximumFractionDigits: 1 })
  const shown = [
    ['messages in', round(rate('publishes_received'))], ['messages out', round(rate('publishes_sent'))],
    ['messages dropped', round(rate('publishes_dropped'))],
    ['bytes in', size(rate('bytes_received'))], ['bytes out', size(rate('bytes_sent'))],
    ['connections', round(rate('connections_accepted'))]
  ]
  byId('rates').replaceChildren(...shown.map(([name, value]) => {
    const made = element('div', '')
    made.append(element('dt', name), element('dd', value))
    return made
  }))
  session.rates.push([rate('publishes_received'), rate('publishes_sent')])
  if (session.rates.length > POINTS) session.rates.shift()
  plot(session.rates)
}

function plot (rates) {
  const most = Math.max(1, ...rates.flat())
  for (const [id, which] of [['plot-in', 0], ['plot-out', 1]]) {
    const points = rates.map((pair, i) =>
      `${240 * (POINTS - rates.length + i) / (POINTS - 1)},${38 - 36 * pair[which] / most}`)
    byId(id).setAttribute('points', points.join(' '))
  }
  byId('plot-most').textContent = `at most ${count(Math.round(most))}`
}

function showClients ({ clients, matching }) {
  byId('matching').textContent =
    clients.length < matching ? `${count(clients.length)} of ${count(matching)}, the longest queues first` : count(matching)
  byId('clients').replaceChildren(...clients.map(client => row([
    [client.client_id],
    [client.connected ? client.address : 'away'],
    [client.version],
    [client.user],
    [client.connected ? span(client.keep_alive) : '', 'n'],
    [count(client.subscriptions), 'n'],
    [count(client.in_flight), 'n'],
    [count(client.waiting), 'n'],
    [size(client.waiting_bytes + (client.unsent ?? 0)), 'n'],
    [count(client.dropped), 'n']
  ], client.connected ? '' : 'away')))
}

// ---- MQTT ----

function connect (url) {
  const mine = session
  mine.polled = !window.mqtt ? 'built without MQTT.js' : !url ? 'no listener has protocol websockets' : 'MQTT is not connected'
  if (!url || !window.mqtt) return
  const client = mine.client = window.mqtt.connect(url, {
    username: mine.user,
    password: mine.password,
    clientId: `status-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`,
    protocolVersion: 5,
    keepalive: 30,
    reconnectPeriod: EVERY,
    resubscribe: false,
    timerVariant: 'native' // the page's policy allows no workers
  })
  client.on('connect', () => {
    tellState()
    subscribe(client, `${SYS}#`, FIGURES)
    if (mine.filter) watch(mine.filter)
  })
  client.on('message', (topic, payload, packet) => heard(mine, topic, payload, packet))
  client.on('close', tellState)
  client.on('error', problem => {
    if (!problem.code) return // it is tried again
    mine.polled = problem.message
    client.end(true)
  })
}

function subscribe (client, filter, identifier, done) {
  client.subscribe(filter, { qos: 0, properties: { subscriptionIdentifier: identifier } }, done)
}

function heard (mine, topic, payload, packet) {
  if (session !== mine) return
  const text = new TextDecoder().decode(payload.subarray(0, 4 * SHOWN)).slice(0, SHOWN)
  // What is retained may be older than the last answer of /status.json.
  if (!packet.retain && topic.startsWith(SYS)) measured(mine, topic.slice(SYS.length), text)
  if (![packet.properties?.subscriptionIdentifier].flat().includes(WATCHED)) return
  let seen = mine.topics.get(topic)
  if (!seen) {
    if (mine.topics.size >= TOPICS) return mine.others++
    mine.topics.set(topic, seen = { messages: 0, before: 0 })
  }
  seen.messages++
  seen.text = text
  seen.bytes = payload.length
}

// The broker tells its uptime whenever it tells anything, and of the others what has changed.
function measured (mine, topic, text) {
  const measure = mine.measures.find(measure => measure.topic === topic)
  if (measure && /^\d+$/.test(text)) {
    measure.value = Number(text)
    mine.cells.get(measure.name).textContent = count(measure.value)
  }
  if (topic !== 'uptime') return
  const at = performance.now()
  clearTimeout(mine.round)
  mine.round = setTimeout(() => showRates(at, mine.measures.filter(measure => measure.topic)), ROUND)
}

function watch (filter) {
  const mine = session
  const { client, filter: old } = mine
  if (client && old && old !== filter) client.unsubscribe(old)
  if (client && old === `${SYS}#`) subscribe(client, old, FIGURES)
  mine.topics.clear()
  mine.others = 0
  mine.refusal = client ? '' : mine.polled
  mine.filter = filter
  if (client && filter) {
    subscribe(client, filter, WATCHED, problem => {
      if (problem && mine.filter === filter) mine.refusal = `not to be watched: ${problem.message}`
    })
  }
  drawTopics()
}

function drawTopics () {
  const { topics, filter, others, refusal } = session
  const now = performance.now()
  const seconds = (now - (session.drawn ?? now)) / 1000
  session.drawn = now
  byId('watched').textContent = !filter ? '' : refusal || `${count(topics.size)} topic${topics.size === 1 ? '' : 's'}${others ? `, and ${count(others)} messages of others` : ''}`
  byId('topics').replaceChildren(...[...topics].map(([topic, seen]) => {
    const rate = seconds > 0 ? (seen.messages - seen.before) / seconds : 0
    seen.before = seen.messages
    return row([[topic], [seen.text], [size(seen.bytes), 'n'], [count(seen.messages), 'n'],
      [rate.toLocaleString('en', { maximumFractionDigits: 1 }), 'n']])
  }))
}

// ---- The user ----

function on (id, event, does) {
  byId(id).addEventListener(event, happened => {
    if (event === 'submit') happened.preventDefault()
    does()
  })
}

on('login', 'submit', () => enter(byId('user').value, byId('password').value))
on('leave', 'click', () => leave())
on('watch', 'submit', () => watch(byId('filter').value))
on('find-form', 'submit', () => poll(session))
on('find', 'input', () => {
  clearTimeout(session.timer)
  session.timer = setTimeout(poll, 300, session)
})
