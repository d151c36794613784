// SPDX-License-Identifier: MIT
// A payload in the form that somebody asks for. Nothing is guessed: what has not that form is said so.
import { count, decodeStrictly, element, hex, hexOf, plain } from './text.mjs'

const MOST_SHOWN = 65536 // bytes that are shown as text or hex
const MOST_JSON = 1 << 20 // bytes that are read as JSON
const IN_A_ROW = 16 // bytes
const INDENT = '  '
const MOST_DEPTH = 100 // of what is indented
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

const lines = text => text.split('\n').map(line => line.split('\t').map(plain).join('\t')).join('\n')

function asText (bytes) {
  const text = decodeStrictly(bytes)
  if (text === null) return { problem: 'This is no text in UTF-8.' }
  return { text: lines(text.slice(0, MOST_SHOWN)), left: Math.max(0, text.length - MOST_SHOWN), what: 'character' }
}

// The tokens as they are, since a number that is read and written again may be another one.
function indented (text) {
  let made = ''
  let depth = 0
  let before = ''
  const line = () => '\n' + INDENT.repeat(Math.min(depth, MOST_DEPTH))
  for (const [token] of text.matchAll(TOKEN)) {
    const closes = token === '}' || token === ']'
    if (closes) depth--
    const opened = before === '{' || before === '['
    if (closes ? !opened : opened || before === ',') made += line()
    made += token === ':' ? ': ' : token
    if (token === '{' || token === '[') depth++
    before = token
  }
  return made
}

function asJson (bytes) {
  if (bytes.length > MOST_JSON) return { problem: 'This is too long to be read as JSON.' }
  const text = decodeStrictly(bytes)
  try {
    JSON.parse(text ?? '')
  } catch {
    return { problem: 'This is no JSON.' }
  }
  const made = indented(text)
  return { text: lines(made.slice(0, MOST_SHOWN)), left: Math.max(0, made.length - MOST_SHOWN), what: 'character' }
}

function asHex (bytes) {
  const rows = []
  for (let at = 0; at < Math.min(bytes.length, MOST_SHOWN); at += IN_A_ROW) {
    const row = hexOf(bytes.subarray(at, at + IN_A_ROW)).replace(/..(?=.)/g, '$& ')
    rows.push(`${hex(at, 4)}  ${row}`)
  }
  return { text: rows.join('\n'), left: Math.max(0, bytes.length - MOST_SHOWN), what: 'byte' }
}

const FORMS = { text: asText, JSON: asJson, hex: asHex }

export const forms = Object.keys(FORMS)

export const payloadAs = (form, bytes) => FORMS[form](bytes)

// Buttons that choose a form, and the payload in it. form: the chosen one, or null.
export function payloadPanel (bytes, form, choose) {
  const buttons = forms.map(name => element('button.toggle', {
    type: 'button', 'aria-pressed': String(name === form), onclick: () => choose(name === form ? null : name)
  }, name))
  const box = element('div.payload', {}, element('p.choice', { role: 'group', 'aria-label': 'Payload' },
    `payload (${count(bytes.length, 'byte')}) as `, ...buttons))
  if (form === null) return box
  const { text, problem, left, what } = payloadAs(form, bytes)
  if (problem) box.append(element('p.problem', {}, problem))
  else box.append(element('pre', { tabindex: '0', 'aria-label': `Payload as ${form}` }, text))
  if (left) box.append(element('p.more', {}, `and ${count(left, what)} more`))
  return box
}
