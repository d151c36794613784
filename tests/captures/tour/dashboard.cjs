// SPDX-License-Identifier: MIT
// dashboard.cjs PORT SECONDS: MQTT.js, which watches the plant over WebSocket.
'use strict';
const mqtt = require('mqtt');

const [port, seconds] = process.argv.slice(2).map(Number);
(async () => {
    const client = await mqtt.connectAsync(`ws://127.0.0.1:${port}/mqtt`, {
        protocolVersion: 5,
        clientId: 'dashboard',
        keepalive: 5,
        properties: { receiveMaximum: 50 },
    });
    await client.subscribeAsync('plant/vienna/#', { qos: 1 });
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    await client.unsubscribeAsync('plant/vienna/#');
    await client.endAsync();
})();
