// SPDX-License-Identifier: MIT

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.util.AttributeKey;

/** Netty's MqttDecoder, on a channel whose version is as if CONNECT had said it. */
final class Adapter {
    private static final AttributeKey<MqttVersion> VERSION = AttributeKey.valueOf("NETTY_CODEC_MQTT_VERSION");
    private static final int LARGEST = 268_435_460; // of a whole packet

    private static Lines.Result decode(ByteBuf data, int version, String sender) throws Throwable {
        EmbeddedChannel channel = new EmbeddedChannel(new MqttDecoder(LARGEST));
        try {
            channel.attr(VERSION).set(version == 5 ? MqttVersion.MQTT_5 : MqttVersion.MQTT_3_1_1);
            channel.writeInbound(data);
            MqttMessage message = channel.readInbound();
            if (message == null) return Lines.Result.more;
            if (message.decoderResult().isFailure()) throw message.decoderResult().cause();
            return Lines.Result.accept;
        } finally {
            channel.finishAndReleaseAll();
        }
    }

    public static void main(String[] args) throws Exception {
        Lines.serve(Adapter::decode);
    }
}
