-- SPDX-License-Identifier: MIT
-- What is made of the rows of tables.h: enumerations, and what there is to know about a rule.

local core = require "mqttwire.extension"

local tables = {}

-- The extension's constants that begin with a prefix, without it, and in small letters.
local function named(prefix, ...)
    local but, found = {}, {}
    for _, name in ipairs {...} do
        but[prefix .. name] = true
    end
    for name, value in pairs(core) do
        if name:sub(1, #prefix) == prefix and not but[name] then
            found[name:sub(#prefix + 1):lower()] = value
        end
    end
    return found
end

-- A table from names to numbers that also answers the name of a number, which is no key of it.
local function enumeration(numbers, names)
    names = names or {}
    for name, number in pairs(numbers) do
        names[number] = names[number] or name
    end
    return setmetatable(numbers, {__index = names})
end

local types = {}
for number = 1, core.MQW_TYPES - 1 do
    types[core.type_name(number)] = number
end
tables.types = enumeration(types)

local properties = {}
for _, identifier in pairs(named("MQW_PROPERTY_", "END")) do
    properties[core.property_name(identifier)] = identifier
end
tables.properties = enumeration(properties)

-- 0 has names of its own in two packets: it is told by the one that the others have.
tables.reasons = enumeration(
    named("MQW_REASON_", "NONE", "FAILURE"),
    {[0] = core.reason_name(core.MQW_VERSION_5, core.MQW_PUBACK, 0)}
)

-- CONNACK and SUBACK count apart, so a number has no one name: see reason_name.
tables.return_codes = named("MQW_RETURN_")

tables.rules = enumeration(named("MQW_RULE_", "FIRST"))
tables.allow = enumeration(named("MQW_ALLOW_", "NOTHING", "ALL"))
tables.refuse = enumeration(named("MQW_REFUSE_", "NOTHING", "ALL"))
tables.kinds = enumeration(named("MQW_KIND_"))

-- The name of a reason code, or in 3.1.1 of a return code, in a packet; nil: it has no such code.
function tables.reason_name(code, packet_type, version)
    local number = tables.types[packet_type]
    if type(number) ~= "number" then
        error("expected the name of a packet type, not " .. tostring(packet_type), 2)
    elseif type(code) ~= "number" or code < 0 or code > 255 then
        error("expected a code from 0 to 255, not " .. tostring(code), 2)
    end
    local name = core.reason_name(version or core.MQW_VERSION_5, number, code)
    return name ~= "" and name or nil
end

local function words(text)
    local found = {}
    for word in text:gmatch("%S+") do
        found[#found + 1] = word
    end
    return found
end

-- What there is to know about a rule, by name or number; nil: there is no such rule.
function tables.rule_info(rule)
    local code = type(rule) == "string" and tables.rules[rule] or rule
    local name = type(code) == "number" and tables.rules[code]
    if not name then
        return nil
    end
    local return_code = core.rule_reason(code, core.MQW_VERSION_3_1_1)
    return {
        rule = name,
        code = code,
        message = core.rule_text(code),
        class = core.rule_class(code) == core.MQW_CLASS_MALFORMED and "malformed"
            or "protocol_error",
        ids_3_1_1 = words(core.rule_ids(code, core.MQW_VERSION_3_1_1)),
        ids_5 = words(core.rule_ids(code, core.MQW_VERSION_5)),
        reason_code = core.rule_reason(code, core.MQW_VERSION_5),
        return_code = return_code ~= core.MQW_REASON_NONE and return_code or nil,
    }
end

return tables
