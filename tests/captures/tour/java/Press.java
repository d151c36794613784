// SPDX-License-Identifier: MIT

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import java.util.Locale;

/** Press PORT SECONDS: a sensor by HiveMQ's client, which uses topic aliases by itself. */
public class Press {
    static final String PLACE = "plant/vienna/hall-3/line-2/press-7/";

    public static void main(String[] args) throws Exception {
        Mqtt5BlockingClient client = MqttClient.builder().useMqttVersion5().identifier("press-7")
                .serverHost("127.0.0.1").serverPort(Integer.parseInt(args[0])).buildBlocking();
        client.connectWith().keepAlive(15).willPublish().topic(PLACE + "status")
                .payload("offline".getBytes()).qos(MqttQos.AT_LEAST_ONCE).retain(true)
                .delayInterval(5).applyWillPublish().send();
        int seconds = Integer.parseInt(args[1]);
        for (int n = 0; n < 4 * seconds; n++) {
            for (String axis : new String[] {"x", "y", "z"}) {
                String value = String.format(Locale.ROOT, "%.3f", 0.1 + n % 9 * 0.013);
                client.publishWith().topic(PLACE + "vibration/" + axis).payload(value.getBytes()).send();
            }
            Thread.sleep(250);
        }
        client.disconnect();
    }
}
