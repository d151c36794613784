// SPDX-License-Identifier: MIT

import com.hivemq.client.internal.mqtt.codec.decoder.MqttDecoderContext;
import com.hivemq.client.internal.mqtt.codec.decoder.MqttMessageDecoder;
import com.hivemq.client.internal.mqtt.datatypes.MqttVariableByteInteger;
import com.hivemq.client.mqtt.datatypes.MqttSharedTopicFilter;
import com.hivemq.client.mqtt.datatypes.MqttTopic;
import com.hivemq.client.mqtt.datatypes.MqttTopicFilter;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.netty.buffer.ByteBuf;
import java.lang.reflect.Constructor;
import java.util.HashMap;
import java.util.Map;

/**
 * The decoders of HiveMQ's client: packets of a server alone; and its topics.  Its MqttDecoder wants a connection and
 * disconnects it, so what it does before it asks the decoder of a packet is done here in its words.
 */
final class Adapter {
    private static final String CODEC = "com.hivemq.client.internal.mqtt.codec.decoder.";
    private static final String[] NAMES = {"", "", "ConnAck", "Publish", "PubAck", "PubRec", "PubRel", "PubComp", "",
        "SubAck", "", "UnsubAck", "", "PingResp", "Disconnect", "Auth"};
    private static final Map<String, MqttMessageDecoder> decoders = new HashMap<>();

    private static <T> T make(Class<T> type, Object... arguments) throws ReflectiveOperationException {
        Constructor<?> constructor = type.getDeclaredConstructors()[0]; // not public
        constructor.setAccessible(true);
        return type.cast(constructor.newInstance(arguments));
    }

    private static MqttMessageDecoder decoder(int type, int version) throws ReflectiveOperationException {
        boolean only5 = NAMES[type].equals("Auth") || NAMES[type].equals("Disconnect");
        if (NAMES[type].isEmpty() || (version != 5 && only5)) return null;
        String level = version == 5 ? "5" : "3";
        String name = NAMES[type].equals("PingResp") ? "Mqtt" : "mqtt" + level + ".Mqtt" + level;
        name = CODEC + name + NAMES[type] + "Decoder";
        if (!decoders.containsKey(name)) {
            decoders.put(name, make(Class.forName(name).asSubclass(MqttMessageDecoder.class)));
        }
        return decoders.get(name);
    }

    private static Lines.Result decode(ByteBuf in, int version, String sender) throws Throwable {
        if (sender.equals("client")) return Lines.Result.skip;
        if (in.readableBytes() < 2) return Lines.Result.more;
        int first = in.readUnsignedByte();
        int length = MqttVariableByteInteger.decode(in);
        if (length == MqttVariableByteInteger.NOT_ENOUGH_BYTES) return Lines.Result.more;
        if (length < 0) throw new IllegalArgumentException("malformed remaining length");
        if (in.readableBytes() < length) return Lines.Result.more;
        MqttMessageDecoder decoder = decoder(first >> 4, version);
        if (decoder == null) throw new IllegalArgumentException("must not receive this packet type");
        MqttDecoderContext context = make(MqttDecoderContext.class,
            268_435_460, 65_535, true, true, true, false, false, false);
        decoder.decode(first & 15, in.slice(in.readerIndex(), length), context);
        return Lines.Result.accept;
    }

    /** Topics, as an application names them. */
    private static void topic(JsonObject request, JsonObject answer) {
        JsonElement name = request.get("topic_name"), filter = request.get("topic_filter");
        String check = request.get("check").getAsString();
        for (JsonElement each : new JsonElement[] {name, filter}) {
            if (each != null && each.isJsonObject()) return; // is no text
        }
        if (Lines.version(request) != 5 && check.equals("share")) return;
        MqttTopic topic = name == null ? null : MqttTopic.of(Lines.text(name));
        MqttTopicFilter made = filter == null ? null : MqttTopicFilter.of(Lines.text(filter));
        boolean good = true;
        if (check.equals("match")) good = made.matches(topic);
        if (check.equals("share")) {
            good = made.isShared();
            if (good) {
                answer.addProperty("group", ((MqttSharedTopicFilter) made).getShareName());
                answer.addProperty("filter", ((MqttSharedTopicFilter) made).getTopicFilter().toString());
            }
        }
        answer.addProperty("result", good ? "accept" : "reject");
    }

    public static void main(String[] args) throws Exception {
        Lines.serve(Adapter::decode, Map.of("topics", Adapter::topic));
    }
}
