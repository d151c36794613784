// SPDX-License-Identifier: MIT

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.mqtt.*;
import java.util.ArrayList;
import java.util.List;

/** Packets to bytes, by MqttEncoder.  What its types cannot hold is refused. */
final class Encode {
    private static final int TOLD = 1 << 20; // bytes

    private static int number(JsonObject form, String name, int most) {
        int value = form.has(name) ? form.get(name).getAsBigInteger().intValueExact() : 0;
        if (value < 0 || value > most) throw new IllegalArgumentException(name + " has no such value");
        return value;
    }

    private static boolean truth(JsonObject form, String name) {
        return form.has(name) && form.get(name).getAsBoolean();
    }

    private static String text(JsonObject form, String name) {
        return form.has(name) ? Lines.text(form.get(name)) : null;
    }

    private static byte[] bytes(JsonObject form, String name) {
        return form.has(name) ? Lines.bytes(form.get(name)) : null;
    }

    private static MqttProperties.MqttPropertyType type(String name) {
        if (name.equals("message_expiry_interval")) name = "publication_expiry_interval";
        if (name.equals("subscription_identifiers")) name = "subscription_identifier";
        if (name.equals("user_properties")) name = "user_property";
        return MqttProperties.MqttPropertyType.valueOf(name.toUpperCase());
    }

    private static MqttProperties properties(JsonObject form) {
        MqttProperties out = new MqttProperties();
        if (!form.has("properties")) return out;
        for (var entry : form.getAsJsonObject("properties").entrySet()) {
            String name = entry.getKey();
            JsonElement value = entry.getValue();
            int id = type(name).value();
            if (name.equals("user_properties")) {
                for (JsonElement pair : value.getAsJsonArray()) {
                    JsonArray both = pair.getAsJsonArray();
                    out.add(new MqttProperties.UserProperty(Lines.text(both.get(0)), Lines.text(both.get(1))));
                }
            } else if (name.equals("subscription_identifiers")) {
                for (JsonElement each : value.getAsJsonArray()) {
                    out.add(new MqttProperties.IntegerProperty(id, each.getAsInt()));
                }
            } else if (name.endsWith("_data")) {
                out.add(new MqttProperties.BinaryProperty(id, Lines.bytes(value)));
            } else if (value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber()) {
                out.add(new MqttProperties.IntegerProperty(id, (int) value.getAsLong()));
            } else {
                out.add(new MqttProperties.StringProperty(id, Lines.text(value)));
            }
        }
        return out;
    }

    private static MqttConnectPayload payload(JsonObject form) {
        JsonObject will = form.has("will") ? form.getAsJsonObject("will") : new JsonObject();
        return new MqttConnectPayload(text(form, "client_id"), properties(will), text(will, "topic"),
            bytes(will, "payload"), text(form, "username"), bytes(form, "password"));
    }

    private static MqttMessage message(JsonObject form, int version) {
        MqttMessageType type = MqttMessageType.valueOf(form.get("type").getAsString());
        MqttProperties properties = properties(form);
        boolean five = version == 5;
        int id = number(form, "packet_id", 65535), reason = number(form, "reason_code", 255);
        int flags = type == MqttMessageType.PUBREL || type == MqttMessageType.SUBSCRIBE
            || type == MqttMessageType.UNSUBSCRIBE ? 1 : 0; // as QoS
        int qos = type == MqttMessageType.PUBLISH ? number(form, "qos", 255) : flags;
        MqttFixedHeader header =
            new MqttFixedHeader(type, truth(form, "dup"), MqttQoS.valueOf(qos), truth(form, "retain"), 0);
        Object variable = null, payload = null;
        switch (type) {
            case CONNECT:
                JsonObject will = form.has("will") ? form.getAsJsonObject("will") : new JsonObject();
                variable = new MqttConnectVariableHeader("MQTT", version, form.has("username"),
                    form.has("password"), truth(will, "retain"), number(will, "qos", 255), form.has("will"),
                    truth(form, "clean_start"), number(form, "keep_alive", 65535), properties);
                payload = payload(form);
                break;
            case CONNACK:
                variable = new MqttConnAckVariableHeader(MqttConnectReturnCode.valueOf((byte) reason),
                    truth(form, "session_present"), properties);
                break;
            case PUBLISH:
                variable = new MqttPublishVariableHeader(text(form, "topic"), id, properties);
                payload = Unpooled.wrappedBuffer(bytes(form, "payload"));
                break;
            case PUBACK: case PUBREC: case PUBREL: case PUBCOMP:
                variable = five ? new MqttPubReplyMessageVariableHeader(id, (byte) reason, properties)
                    : MqttMessageIdVariableHeader.from(id);
                break;
            case SUBSCRIBE:
                List<MqttTopicSubscription> all = new ArrayList<>();
                for (JsonElement each : form.getAsJsonArray("subscriptions")) {
                    JsonObject one = each.getAsJsonObject();
                    MqttSubscriptionOption option = new MqttSubscriptionOption(
                        MqttQoS.valueOf(number(one, "qos", 255)), truth(one, "no_local"),
                        truth(one, "retain_as_published"), MqttSubscriptionOption.RetainedHandlingPolicy
                            .valueOf(number(one, "retain_handling", 255)));
                    all.add(new MqttTopicSubscription(text(one, "topic_filter"), option));
                }
                variable = new MqttMessageIdAndPropertiesVariableHeader(id, properties);
                payload = new MqttSubscribePayload(all);
                break;
            case UNSUBSCRIBE:
                List<String> filters = new ArrayList<>();
                for (JsonElement each : form.getAsJsonArray("topic_filters")) filters.add(Lines.text(each));
                variable = new MqttMessageIdAndPropertiesVariableHeader(id, properties);
                payload = new MqttUnsubscribePayload(filters);
                break;
            case SUBACK: case UNSUBACK:
                List<Integer> codes = new ArrayList<>();
                List<Short> shorts = new ArrayList<>();
                if (form.has("reason_codes")) {
                    for (JsonElement each : form.getAsJsonArray("reason_codes")) {
                        codes.add(each.getAsInt());
                        shorts.add(each.getAsShort());
                    }
                }
                variable = new MqttMessageIdAndPropertiesVariableHeader(id, properties);
                payload = type == MqttMessageType.SUBACK ? new MqttSubAckPayload(codes) : new MqttUnsubAckPayload(shorts);
                break;
            case DISCONNECT: case AUTH:
                if (five) variable = new MqttReasonCodeAndPropertiesVariableHeader((byte) reason, properties);
                break;
            default: // PINGREQ, PINGRESP
        }
        return MqttMessageFactory.newMessage(header, variable, payload);
    }

    static void answer(JsonObject request, JsonObject answer) {
        JsonObject form = request.getAsJsonObject("packet");
        if (form.has("payload") && form.get("payload").isJsonArray()
            && form.get("payload").toString().matches(".*[0-9]{8,}\\].*")) return; // the largest
        EmbeddedChannel channel = new EmbeddedChannel(MqttEncoder.INSTANCE);
        channel.attr(Adapter.VERSION).set(Adapter.version(request.get("version").getAsInt()));
        try {
            channel.writeOutbound(message(form, request.get("version").getAsInt()));
            CompositeByteBuf all = Unpooled.compositeBuffer();
            for (ByteBuf part; (part = channel.readOutbound()) != null; ) all.addComponent(true, part);
            answer.addProperty("result", "accept");
            if (all.readableBytes() <= TOLD) answer.addProperty("wire", ByteBufUtil.hexDump(all));
        } finally {
            channel.finishAndReleaseAll();
        }
    }
}
