// SPDX-License-Identifier: MIT

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.util.AttributeKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Netty's MqttDecoder, on a channel whose version is as if CONNECT had said it. */
final class Adapter {
    static final AttributeKey<MqttVersion> VERSION = AttributeKey.valueOf("NETTY_CODEC_MQTT_VERSION");
    private static final int LARGEST = 268_435_460; // of a whole packet

    static MqttVersion version(int version) {
        return version == 5 ? MqttVersion.MQTT_5 : MqttVersion.MQTT_3_1_1;
    }

    private static EmbeddedChannel channel(int version) {
        EmbeddedChannel channel = new EmbeddedChannel(new MqttDecoder(LARGEST));
        channel.attr(VERSION).set(version(version));
        return channel;
    }

    private static Lines.Result decode(ByteBuf data, int version, String sender) throws Throwable {
        EmbeddedChannel channel = channel(version);
        try {
            channel.writeInbound(data);
            MqttMessage message = channel.readInbound();
            if (message == null) return Lines.Result.more;
            if (message.decoderResult().isFailure()) throw message.decoderResult().cause();
            return Lines.Result.accept;
        } finally {
            channel.finishAndReleaseAll();
        }
    }

    /** How many packets came out of a stream, and what is behind them. */
    private static String cut(ByteBuf data, List<Integer> sizes, int version, JsonObject answer) {
        EmbeddedChannel channel = channel(version);
        int packets = 0;
        try {
            for (int size : sizes) channel.writeInbound(data.readRetainedSlice(size));
            for (MqttMessage message; (message = channel.readInbound()) != null; packets++) {
                if (message.decoderResult().isFailure()) {
                    Lines.refused(message.decoderResult().cause(), answer);
                    return packets + " reject";
                }
            }
            // What it still holds comes out when the channel ends; with a PINGREQ before, one more if not.
            channel.writeInbound(data.alloc().buffer().writeBytes(new byte[] {(byte) 0xC0, 0}));
            MqttMessage last = channel.readInbound();
            boolean whole = last != null && last.decoderResult().isSuccess()
                && last.fixedHeader().messageType().value() == 12;
            answer.addProperty("result", whole ? "accept" : "more");
            return packets + (whole ? " accept" : " more");
        } finally {
            data.readerIndex(0);
            channel.finishAndReleaseAll();
        }
    }

    private static void stream(JsonObject request, JsonObject answer) {
        ByteBuf data = Lines.wire(request);
        int version = Lines.version(request), length = data.readableBytes();
        JsonElement chunks = request.get("chunks");
        List<Integer> sizes = new ArrayList<>();
        if (chunks.isJsonArray()) {
            for (JsonElement size : chunks.getAsJsonArray()) sizes.add(size.getAsInt());
        } else {
            for (int i = 0; i < length; i++) sizes.add(1);
        }
        String wanted = cut(data, sizes, version, answer);
        for (int at = 0; !chunks.isJsonArray() && at <= length; at++) {
            if (!cut(data, List.of(at, length - at), version, new JsonObject()).equals(wanted)) {
                answer.addProperty("result", "differs");
                return;
            }
        }
    }

    public static void main(String[] args) throws Exception {
        Lines.serve(Adapter::decode, Map.of("streams", Adapter::stream, "encode", Encode::answer));
    }
}
