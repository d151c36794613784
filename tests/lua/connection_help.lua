-- SPDX-License-Identifier: MIT
-- What the tests of connections have in common.

local luaunit = require "luaunit"
local mqttwire = require "mqttwire"

local CONNECT = {type = "CONNECT", client_id = "c", clean_start = true}
local CONNACK = {type = "CONNACK"}
local BAD = "\48\3\0\1#" -- a wildcard in a topic name

local function with(packet, fields)
    local made = {}
    for name, value in pairs(packet) do
        made[name] = value
    end
    for name, value in pairs(fields) do
        made[name] = value
    end
    return made
end

local function publish(packet_id, fields)
    local qos = packet_id and 1 or 0
    return with({type = "PUBLISH", topic = "a", qos = qos, packet_id = packet_id}, fields or {})
end

local function alias(number, topic)
    return publish(nil, {topic = topic or "", properties = {topic_alias = number}})
end

local function rules(seen)
    local names = {}
    for _, finding in ipairs(seen.findings) do
        names[#names + 1] = finding.rule
    end
    return names
end

-- What is seen of packets, passed as bytes.
local function feed(connection, sender, ...)
    local made = {}
    for _, packet in ipairs {...} do
        for seen, err in connection:feed(sender, mqttwire.encode(packet), 0) do
            made[#made + 1] = assert(seen, err)
        end
    end
    return (table.unpack or unpack)(made)
end

-- A connection after CONNECT and CONNACK with these properties.
local function opened(connect, connack, options)
    local connection = mqttwire.connection(options)
    local hello = feed(connection, "client", with(CONNECT, {properties = connect}))
    local answer = feed(connection, "server", with(CONNACK, {properties = connack}))
    luaunit.assertEquals({rules(hello), rules(answer)}, {{}, {}})
    return connection
end

-- What an iterator gives: what is seen, and an error.
local function taken(iterator)
    local list, told = {}, nil
    for seen, err in iterator do
        list[#list + 1] = seen or nil
        told = told or err
    end
    return list, told
end

return {
    CONNECT = CONNECT,
    CONNACK = CONNACK,
    BAD = BAD,
    with = with,
    publish = publish,
    alias = alias,
    rules = rules,
    feed = feed,
    opened = opened,
    taken = taken,
}
