// SPDX-License-Identifier: MIT
// Broken rules in words.
import { CLIENT, FIRST_RULE, MORE } from './codec.mjs'
import { count, element, hex } from './text.mjs'

const VERSIONS = { 3: 'MQTT 3.1', 4: 'MQTT 3.1.1', 5: 'MQTT 5.0' }

export const versionName = version => VERSIONS[version] ?? 'MQTT'

// What a code means in whatever packet has it.
function reasonText (codec, reason) {
  for (let type = 15; type > 0; type--) {
    const text = codec.reasonText(5, type, reason)
    if (text) return text
  }
  return ''
}

function answerTo (codec, code, version) {
  const reason = codec.reasonOf(code, version)
  if (reason === null) return 'the connection is closed'
  if (version < 5) return `CONNACK with return code ${reason}, and the connection is closed`
  return `reason code 0x${hex(reason)}, ${reasonText(codec, reason)}`
}

// What is to be said of a fault: its rule, a sentence, where, why.
export function sayFault (fault, packets, i, version) {
  const { codec } = packets
  const rule = codec.rule(fault.code)
  if (fault.code === MORE) {
    return {
      name: 'not all there',
      text: `the packet is not all there: it has ${packets.columns.length[i]} of ${count(fault.size, 'byte')} that are wanted at least`,
      where: '',
      why: '',
      ids: []
    }
  }
  if (fault.code < FIRST_RULE) return { name: 'unreadable', text: rule.text, where: '', why: '', ids: [] }
  const read = version || packets.columns.version[i] || 5
  const ids = rule.ids(read)
  const where = `at byte ${fault.offset}${fault.field ? `, in ${fault.field}` : ''}`
  const kind = rule.protocolError ? 'a protocol error' : 'malformed'
  const by = ids.length ? `by ${ids.join(', ')} of ${versionName(Math.max(read, 4))}` : `in ${versionName(read)}`
  const of = fault.ofConnection ? 'with what came before on this connection: ' : ''
  return {
    name: rule.name,
    text: rule.text,
    where,
    why: `${of}${kind} ${by}: ${answerTo(codec, fault.code, read)}`,
    ids
  }
}

// The panel of a packet; show(fault) is called for the one whose place is asked for.
export function panel (faults, packets, i, version, show) {
  const list = element('ul.faults', { 'aria-label': 'Broken rules' })
  for (const fault of faults) {
    const { name, text, where, why } = sayFault(fault, packets, i, version)
    const line = element('li', {},
      element('strong.rule', {}, name), ' ', element('span.sentence', {}, text))
    if (where) {
      line.append(element('div.why', {},
        element('button.link', { type: 'button', onclick: () => show(fault) }, where), `: ${why}`))
    }
    list.append(line)
  }
  return list
}

export const speaker = sender => sender === CLIENT ? 'client' : 'server'
