-- SPDX-License-Identifier: MIT
-- What the tests of the Lua binding have in common.

local luaunit = require "luaunit"
local mqttwire = require "mqttwire"

local help = {}

-- Bytes of hex, in which blanks mean nothing.
function help.bytes(hex)
    return (hex:gsub("%s", ""):gsub("%x%x", function(digits)
        return string.char(tonumber(digits, 16))
    end))
end

-- The first thing that is not the same in two values, or nil.  Tables with metatables are not.
function help.difference(got, wanted, path)
    path = path or "packet"
    if type(got) ~= "table" or type(wanted) ~= "table" then
        if got ~= wanted or type(got) ~= type(wanted) then
            local shown = {tostring(got):sub(1, 80), tostring(wanted):sub(1, 80)}
            return ("%s: %s, not %s"):format(path, shown[1], shown[2])
        end
        -- Integers stay integers, where Lua has them.
        if math.type and math.type(got) == "float" then
            return path .. ": a float"
        end
        return nil
    end
    if getmetatable(got) or getmetatable(wanted) then
        return path .. ": a metatable"
    end
    for name, value in pairs(wanted) do
        local found = help.difference(got[name], value, path .. "." .. tostring(name))
        if found then
            return found
        end
    end
    for name in pairs(got) do
        if wanted[name] == nil then
            return ("%s.%s: where nothing should be"):format(path, tostring(name))
        end
    end
    return nil
end

function help.assert_same(got, wanted)
    local found = help.difference(got, wanted)
    if found then
        luaunit.fail(found)
    end
end

-- The error of a call that answers nil and that.
function help.error_of(call, ...)
    local value, err = call(...)
    luaunit.assertNil(value)
    luaunit.assertTable(err)
    return err
end

-- The call is a Lua error with this message, told at the caller's line: this file's.
function help.assert_misuse(message, call, ...)
    local arguments = {n = select("#", ...), ...}
    local good, complaint = pcall(function()
        local value = call((table.unpack or unpack)(arguments, 1, arguments.n))
        return value
    end)
    luaunit.assertFalse(good)
    luaunit.assertStrContains(complaint, "help.lua:")
    luaunit.assertStrContains(complaint, message)
end

-- Something whose finalizer runs the function: tables have none in 5.1.
function help.doomed(finalize)
    if newproxy then
        getmetatable(newproxy(true)).__gc = finalize
    else
        setmetatable({}, {__gc = finalize})
    end
end

-- A large packet in small pieces: four times as much takes about four times as long, not sixteen.
-- reader() answers a function that takes a piece, and answers an iterator over packets.
function help.assert_linear(reader)
    local function time(size)
        local packet = mqttwire.encode({type = "PUBLISH", topic = "a", payload = ("x"):rep(size)})
        local read, started, seen = reader(), os.clock(), 0
        for at = 1, #packet, 64 do
            for each in read(packet:sub(at, at + 63)) do
                seen = seen + #(each.packet or each).payload
            end
        end
        luaunit.assertEquals(seen, size)
        return os.clock() - started
    end
    time(1000000)
    local ratio
    for _ = 1, 5 do -- other programs run, too
        ratio = time(8000000) / time(2000000)
        if ratio < 9 then
            return
        end
    end
    luaunit.fail("four times as much takes " .. ratio .. " times as long")
end

return help
