-- SPDX-License-Identifier: MIT
--- The wire format of MQTT 3.1.1 and 5.0: strings of bytes in, tables out, and back.
--
--     local mqttwire = require "mqttwire"
--     local packet, err = mqttwire.decode(bytes, {version = 5})
--     local bytes, err = mqttwire.encode {type = "PUBLISH", topic = "a/b", payload = "x"}
--     for packet, err in mqttwire.decoder():feed(chunk) do ... end
--     for seen, err in mqttwire.connection():feed("client", chunk, now) do ... end
--
-- docs/lua.md is the guide.  A packet that breaks a rule is answered by nil and an error; a Lua
-- error is what the caller should have known.

local core = require "mqttwire.extension"
require "mqttwire.errors"
local tables = require "mqttwire.tables"

return {
    decode = core.decode,
    encode = core.encode,
    frame = core.frame,
    explain = core.explain,
    line = core.line,
    to_json_form = core.to_json_form,
    from_json_form = core.from_json_form,
    decoder = require "mqttwire.decoder",
    connection = core.connection,

    topic_name_check = core.topic_name_check,
    topic_filter_check = core.topic_filter_check,
    topic_match = core.topic_match,
    topic_share = core.topic_share,

    types = tables.types,
    properties = tables.properties,
    reasons = tables.reasons,
    return_codes = tables.return_codes,
    rules = tables.rules,
    allow = tables.allow,
    refuse = tables.refuse,
    kinds = tables.kinds,
    reason_name = tables.reason_name,
    rule_info = tables.rule_info,
}
