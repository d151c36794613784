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

function decode (data, version) {
  let packet, error
  const parser = mqtt.parser({ protocolVersion: version })
  parser.on('packet', found => { packet ??= found })
  parser.on('error', found => { error ??= found })
  try {
    parser.parse(data)
  } catch (thrown) {
    error ??= thrown
  }
  if (error) return { result: 'reject', error: { message: error.message } }
  if (!packet) return { result: 'more' }
  const answer = { result: 'accept' }
  try {
    if (data.length <= TOLD) answer.packet = form(packet, packet.protocolVersion ?? version)
  } catch (error) {
    if (!(error instanceof Untellable)) throw error
  }
  return answer
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, kind, version, wire } = JSON.parse(line)
  const answer = kind === 'packets' && wire !== undefined ? decode(unfold(wire), version) : { result: 'skip' }
  console.log(JSON.stringify({ id, ...answer }))
}
