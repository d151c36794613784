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

local tests = {passed = {}, skipped = {}}

local function count(counts, kind)
    counts[kind] = (counts[kind] or 0) + 1
end

function tests.test_each_vector()
    local failures = {}
    for _, vector in vectors() do
        local failure = judge(vector)
        if failure then
            failures[#failures + 1] = failure
        else
            count(failure == nil and tests.passed or tests.skipped, vector.kind)
        end
    end
    if #failures > 0 then
        local first = table.concat(failures, "\n", 1, math.min(20, #failures))
        luaunit.fail(#failures .. " vectors fail:\n" .. first)
    end
end

function tests.test_there_are_all_kinds()
    for _, kind in ipairs {"packets", "streams", "topics"} do
        luaunit.assertTrue(tests.passed[kind] > 50)
    end
    luaunit.assertTrue(tests.skipped.sessions > 50) -- Lua has no mqw_connection
    luaunit.assertNil(next(tests.skipped, next(tests.skipped)))
end

-- The vector with one thing that is not so; nil where it has no such thing.
local function spoilt(vector, which)
    local made, error_of = {}, {}
    for name, value in pairs(vector) do
        made[name] = value
    end
    for name, value in pairs(vector.error or {}) do
        error_of[name] = value
    end
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
        local made = vector.result ~= "choice" and spoilt(vector, number % 5)
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
