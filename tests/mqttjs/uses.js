// SPDX-License-Identifier: MIT
// What MQTT.js does with the broker, in Node and in a browser: uses.NAME(mqtt, url, options, topic)
// answers what the test looks at.
'use strict'

const uses = (() => {
  const WAIT = 10000 // ms
  let ended

  const within = (promise, what) => Promise.race([
    promise, new Promise((_resolve, reject) => setTimeout(() => reject(new Error(`no ${what}`)), WAIT).unref?.())
  ])
  const event = (client, name) => within(new Promise(resolve => client.once(name, (...got) => resolve(got))), name)
  const text = payload => new TextDecoder().decode(payload)
  const bytes = (length, start = 0) => new Uint8Array(length).map((_, at) => at + start)
  const sum = payload => payload.reduce((all, byte, at) => (all * 31 + byte + at) % 1000003, 0)

  // A client that is connected, and what it was sent so far.
  async function connect (mqtt, url, options) {
    const client = await mqtt.connectAsync(url, { reconnectPeriod: 0, connectTimeout: WAIT, ...options }, false)
    client.got = []
    client.on('message', (topic, payload, packet) => client.got.push({ topic, payload, packet }))
    client.on('error', () => {})
    return client
  }

  async function messages (client, count) {
    const until = performance.now() + WAIT
    while (client.got.length < count) {
      if (performance.now() > until) throw new Error(`${client.got.length} of ${count} messages`)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    return client.got.splice(0)
  }

  const pick = ({ topic, payload, packet }) => [topic, text(payload), packet.qos, packet.retain]

  return {
    async eachQos (mqtt, url, options, topic) {
      const client = await connect(mqtt, url, options)
      const granted = await client.subscribeAsync(`${topic}/#`, { qos: 2 })
      const got = []
      for (const qos of [0, 1, 2]) {
        await client.publishAsync(`${topic}/ä${qos}`, `€${qos}`, { qos })
        got.push(...await messages(client, 1))
      }
      const large = bytes(900000)
      await client.publishAsync(topic, globalThis.Buffer ? Buffer.from(large) : large, { qos: 1 })
      const [message] = await messages(client, 1)
      const whole = message.payload.length === large.length && sum(message.payload) === sum(large)
      await client.unsubscribeAsync(`${topic}/#`)
      await client.publishAsync(topic, 'nobody', { qos: 1 })
      await client.endAsync()
      return { granted: granted.map(each => each.qos), got: got.map(pick), whole, more: client.got.length }
    },

    async many (mqtt, url, options, topic, qos, count) {
      const [giver, taker] = [await connect(mqtt, url, options), await connect(mqtt, url, options)]
      await taker.subscribeAsync(topic, { qos })
      // MQTT.js does not heed Receive Maximum, which is 20 here.
      for (let at = 0; at < count; at += 20) {
        await within(Promise.all(Array.from({ length: 20 }, (_, more) => giver.publishAsync(topic, `${at + more}`, { qos }))), 'acknowledgement')
      }
      const got = await messages(taker, count)
      await Promise.all([giver.endAsync(), taker.endAsync()])
      return got.map(({ payload }) => Number(text(payload)))
    },

    async retained (mqtt, url, options, topic) {
      const client = await connect(mqtt, url, options)
      await client.publishAsync(topic, 'kept', { qos: 1, retain: true })
      await client.subscribeAsync(topic, { qos: 1 })
      const got = (await messages(client, 1)).map(pick)
      await client.publishAsync(topic, '', { qos: 1, retain: true })
      await messages(client, 1)
      await client.subscribeAsync(topic, { qos: 1 })
      await client.publishAsync(topic, 'live', { qos: 1 })
      got.push(...(await messages(client, 1)).map(pick))
      await client.endAsync()
      return got
    },

    async session (mqtt, url, options, topic) {
      const lasting = { ...options, clean: false, clientId: topic }
      if (options.protocolVersion === 5) lasting.properties = { sessionExpiryInterval: 100 }
      const present = []
      const open = async () => {
        const client = mqtt.connect(url, { reconnectPeriod: 0, ...lasting })
        client.got = []
        client.on('message', (topic, payload, packet) => client.got.push({ topic, payload, packet }))
        present.push((await event(client, 'connect'))[0].sessionPresent)
        return client
      }
      const first = await open()
      await first.subscribeAsync(`${topic}/#`, { qos: 2 })
      await first.endAsync()
      const other = await connect(mqtt, url, options)
      for (const qos of [0, 1, 2]) await other.publishAsync(`${topic}/${qos}`, 'waited', { qos })
      await other.endAsync()
      const second = await open()
      const got = (await messages(second, 2)).map(pick)
      await second.endAsync()
      return { present, got }
    },

    async will (mqtt, url, options, topic) {
      const heir = await connect(mqtt, url, options)
      await heir.subscribeAsync(topic, { qos: 2 })
      const will = { topic, payload: 'gone', qos: 1 }
      const polite = await connect(mqtt, url, { ...options, will })
      await polite.endAsync()
      const dying = await connect(mqtt, url, { ...options, will })
      dying.stream.destroy()
      const got = (await messages(heir, 1)).map(pick)
      await heir.publishAsync(topic, 'last', { qos: 1 })
      got.push(...(await messages(heir, 1)).map(pick))
      await heir.endAsync()
      return got
    },

    async properties (mqtt, url, options, topic) {
      const client = await connect(mqtt, url, options)
      await client.subscribeAsync(topic, { qos: 1, properties: { subscriptionIdentifier: 268435455 } })
      await client.publishAsync(topic, 'x', {
        qos: 1,
        properties: {
          payloadFormatIndicator: true,
          messageExpiryInterval: 1000,
          contentType: 'text/plain',
          responseTopic: 'answers',
          correlationData: new TextEncoder().encode('c'),
          userProperties: { a: ['b', 'c'] }
        }
      })
      const [{ packet }] = await messages(client, 1)
      await client.endAsync()
      return { ...packet.properties, correlationData: text(packet.properties.correlationData) }
    },

    // Both sides use aliases by themselves.  Answers topics, and what was on the wire of them.
    async aliases (mqtt, url, options, topic) {
      const client = await connect(mqtt, url, {
        ...options, autoAssignTopicAlias: true, properties: { topicAliasMaximum: 5 }
      })
      const wire = { sent: [], came: [] }
      client.on('packetsend', packet => packet.cmd === 'publish' && wire.sent.push([packet.topic, packet.properties?.topicAlias]))
      client.on('packetreceive', packet => packet.cmd === 'publish' && wire.came.push([packet.topic, packet.properties?.topicAlias]))
      await client.subscribeAsync(`${topic}/+`, { qos: 1 })
      const topics = [1, 1, 2, 2].map(number => `${topic}/${number}`)
      for (const each of topics) await client.publishAsync(each, 'x', { qos: 1 })
      const got = await messages(client, 4)
      await client.endAsync()
      return { ...wire, got: got.map(({ topic }) => topic) }
    },

    // The code with which the broker does not let it in; 0: it does.
    async code (mqtt, url, options) {
      const client = mqtt.connect(url, { reconnectPeriod: 0, ...options })
      const code = await within(new Promise(resolve => {
        client.on('connect', () => resolve(0))
        client.on('error', error => resolve(error.code ?? String(error)))
        client.on('close', () => resolve('closed'))
      }), 'answer')
      await client.endAsync(true)
      return code
    },

    // Connects now, and is asked later what it was told.
    async begin (mqtt, url, options) {
      const client = await connect(mqtt, url, options)
      ended = Promise.all([
        options.protocolVersion === 5 ? event(client, 'disconnect').then(([packet]) => packet.reasonCode) : null,
        event(client, 'close').then(() => 'closed')
      ])
    },

    told: () => ended
  }
})()

globalThis.uses = uses
