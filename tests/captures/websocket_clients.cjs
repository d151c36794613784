// SPDX-License-Identifier: MIT
// websocket_clients.cjs FOLDER: a bridge from WebSocket with permessage-deflate to the broker on port
// 1883, in TLS (port 8084) and without (8083), and MQTT.js, which talks to it.
'use strict';
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const mqtt = require('mqtt');
const { WebSocketServer } = require('ws');

const folder = process.argv[2];
const secrets = {
    cert: fs.readFileSync(`${folder}/tls.crt`),
    key: fs.readFileSync(`${folder}/tls.key`),
};

function bridge(server, port, terms) {
    const deflate = { threshold: 0, ...terms };
    const sockets = new WebSocketServer({ server, perMessageDeflate: deflate });
    sockets.on('connection', (socket) => {
        const broker = net.connect(1883, '127.0.0.1');
        socket.on('message', (data) => broker.write(data));
        broker.on('data', (data) => socket.send(data));
        socket.on('close', () => broker.end());
        broker.on('close', () => socket.close());
    });
    return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
}

async function talk(url, version) {
    const client = await mqtt.connectAsync(url, {
        protocolVersion: version,
        clientId: `browser-${version}`,
        rejectUnauthorized: false,
        wsOptions: { perMessageDeflate: { threshold: 0 } },
    });
    await client.subscribeAsync('demo/#', { qos: 1 });
    for (let n = 0; n < 5; n++) {
        await client.publishAsync('demo/telemetry', JSON.stringify({ n, text: 'again '.repeat(50) }), { qos: 1 });
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    await client.endAsync();
}

(async () => {
    await bridge(http.createServer(), 8083, { serverNoContextTakeover: true, clientNoContextTakeover: true });
    await bridge(https.createServer(secrets), 8084, {});
    await talk('ws://127.0.0.1:8083/mqtt', 4);
    await talk('wss://127.0.0.1:8084/mqtt', 5);
    process.exit(0);
})();
