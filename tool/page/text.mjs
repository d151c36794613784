// SPDX-License-Identifier: MIT
// Text for people. What comes from packets becomes text of the page and never markup.

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lenient = new TextDecoder()
const utf8 = new TextEncoder()

// Characters that would turn the direction of writing, that cannot be seen, or that do something.
const ODD = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Cn}]/u
const ALL_ODD = new RegExp(ODD.source, 'gu')

export const encode = text => utf8.encode(text)

export const decode = bytes => lenient.decode(bytes)

// The text that these bytes are, or null.
export function decodeStrictly (bytes) {
  try {
    return strict.decode(bytes)
  } catch {
    return null
  }
}

const escaped = c => '\\u{' + c.codePointAt(0).toString(16) + '}'

export const plain = text => ODD.test(text) ? text.replace(ALL_ODD, escaped) : text

export function quote (text, most = 64) {
  const shown = text.length > most ? text.slice(0, most - 1) : text
  const made = plain(shown.replace(/["\\]/g, '\\$&'))
  return shown === text ? `"${made}"` : `"${made}"...`
}

export const hex = (value, digits = 2) => value.toString(16).padStart(digits, '0')

export const hexOf = bytes => Array.from(bytes, byte => hex(byte)).join('')

export const number = value => value.toLocaleString('en')

export const count = (value, what, many = what + 's') => `${number(value)} ${value === 1 ? what : many}`

export function size (bytes) {
  if (bytes < 1000) return count(bytes, 'byte')
  const power = bytes < 999_950 ? 1 : bytes < 999_950_000 ? 2 : 3
  return `${(bytes / 1000 ** power).toFixed(1)} ${['', 'kB', 'MB', 'GB'][power]}`
}

// Bytes as text where they are text, otherwise as hex; how many, where not all are shown.
export function preview (bytes, most = 64) {
  const begin = bytes.subarray(0, 4 * most)
  let text = null
  for (let cut = 0; cut < 4 && text === null && (cut === 0 || begin.length < bytes.length); cut++) {
    text = decodeStrictly(begin.subarray(0, begin.length - cut))
  }
  if (text !== null && !ODD.test(text.replace(/[\n\r\t]/g, ''))) {
    const whole = begin.length === bytes.length && text.length <= most
    return quote(text, most) + (whole ? '' : ` (${count(bytes.length, 'byte')})`)
  }
  const digits = hexOf(bytes.subarray(0, most / 2))
  return `0x${digits}` + (2 * bytes.length > most ? `... (${count(bytes.length, 'byte')})` : '')
}

const two = value => String(value).padStart(2, '0')

// Milliseconds since the epoch.
export function clock (time) {
  const date = new Date(time)
  const thousandths = String(date.getMilliseconds()).padStart(3, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${thousandths}`
}

export function day (time) {
  const date = new Date(time)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

export function duration (seconds) {
  if (seconds >= 2 * 86400) return `${Math.floor(seconds / 86400)} d ${Math.round(seconds % 86400 / 3600)} h`
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${Math.round(seconds % 3600 / 60)} min`
  if (seconds >= 100) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
  if (seconds >= 1) return `${seconds.toPrecision(3)} s`
  if (seconds >= 1e-3) return `${(seconds * 1e3).toPrecision(3)} ms`
  return `${(seconds * 1e6).toPrecision(3)} µs`
}

// An element: element('b.strong', { title: 'words' }, 'text', child).
export function element (what, attributes = {}, ...children) {
  const [tag, ...classes] = what.split('.')
  const made = document.createElement(tag)
  if (classes.length) made.className = classes.join(' ')
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value)
    else if (value === true) made.setAttribute(name, '')
    else if (value !== false && value !== undefined) made.setAttribute(name, value)
  }
  made.append(...children)
  return made
}
