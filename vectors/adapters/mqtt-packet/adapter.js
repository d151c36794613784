// SPDX-License-Identifier: MIT
// mqtt-packet: the parser of MQTT.js and Aedes.
import { createInterface } from 'node:readline'
import mqtt from 'mqtt-packet'

const TOLD = 1 << 20 // bytes: of larger packets only the result is told
const PROPERTIES = {
  payloadFormatIndicator: 'payload_format_indicator', messageExpiryInterval: 'message_expiry_interval',
  contentType: 'content_type', responseTopic: 'response_topic', correlationData: 'correlation_data',
  subscriptionIdentifier: 'subscription_identifiers', sessionExpiryInterval: 'session_expiry_interval',
  assignedClientIdentifier: 'assigned_client_identifier', serverKeepAlive: 'server_keep_alive',
  authenticationMethod: 'authentication_method', authenticationData: 'authentication_data',
  requestProblemInformation: 'request_problem_information', willDelayInterval: 'will_delay_interval',
  requestResponseInformation: 'request_response_information', responseInformation: 'response_information',
  serverReference: 'server_reference', reasonString: 'reason_string', receiveMaximum: 'receive_maximum',
  topicAliasMaximum: 'topic_alias_maximum', topicAlias: 'topic_alias', maximumQoS: 'maximum_qos',
  retainAvailable: 'retain_available', userProperties: 'user_properties',
  maximumPacketSize: 'maximum_packet_size', wildcardSubscriptionAvailable: 'wildcard_subscription_available',
  subscriptionIdentifiersAvailable: 'subscription_identifier_available',
  sharedSubscriptionAvailable: 'shared_subscription_available'
}

class Untellable extends Error {} // the model has lost something that the JSON form has

function unfold (wire) {
  return Buffer.concat([wire].flat().map(part => {
    const [unit, times] = typeof part === 'string' ? [part, 1] : part.repeat
    const bytes = Buffer.from(unit.replaceAll(' ', ''), 'hex')
    return Buffer.alloc(bytes.length * times, bytes)
  }))
}

function unfolded (value) { // without recipes
  if (Array.isArray(value)) {
    if (!value.some(each => Array.isArray(each.repeat))) return value.map(unfolded)
    return value.map(part => part.at ? part : part.repeat[0].repeat(part.repeat[1])).join('')
  }
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, unfolded(each)]))
}

function users (properties) { // by name: the order of values of different names is lost
  const names = Object.keys(properties)
  const plain = names.every(name => !Array.isArray(properties[name]) && !/^\d+$/.test(name))
  if (names.length > 1 && !plain) throw new Untellable()
  return names.flatMap(name => [properties[name]].flat().map(value => [name, value]))
}

function property (name, value) {
  if (name === 'userProperties') return users(value)
  if (name === 'subscriptionIdentifier') return [value].flat()
  if (Buffer.isBuffer(value)) return value.toString('hex')
  return typeof value === 'boolean' ? +value : value
}

function properties (version, of) {
  if (version !== 5) return {}
  const told = Object.entries(of ?? {}).map(([name, value]) => [PROPERTIES[name], property(name, value)])
  return { properties: Object.fromEntries(told) }
}

const hex = { // undefined members are left out of JSON
  text: value => value?.toString('utf8'),
  bytes: value => value?.toString('hex')
}

function form (p, version) {
  const all = { type: p.cmd.toUpperCase(), version, ...properties(version, p.properties) }
  const id = { packet_id: p.messageId }
  const reason = { reason_code: version === 5 ? p.reasonCode ?? 0 : undefined }
  switch (p.cmd) {
    case 'connect': return {
      ...all, clean_start: p.clean, keep_alive: p.keepalive, client_id: p.clientId,
      username: hex.text(p.username), password: hex.bytes(p.password),
      will: p.will && {
        topic: p.will.topic, payload: hex.bytes(p.will.payload), qos: p.will.qos, retain: p.will.retain,
        ...properties(version, p.will.properties)
      }
    }
    case 'connack': return { ...all, session_present: p.sessionPresent, reason_code: p.reasonCode ?? p.returnCode }
    case 'publish': return {
      ...all, dup: p.dup, qos: p.qos, retain: p.retain, topic: p.topic,
      ...(p.qos ? id : {}), payload: hex.bytes(p.payload)
    }
    case 'subscribe': return {
      ...all, ...id, subscriptions: p.subscriptions.map(s => version === 5
        ? { topic_filter: s.topic, qos: s.qos, no_local: s.nl, retain_as_published: s.rap, retain_handling: s.rh }
        : { topic_filter: s.topic, qos: s.qos })
    }
    case 'suback': return { ...all, ...id, reason_codes: p.granted }
    case 'unsuback': return { ...all, ...id, reason_codes: version === 5 ? p.granted : undefined }
    case 'unsubscribe': return { ...all, ...id, topic_filters: p.unsubscriptions }
    case 'pingreq': case 'pingresp': return { type: all.type, version }
    case 'disconnect': case 'auth': return { ...all, ...reason }
    default: return { ...all, ...id, ...reason }
  }
}

function told (packet, version) { // nothing where its form has lost something
  try {
    return form(packet, packet.protocolVersion ?? version)
  } catch (error) {
    if (!(error instanceof Untellable)) throw error
  }
}

function parse (pieces, version) {
  const packets = []
  let error, left
  const parser = mqtt.parser({ protocolVersion: version })
  parser.on('packet', found => packets.push(found))
  parser.on('error', found => { error ??= found })
  try {
    for (const piece of pieces) if (!error) left = parser.parse(piece)
  } catch (thrown) {
    error ??= thrown
  }
  return { packets, error, left: left || parser._stateCounter } // the header may have been taken
}

const refused = error => ({ result: 'reject', error: { message: error.message } })

function decode ({ wire, version }) {
  const data = unfold(wire)
  const { packets: [packet], error } = parse([data], version)
  if (error) return refused(error)
  if (!packet) return { result: 'more' }
  return { result: 'accept', packet: data.length <= TOLD ? told(packet, version) : undefined }
}

function stream ({ wire, version, chunks }) {
  const data = unfold(wire)
  const whole = chunks === 'each' ? Array(data.length).fill(1) : chunks
  const cuts = [whole.map((size, i) => [whole.slice(0, i).reduce((a, b) => a + b, 0), size])
    .map(([at, size]) => data.subarray(at, at + size))]
  for (let at = 0; chunks === 'each' && at <= data.length; at++) {
    cuts.push([data.subarray(0, at), data.subarray(at)])
  }
  const answers = cuts.map(pieces => {
    const { packets, error, left } = parse(pieces, version ?? 4) // which a CONNECT changes
    const forms = packets.map(packet => told(packet, version ?? packets[0].protocolVersion))
    const answer = error ? refused(error) : { result: left ? 'more' : 'accept' }
    return { ...answer, packets: forms.includes(undefined) ? undefined : forms }
  })
  const same = answers.every(each => JSON.stringify(each) === JSON.stringify(answers[0]))
  return same ? answers[0] : { result: 'differs' }
}

const NAMES = Object.fromEntries(Object.entries(PROPERTIES).map(([theirs, ours]) => [ours, theirs]))
const TRUTHS = ['payload_format_indicator', 'retain_available', 'request_problem_information',
  'request_response_information', 'wildcard_subscription_available', 'shared_subscription_available',
  'subscription_identifier_available']
const bytes = value => value === undefined ? undefined : Buffer.from(value, 'hex')

function set (properties) {
  return properties && Object.fromEntries(Object.entries(properties).map(([name, value]) => {
    if (name === 'user_properties') {
      const users = {}
      for (const [key, each] of value) {
        users[key] = key in users ? [users[key], each].flat() : each
      }
      return [NAMES[name], users]
    }
    if (name.endsWith('_data')) return [NAMES[name], bytes(value)]
    return [NAMES[name], TRUTHS.includes(name) && value < 2 ? value === 1 : value]
  }))
}

function model (p) {
  return {
    cmd: p.type.toLowerCase(), protocolId: p.version === 3 ? 'MQIsdp' : 'MQTT', protocolVersion: p.version, properties: set(p.properties),
    clean: p.clean_start, keepalive: p.keep_alive, clientId: p.client_id,
    username: p.username, password: bytes(p.password),
    will: p.will && { ...p.will, payload: bytes(p.will.payload), properties: set(p.will.properties) },
    sessionPresent: p.session_present, returnCode: p.reason_code, reasonCode: p.reason_code,
    dup: p.dup, qos: p.qos, retain: p.retain, topic: p.topic, payload: bytes(p.payload),
    messageId: p.packet_id, granted: p.reason_codes, unsubscriptions: p.topic_filters,
    subscriptions: p.subscriptions?.map(s => ({
      topic: s.topic_filter, qos: s.qos, nl: s.no_local, rap: s.retain_as_published, rh: s.retain_handling
    }))
  }
}

function encode ({ packet, version }) {
  let whole
  try {
    whole = unfolded(packet)
  } catch {
    return { result: 'skip' } // hex that is longer than a string can be
  }
  try {
    const written = mqtt.generate(model(whole), { protocolVersion: version })
    return { result: 'accept', wire: written.length <= TOLD ? written.toString('hex') : undefined }
  } catch (error) {
    return refused(error)
  }
}

const answers = { packets: decode, encode, streams: stream }
for await (const line of createInterface({ input: process.stdin })) {
  const { id, ...request } = JSON.parse(line)
  const answer = answers[request.kind]?.(request) ?? { result: 'skip' }
  console.log(JSON.stringify({ id, ...answer }))
}
