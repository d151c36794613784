// SPDX-License-Identifier: MIT
// Talks to the broker as MQTT.js does: one scene after the other, for `traffic` to record.
// Where mosquitto cannot say something, a few lines of server made from MQTT.js' parts do.
'use strict';

const { once } = require('node:events');
const net = require('node:net');
const { Duplex } = require('node:stream');
const { setTimeout: sleep } = require('node:timers/promises');
const mqtt = require('mqtt');
const mqttPacket = require('mqtt-packet');

const port = Number(process.argv[2]);
const OTHER_SERVER = '127.0.0.2'; // on the same port as the broker
const common = { port, username: 'alice', password: 'wonderland', reconnectPeriod: 0 };

async function connect(options) {
    return mqtt.connectAsync({ ...common, host: '127.0.0.1', ...options });
}

// Resolves when the connection is gone, for whatever reason: some scenes are about a refusal.
function gone(client) {
    client.on('error', () => {});
    return new Promise((resolve) => client.once('close', resolve));
}

// Resolves with the next `count` messages, so it is called before what causes them.
function messages(client, count) {
    return new Promise((resolve) => {
        const got = [];
        client.on('message', (topic) => {
            got.push(topic);
            if (got.length === count) resolve(got);
        });
    });
}

// Every quality of service both ways, pings, a will that is never needed.
async function basics(version) {
    const client = await connect({
        clientId: `js-basics-${version}`,
        protocolVersion: version,
        keepalive: 1,
        will: { topic: 'demo/js/will', payload: Buffer.from('gone'), qos: 1, retain: false },
    });
    const topics = ['demo/js/0', 'demo/js/1', 'demo/js/2'];
    await client.subscribeAsync(Object.fromEntries(topics.map((topic, qos) => [topic, { qos }])));
    const all = messages(client, 3);
    for (const [qos, topic] of topics.entries()) await client.publishAsync(topic, topic, { qos });
    await all;
    await client.unsubscribeAsync(topics.slice(0, 2));
    await sleep(1200);
    await client.endAsync();
}

// A socket that hands on what is written in little pieces: the fixed header byte by byte.
class Pieces extends Duplex {
    constructor(socket) {
        super();
        this.socket = socket.setNoDelay(true);
        socket.on('data', (data) => this.push(data));
        socket.on('end', () => this.push(null));
        socket.on('error', (error) => this.destroy(error));
        socket.on('close', () => this.destroy());
    }
    _read() {}
    async _writev(chunks, done) {
        const bytes = Buffer.concat(chunks.map(({ chunk }) => chunk));
        for (let at = 0, size; at < bytes.length; at += size) {
            size = at < 3 ? 1 : 120;
            this.socket.write(bytes.subarray(at, at + size));
            await sleep(2); // or the pieces meet again in the socket
        }
        done();
    }
    _final(done) {
        this.socket.end();
        done();
    }
}

async function splitPackets(version) {
    const client = new mqtt.MqttClient(() => new Pieces(net.connect(port, '127.0.0.1')), {
        ...common,
        clientId: `js-pieces-${version}`,
        protocolVersion: version,
    });
    await once(client, 'connect');
    await client.subscribeAsync('demo/js/pieces', { qos: 1 });
    const all = messages(client, 2);
    await client.publishAsync('demo/js/pieces', 'x'.repeat(200), { qos: 1 });
    await client.publishAsync('demo/js/pieces', '', { qos: 2 });
    await all;
    await client.endAsync();
}

// Many packets in one segment, the last of them cut by its end.
async function packed(version) {
    const client = await connect({ clientId: `js-packed-${version}`, protocolVersion: version });
    await client.subscribeAsync('demo/js/packed/#', { qos: 1 });
    const all = messages(client, 12);
    client.stream.cork();
    const sent = [];
    for (let n = 0; n < 12; n++) {
        sent.push(client.publishAsync(`demo/js/packed/${n}`, 'y'.repeat(n * 20), { qos: n % 3 }));
    }
    await sleep(50);
    client.stream.uncork();
    await Promise.all([all, ...sent]);
    await client.endAsync();
}

// Properties as MQTT.js writes them, topic aliases that it gives itself.
async function properties() {
    const client = await connect({
        clientId: 'js-properties',
        protocolVersion: 5,
        clean: false,
        autoAssignTopicAlias: true,
        properties: {
            sessionExpiryInterval: 30,
            receiveMaximum: 10,
            maximumPacketSize: 20000,
            topicAliasMaximum: 3,
            requestResponseInformation: true,
            requestProblemInformation: false,
            userProperties: { client: 'MQTT.js', list: ['a', 'b'] },
        },
        will: {
            topic: 'demo/js/will',
            payload: Buffer.from('gone'),
            qos: 2,
            retain: true,
            properties: { willDelayInterval: 5, userProperties: { will: 'js' } },
        },
    });
    await client.subscribeAsync('demo/js/p', {
        qos: 2,
        nl: false,
        rap: true,
        rh: 1,
        properties: { subscriptionIdentifier: 128, userProperties: { sub: 'js' } },
    });
    const all = messages(client, 4);
    for (let n = 0; n < 4; n++) {
        await client.publishAsync('demo/js/p', `message ${n}`, {
            qos: n % 3,
            properties: {
                payloadFormatIndicator: true,
                messageExpiryInterval: 0xffffffff,
                responseTopic: 'demo/js/answer',
                correlationData: Buffer.from([1, 2, 3, 4]),
                userProperties: { n: String(n) },
                contentType: 'text/plain',
            },
        });
    }
    await all;
    await client.unsubscribeAsync('demo/js/p', { properties: { userProperties: { un: 'sub' } } });
    await client.endAsync({
        reasonCode: 4,
        properties: { sessionExpiryInterval: 0, reasonString: 'enough' },
    });
}

// Enhanced authentication: granted, done again on the open connection, refused, unknown.
async function authentication() {
    const method = 'DEMO';
    const start = (clientId, answer, authenticationMethod = method) => {
        const client = mqtt.connect({
            ...common,
            host: '127.0.0.1',
            username: undefined,
            password: undefined,
            clientId,
            protocolVersion: 5,
            properties: { authenticationMethod, authenticationData: Buffer.from('hello') },
        });
        client.handleAuth = (packet, done) => {
            client.emit('auth-told', packet.reasonCode);
            done(null, {
                cmd: 'auth',
                reasonCode: 24,
                properties: {
                    authenticationMethod: method,
                    authenticationData: Buffer.from(answer),
                },
            });
        };
        return client;
    };

    const granted = start('js-auth', 'somebody');
    await once(granted, 'connect');
    const again = { cmd: 'auth', reasonCode: 25, properties: { authenticationMethod: method } };
    mqttPacket.writeToStream(again, granted.stream, { protocolVersion: 5 });
    for (let [code] = [-1]; code !== 0;) [code] = await once(granted, 'auth-told');
    await granted.endAsync();

    for (const wrong of [['js-auth-no', 'nobody'], ['js-auth-what', '', 'MAGIC']]) {
        const refused = start(...wrong);
        await gone(refused);
        await refused.endAsync(true);
    }
}

// What a server may say and mosquitto 2.0 does not: topic aliases, many properties, DISCONNECT.
function serve() {
    const server = net.createServer((socket) => {
        const parser = mqttPacket.parser({ protocolVersion: 5 });
        const send = (packet) => mqttPacket.writeToStream(packet, socket, { protocolVersion: 5 });
        const tell = (topic, payload, topicAlias) =>
            send({ cmd: 'publish', topic, payload, qos: 0, properties: { topicAlias } });
        socket.on('data', (data) => parser.parse(data));
        socket.on('error', () => {});
        parser.on('packet', (packet) => {
            if (packet.cmd === 'connect') {
                send({
                    cmd: 'connack',
                    sessionPresent: false,
                    reasonCode: 0,
                    properties: {
                        sessionExpiryInterval: 10,
                        receiveMaximum: 5,
                        maximumQoS: 1,
                        retainAvailable: false,
                        maximumPacketSize: 1000,
                        assignedClientIdentifier: 'js-given',
                        topicAliasMaximum: 3,
                        reasonString: 'welcome',
                        userProperties: { server: 'mqtt-packet' },
                        wildcardSubscriptionAvailable: false,
                        subscriptionIdentifiersAvailable: false,
                        sharedSubscriptionAvailable: false,
                        serverKeepAlive: 30,
                        responseInformation: 'demo/answers/',
                    },
                });
            } else if (packet.cmd === 'subscribe') {
                send({
                    cmd: 'suback',
                    messageId: packet.messageId,
                    granted: [1, 0x97],
                    properties: { reasonString: 'one is enough', userProperties: { quota: '1' } },
                });
                tell('demo/js/alias', 'with its name', 1);
                tell('', 'by alias', 1);
                tell('demo/js/alias', 'another name', 2);
                tell('', 'by alias', 2);
                tell('demo/js/alias', 'the first anew', 1);
                tell('', 'by alias', 1);
            } else if (packet.cmd === 'publish') {
                send({
                    cmd: 'puback',
                    messageId: packet.messageId,
                    reasonCode: 0x10,
                    properties: { reasonString: 'nobody there', userProperties: { heard: 'no' } },
                });
                send({
                    cmd: 'disconnect',
                    reasonCode: 0x9c,
                    properties: { serverReference: 'localhost:1884', reasonString: 'try there' },
                });
                socket.end();
            }
        });
    });
    return new Promise((resolve) => server.listen(port, OTHER_SERVER, () => resolve(server)));
}

async function otherServer() {
    const server = await serve();
    const client = await connect({
        host: OTHER_SERVER,
        clientId: '',
        protocolVersion: 5,
        properties: { topicAliasMaximum: 3, requestResponseInformation: true },
    });
    const all = messages(client, 6);
    const topics = ['demo/js/alias', 'demo/js/other']; // the server refuses the second
    await client.subscribeAsync(topics, { qos: 1 }).catch(() => {});
    await all;
    client.publish('demo/js/x', 'x', { qos: 1 });
    await gone(client);
    await client.endAsync(true);
    server.close();
}

async function main() {
    for (const version of [4, 5]) {
        for (const scene of [basics, splitPackets, packed]) await scene(version);
    }
    for (const scene of [properties, authentication, otherServer]) await scene();
}

process.exitCode = 1; // also when node ends early because there is nothing left to wait for
main().then(
    () => process.exit(0),
    (error) => console.error(error),
);
