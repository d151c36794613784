-- SPDX-License-Identifier: MIT
-- Tells what mqttwire.connection sees, as tests/connection_peer.c does for C: lines "session
-- VERSION" and "SENDER MILLISECONDS HEX" in, a line for each packet out.

local help = require "help"
local mqttwire = require "mqttwire"

local function hex(text)
    return (text:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

local function line_of(seen)
    local words = {tostring(seen.answers or "-"), tostring(seen.begins or "-")}
    for _, name in ipairs {"repeats", "settles", "ignored", "untracked", "aliased"} do
        words[#words + 1] = seen[name] and "1" or "0"
    end
    words[#words + 1] = seen.topic and hex(seen.topic) or "-"
    for _, finding in ipairs(seen.findings) do
        words[#words + 1] = ("%s:%s:%d"):format(finding.rule, finding.field or "", finding.offset)
    end
    return table.concat(words, " ")
end

local connection
local count = 0
for line in io.lines() do
    local version = line:match("^session (%d)$")
    if version then
        connection = mqttwire.connection {version = tonumber(version)}
    else
        local sender, now, digits = line:match("^(%S+) (%d+) (%x+)$")
        local wire = help.bytes(digits)
        count = count + 1
        local cut = count % #wire -- it comes in two pieces
        for _, piece in ipairs {wire:sub(1, cut), wire:sub(cut + 1)} do
            for seen, err in connection:feed(sender, piece, now / 1000) do
                print(line_of(assert(seen, err)))
            end
        end
    end
end
