-- SPDX-License-Identifier: MIT
-- Every vector of vectors/, from the file that `mqttwire vectors export --format lua` wrote.

local judge = require "judge"
local luaunit = require "luaunit"

-- Read when they are asked for: until then there is little for other tests to collect.
local read
local function vectors()
    read = read or dofile(os.getenv("MQTTWIRE_VECTORS")).vectors
    return ipairs(read)
end

local tests = {passed = {}} -- how many, by kind

function tests.test_each_vector()
    local failures = {}
    for _, vector in vectors() do
        local failure = judge(vector)
        if failure then
            failures[#failures + 1] = failure
        else
            tests.passed[vector.kind] = (tests.passed[vector.kind] or 0) + 1
        end
    end
    if #failures > 0 then
        local first = table.concat(failures, "\n", 1, math.min(20, #failures))
        luaunit.fail(#failures .. " vectors fail:\n" .. first)
    end
end

function tests.test_there_are_all_kinds()
    for _, kind in ipairs {"packets", "sessions", "streams", "topics"} do
        luaunit.assertTrue(tests.passed[kind] > 50)
    end
end

local function copy(value)
    local made = {}
    for name, each in pairs(value) do
        made[name] = each
    end
    return made
end

-- A session is spoilt in the error of its last step.
local function spoilt_session(vector, which)
    local made, last = copy(vector), copy(vector.steps[#vector.steps])
    made.steps = copy(vector.steps)
    made.steps[#made.steps] = last
    if not last.error then
        made.result = "reject"
        last.error = {rule = "other", reason_codes = {}}
        return made
    end
    last.error = copy(last.error)
    if which == 0 then
        made.result = "accept"
    elseif which == 1 then
        last.error.rule = "other"
    elseif which == 2 then
        last.error.field = "other"
    elseif which == 3 and vector.version == 5 then
        last.error.reason_codes = {127}
    else -- a good packet behind it
        made.steps[#made.steps + 1] = {sender = "client", wire = "\192\0", error = last.error}
        last.error = nil
    end
    return made
end

-- The vector with one thing that is not so; nil where it has no such thing.
local function spoilt(vector, which)
    local made, error_of = copy(vector), copy(vector.error or {})
    if not vector.error then
        if vector.packet and which % 2 == 0 then
            made.packet = {type = "PINGREQ", version = 3}
        elseif vector.packets then
            made.packets = {unpack = 1}
        else
            made.result = vector.result == "accept" and "reject" or "accept"
            made.error = {rule = "other", reason_codes = {}}
        end
        return made
    end
    made.error = error_of
    if which == 0 then
        error_of.rule = "other"
    elseif which == 1 and vector.kind ~= "topics" then
        error_of.field = "other"
    elseif which == 2 and vector.kind ~= "topics" and error_of.offset then
        error_of.offset = error_of.offset + 1
    elseif which == 3 then
        error_of.reason_codes = {127}
    elseif which == 4 then
        error_of.class = error_of.class == "malformed" and "protocol_error" or "malformed"
    else
        return nil
    end
    return made
end

local function is_large(vector)
    local parts = type(vector.wire) == "table" and vector.wire or {}
    for _, part in ipairs(parts) do
        if type(part) == "table" and part["repeat"][2] > 1000000 then
            return true
        end
    end
    return false
end

-- A judge that passes all would pass all vectors, too.
function tests.test_a_spoilt_vector_fails()
    local seen = 0
    for number, vector in vectors() do
        local spoil = vector.kind == "sessions" and spoilt_session or spoilt
        local made = vector.result ~= "choice" and spoil(vector, number % 5)
        -- The largest packets take their time, and are of a kind with others.
        if made and not is_large(vector) and judge(vector) == nil then
            if not judge(made) then
                luaunit.fail(made.id .. " passes with something else in it, " .. number % 5)
            end
            seen = seen + 1
        end
    end
    luaunit.assertTrue(seen > 5000)
end

return tests
