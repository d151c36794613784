-- SPDX-License-Identifier: MIT
-- Is what mqttwire makes of a vector what it wants?  As strict as tests/test_vectors*.py are.

local help = require "help"
local mqttwire = require "mqttwire"

local PREFIXES = 256 -- bytes: of longer packets not each prefix is tried
local LARGE = 16777216 -- bytes: a text of that many is compared, and no more is made of it

-- A value without recipes: {"b", {["repeat"] = {"a", 3}}} is "baaa".
local function unfolded(value)
    if type(value) ~= "table" then
        return value
    end
    local made, recipe = {}, false
    for name, each in pairs(value) do
        made[name] = type(each) == "table" and each["repeat"] and each or unfolded(each)
        recipe = recipe or made[name] ~= nil and type(each) == "table" and each["repeat"] ~= nil
    end
    if not recipe then
        return made
    end
    for at, each in ipairs(made) do
        made[at] = type(each) == "table" and each["repeat"][1]:rep(each["repeat"][2]) or each
    end
    return table.concat(made)
end

local function want(good, what, value, other)
    if not good then
        error({what = what:format(tostring(value), tostring(other))}, 0)
    end
end

local function want_same(got, wanted)
    local found = help.difference(got, wanted)
    want(not found, "%s", found)
end

local function contains(list, value)
    for _, each in ipairs(list) do
        if each == value then
            return true
        end
    end
    return false
end

local function share_one(a, b)
    for _, each in ipairs(a) do
        if contains(b, each) then
            return true
        end
    end
    return false
end

local function want_error(vector, err, without_place)
    local wanted = vector.error
    want(err, "nothing is wrong with it")
    want(err.rule == wanted.rule, "rule %s, not %s", err.rule, wanted.rule)
    want(err.class == wanted.class, "class %s, not %s", err.class, wanted.class)
    if err.reason_code then
        want(contains(wanted.reason_codes, err.reason_code), "reason code %s", err.reason_code)
    else
        want(#wanted.reason_codes == 0, "no reason code")
    end
    want(without_place or err.field == wanted.field, "field %s, not %s", err.field, wanted.field)
    if wanted.offset and not without_place then
        want(err.offset == wanted.offset, "offset %s, not %s", err.offset, wanted.offset)
    end
    want(#vector.ids == 0 or share_one(vector.ids, err.ids), "none of these ids is the rule's")
end

-- ---- Packets ------------------------------------------------------------------------------------

local function options_of(vector, name, value)
    local options = {version = vector.version, sender = vector.sender}
    if name then
        options[name] = value
    end
    return options
end

local function want_prefixes(wire, options)
    local size = 0
    while size < #wire do
        local packet, err = mqttwire.decode(wire:sub(1, size), options)
        want(not packet and err.class == "incomplete", "%s bytes of it are decoded", size)
        want(err.wanted > size and err.wanted <= #wire, "%s bytes wanted", err.wanted)
        size = (#wire <= PREFIXES or size < 16) and size + 1 or 2 * size
    end
end

local function want_decoded(vector, wire, wanted, options)
    local packet, err = mqttwire.decode(wire, options)
    want(packet, "%s", err)
    want_same(packet, wanted)
    want(mqttwire.frame(wire, options) == #wire, "frame answers otherwise")
    if #wire < LARGE then
        want_prefixes(wire, options)
        want_same(mqttwire.from_json_form(mqttwire.to_json_form(packet)), wanted)
    end
    local written
    written, err = mqttwire.encode(packet, options)
    want(written, "encoding: %s", err)
    want(not vector.canonical or written == wire, "it encodes to other bytes")
    want_same(mqttwire.decode(written, options), wanted)
end

local judges = {}

function judges.packets(vector)
    local wire, wanted = unfolded(vector.wire), unfolded(vector.packet)
    if not wire then
        local bytes, err = mqttwire.encode(wanted, {sender = vector.sender})
        want(not bytes, "it is encoded")
        want_error(vector, err)
    elseif vector.result == "accept" then
        want_decoded(vector, wire, wanted, options_of(vector))
    elseif vector.result == "choice" then -- both are right, and options switch between them
        local options = options_of(vector, "allow", "all")
        options.version = wanted.version -- of a CONNECT it may be another that is spoken, too
        want_decoded(vector, wire, wanted, options)
        want_error(vector, select(2, mqttwire.decode(wire, options_of(vector, "refuse", "all"))))
    elseif vector.result == "more" then
        local packet, err = mqttwire.decode(wire, options_of(vector))
        want(not packet and err.wanted, "it is not incomplete")
    else
        local packet, err = mqttwire.decode(wire, options_of(vector))
        want(not packet, "it is decoded")
        want_error(vector, err)
    end
end

-- ---- Topics -------------------------------------------------------------------------------------

local checks = {}

local function checked(check)
    return function(vector, text)
        local options = {version = vector.version}
        if vector.result ~= "reject" then
            local good, err = check(text, options)
            want(good == true, "%s", err)
        end
        if vector.result == "choice" then
            options.refuse = "all"
        end
        if vector.result ~= "accept" then
            local good, err = check(text, options)
            want(good == nil, "it is not refused")
            want_error(vector, err, true)
        end
    end
end

checks.filter = checked(mqttwire.topic_filter_check)

function checks.match(vector, filter)
    local name, options = unfolded(vector.topic_name), {version = vector.version}
    want(mqttwire.topic_filter_check(filter, options), "the filter is refused")
    want(mqttwire.topic_name_check(name, options), "the name is refused")
    local fits = mqttwire.topic_match(filter, name, vector.version)
    want(fits == (vector.result == "accept"), "match: %s", fits)
end

-- topic_share takes the filter to be well-formed.
function checks.share(vector, filter)
    local group, rest
    if mqttwire.topic_filter_check(filter, {version = 5}) then
        group, rest = mqttwire.topic_share(filter)
    end
    want((group ~= nil) == (vector.result == "accept"), "shared: %s", group)
    want_same({group, rest}, {unfolded(vector.group), unfolded(vector.filter)})
end

local check_name = checked(mqttwire.topic_name_check)

function judges.topics(vector)
    if vector.check == "name" then
        check_name(vector, unfolded(vector.topic_name))
    else
        checks[vector.check](vector, unfolded(vector.topic_filter))
    end
end

-- ---- Streams ------------------------------------------------------------------------------------

-- The packets, and what is wrong behind them.
local function read(vector, wire, sizes)
    local decoder = mqttwire.decoder(options_of(vector))
    local packets, at, told = {}, 0, nil
    for _, size in ipairs(sizes) do
        for packet, err in decoder:feed(wire:sub(at + 1, at + size)) do
            if packet then
                packets[#packets + 1] = packet
            else
                told = err
            end
        end
        at = at + size
        want(told or decoder.position + decoder.pending == at, "position and pending")
    end
    want(at == #wire, "the pieces are not all there is")
    local good, err = decoder:close()
    want(not told or told == err, "closing tells another error")
    want(good == true or err, "closing answers nothing")
    return packets, err
end

local function want_stream(vector, wire, sizes, wanted)
    local packets, err = read(vector, wire, sizes)
    want_same(packets, wanted)
    if vector.result == "accept" then
        want(not err, "%s", err)
    elseif vector.result == "more" then
        want(err and err.wanted, "it is not incomplete")
    else
        want(err and not err.wanted, "it is not refused")
        want_error(vector, err)
    end
end

function judges.streams(vector)
    local wire, wanted = unfolded(vector.wire), unfolded(vector.packets)
    if vector.chunks ~= "each" then
        want_stream(vector, wire, vector.chunks, wanted)
        return
    end
    local single = {}
    for cut = 0, #wire do
        want_stream(vector, wire, {cut, #wire - cut}, wanted)
        single[#single + 1] = cut < #wire and 1 or nil
    end
    want_stream(vector, wire, single, wanted)
end

-- ---- Sessions -----------------------------------------------------------------------------------

-- Three ways to pass a step: its bytes, them one by one, and the packet that they are.

local function by_bytes(connection, sender, wire, at, note)
    for seen, err in connection:feed(sender, wire, at) do
        note(seen, err)
    end
end

local function by_byte(connection, sender, wire, at, note)
    for byte = 1, #wire do
        by_bytes(connection, sender, wire:sub(byte, byte), at, note)
    end
end

local function by_packets(connection, sender, wire, at, note)
    local packet = assert(mqttwire.decode(wire, connection:options(sender)))
    note(connection:packet(sender, packet, {size = #wire, now = at}))
end

-- What is found in a session, with the numbers of the packets.
local function follow(vector, pass)
    local connection, found, number = mqttwire.connection {version = vector.version}, {}, 0
    local at = 0 -- seconds: steps that do not say when come at once
    for _, step in ipairs(vector.steps) do
        at = step.at or at
        local told = 0
        pass(connection, step.sender, unfolded(step.wire), at, function(seen, err)
            want(seen, "%s", err)
            number, told = number + 1, told + 1
            want(seen.number == number and seen.sender == step.sender, "number or sender")
            for _, finding in ipairs(seen.findings) do
                found[#found + 1] = {number = number, finding = finding}
            end
        end)
        want(told == 1, "a step makes %s packets", told)
    end
    return found
end

-- Are the last bytes as they would be encoded?  A packet that was decoded has lost how it was.
local function ends_canonically(vector)
    local wire = unfolded(vector.steps[#vector.steps].wire)
    return mqttwire.encode(mqttwire.decode(wire, {version = vector.version})) == wire
end

local function want_findings(vector, found, with_place)
    if vector.result == "accept" then
        want(#found == 0, "%s", found[1] and found[1].finding)
        return
    end
    local wanted = vector.steps[#vector.steps].error
    if wanted.rule == "diagnostics_too_large" then -- it makes the packet too large, too
        for at = #found, 1, -1 do
            if found[at].finding.rule == "packet_too_large" then
                table.remove(found, at)
            end
        end
    end
    if vector.result == "choice" and #found == 0 then
        return
    end
    want(#found == 1, "%s findings", #found)
    want(found[1].number == #vector.steps, "it is found in packet %s", found[1].number)
    local finding = found[1].finding
    want(finding.rule == wanted.rule, "rule %s, not %s", finding.rule, wanted.rule)
    local field = finding.field or "" -- of the packet as a whole
    want(field == wanted.field, "field %s, not %s", field, wanted.field)
    want(not with_place or not wanted.offset or finding.offset == wanted.offset,
        "offset %s, not %s", finding.offset, wanted.offset)
    if vector.version == 5 and #wanted.reason_codes > 0 then
        want(contains(wanted.reason_codes, finding.reason_code), "reason code %s",
            finding.reason_code)
    end
end

function judges.sessions(vector)
    want_findings(vector, follow(vector, by_bytes), true)
    want_findings(vector, follow(vector, by_byte), true)
    want_findings(vector, follow(vector, by_packets), ends_canonically(vector))
end

-- Why a vector fails; nil: it passes.
return function(vector)
    local good, complaint = pcall(judges[vector.kind], vector)
    if good then
        return nil
    end
    return vector.id .. ": " .. (type(complaint) == "table" and complaint.what or complaint)
end
