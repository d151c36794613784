// SPDX-License-Identifier: MIT

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** What the adapters in Java share: requests and answers, one JSON object a line. */
final class Lines {
    enum Result { accept, reject, more, skip }

    interface Decoder {
        /** An exception is a refusal. */
        Result decode(ByteBuf data, int version, String sender) throws Throwable;
    }

    /** What answers requests of another kind: fills in the answer. */
    interface Other {
        void answer(JsonObject request, JsonObject answer) throws Throwable;
    }

    private static void parts(JsonElement value, StringBuilder into) {
        if (value.isJsonArray()) {
            for (JsonElement part : value.getAsJsonArray()) parts(part, into);
        } else if (value.isJsonObject()) {
            JsonArray recipe = value.getAsJsonObject().getAsJsonArray("repeat");
            into.append(recipe.get(0).getAsString().repeat(recipe.get(1).getAsInt()));
        } else {
            into.append(value.getAsString());
        }
    }

    /** A text, or hex, without recipes. */
    static String text(JsonElement value) {
        StringBuilder out = new StringBuilder();
        parts(value, out);
        return out.toString();
    }

    static byte[] bytes(JsonElement hex) {
        return ByteBufUtil.decodeHexDump(text(hex).replace(" ", ""));
    }

    private static void unfold(JsonElement wire, ByteBuf into) { // may be longer than a text can be
        if (wire.isJsonArray()) {
            for (JsonElement part : wire.getAsJsonArray()) unfold(part, into);
            return;
        }
        JsonArray recipe = wire.isJsonObject() ? wire.getAsJsonObject().getAsJsonArray("repeat") : null;
        byte[] unit = bytes(recipe == null ? wire : recipe.get(0));
        long times = recipe == null ? 1 : recipe.get(1).getAsLong();
        for (long i = 0; i < times; i++) into.writeBytes(unit);
    }

    static ByteBuf wire(JsonObject request) {
        ByteBuf data = Unpooled.buffer();
        unfold(request.get("wire"), data);
        return data;
    }

    /** Of a CONNECT. */
    private static int level(ByteBuf data) {
        int at = 1;
        while (data.getByte(at) < 0) at++;
        return data.getByte(at + 7);
    }

    /** Of the connection; null where CONNECT says it. */
    static int version(JsonObject request) {
        JsonElement version = request.get("version");
        return version.isJsonNull() ? level(wire(request)) : version.getAsInt();
    }

    static void refused(Throwable error, JsonObject answer) {
        JsonObject told = new JsonObject();
        told.addProperty("message", error.toString());
        answer.addProperty("result", Result.reject.name());
        answer.add("error", told);
    }

    private static JsonObject answer(JsonObject request, Decoder decoder, Map<String, Other> others) {
        JsonObject answer = new JsonObject();
        answer.add("id", request.get("id"));
        answer.addProperty("result", Result.skip.name());
        String kind = request.get("kind").getAsString();
        try {
            if (kind.equals("packets")) {
                Result result =
                    decoder.decode(wire(request), version(request), request.get("sender").getAsString());
                answer.addProperty("result", result.name());
            } else if (others.containsKey(kind)) {
                others.get(kind).answer(request, answer);
            }
        } catch (Throwable error) {
            refused(error, answer);
        }
        return answer;
    }

    static void serve(Decoder decoder, Map<String, Other> others) throws Exception {
        PrintStream out = System.out;
        System.setOut(System.err); // what a library may log
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; ) {
            JsonObject request = JsonParser.parseString(line).getAsJsonObject();
            out.println(new Gson().toJson(answer(request, decoder, others)));
            out.flush();
        }
    }
}
