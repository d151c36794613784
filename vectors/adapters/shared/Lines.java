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

/** What the adapters in Java share: requests and answers, one JSON object a line. */
final class Lines {
    enum Result { accept, reject, more, skip }

    interface Decoder {
        /** An exception is a refusal. */
        Result decode(ByteBuf data, int version, String sender) throws Throwable;
    }

    private static void unfold(JsonElement wire, ByteBuf into) {
        if (wire.isJsonArray()) {
            for (JsonElement part : wire.getAsJsonArray()) unfold(part, into);
            return;
        }
        JsonArray recipe = wire.isJsonObject() ? wire.getAsJsonObject().getAsJsonArray("repeat") : null;
        String hex = (recipe == null ? wire : recipe.get(0)).getAsString().replace(" ", "");
        byte[] unit = ByteBufUtil.decodeHexDump(hex);
        long times = recipe == null ? 1 : recipe.get(1).getAsLong();
        for (long i = 0; i < times; i++) into.writeBytes(unit);
    }

    private static JsonObject answer(JsonObject request, Decoder decoder) {
        JsonObject answer = new JsonObject();
        answer.add("id", request.get("id"));
        Result result = Result.skip;
        if (request.get("kind").getAsString().equals("packets") && request.has("wire")) {
            ByteBuf data = Unpooled.buffer();
            unfold(request.get("wire"), data);
            JsonElement sender = request.get("sender");
            try {
                result = decoder.decode(data, request.get("version").getAsInt(),
                    sender == null || sender.isJsonNull() ? "" : sender.getAsString());
            } catch (Throwable error) {
                result = Result.reject;
                JsonObject told = new JsonObject();
                told.addProperty("message", error.toString());
                answer.add("error", told);
            }
        }
        answer.addProperty("result", result.name());
        return answer;
    }

    static void serve(Decoder decoder) throws Exception {
        PrintStream out = System.out;
        System.setOut(System.err); // what a library may log
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; ) {
            out.println(new Gson().toJson(answer(JsonParser.parseString(line).getAsJsonObject(), decoder)));
            out.flush();
        }
    }
}
