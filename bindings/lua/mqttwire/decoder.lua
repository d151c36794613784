-- SPDX-License-Identifier: MIT
-- Packets out of a stream of bytes that comes in pieces.

local core = require "mqttwire.extension"
local errors = require "mqttwire.errors"

local BLOCK = 65536 -- bytes: small pieces are joined to such, so that there are never many

local Decoder = {__name = "mqttwire.decoder"}
Decoder.__index = Decoder

-- Decodes what is there, and keeps the rest.
local function decode(self, bytes)
    local taken
    self._last, taken, self.version, self._wanted, self.error =
        core.decode_all(self._packets, self._last, bytes, self._options)
    self._options.version = self.version
    self.position = self.position + taken
    self.pending = #bytes - taken
    local rest = self.error and "" or bytes:sub(taken + 1)
    self._blocks, self._pieces, self._size = {}, {rest}, #rest
end

-- Remembers a piece; each byte is copied twice at most until it is decoded.
local function keep(self, piece)
    self._pieces[#self._pieces + 1] = piece
    self._size = self._size + #piece
    if self._size >= BLOCK then
        self._blocks[#self._blocks + 1] = table.concat(self._pieces)
        self._pieces, self._size = {}, 0
    end
end

-- The next packet that is there; false and the error, once for each feed; nil: no more.
local function next_packet(self)
    local packet = self._packets[self._next]
    if packet then
        self._packets[self._next] = nil
        self._next = self._next + 1
        return packet
    end
    self._next, self._last = 1, 0
    if self.error and not self._told then
        self._told = true
        return false, self.error
    end
    return nil
end

-- Takes the next bytes of the stream, and answers an iterator over the packets so far.
function Decoder:feed(bytes)
    if type(bytes) ~= "string" then
        error(("feed: expected a string, not %s"):format(type(bytes)), 2)
    end
    self._told = false
    if not self.error and bytes ~= "" then
        local before = self.pending
        self.pending = before + #bytes
        if self.pending < self._wanted then
            keep(self, bytes)
        elseif before == 0 then
            decode(self, bytes)
        else
            self._blocks[#self._blocks + 1] = table.concat(self._pieces)
            self._blocks[#self._blocks + 1] = bytes
            decode(self, table.concat(self._blocks))
        end
    end
    return next_packet, self
end

-- Says that the stream is over: true, or nil and what is wrong with it.
function Decoder:close()
    if self.error then
        return nil, self.error
    elseif self.pending > 0 then
        return nil, errors.failure(core.MQW_MORE, self._wanted, 0, "", self.version or 0)
    end
    return true
end

return function(options)
    if options ~= nil and type(options) ~= "table" then
        error(("decoder: expected a table of options, not %s"):format(type(options)), 2)
    end
    local self = {
        position = 0, -- bytes of the stream that were decoded
        pending = 0, -- bytes that wait for the rest of their packet
        _options = {},
        _packets = {}, -- from _next to _last
        _next = 1,
        _last = 0,
    }
    for name, value in next, options or {} do
        self._options[name] = value
    end
    local good, complaint = pcall(decode, self, "")
    if not good then
        error(complaint:gsub("^.-:%d+: ", ""), 2)
    end
    return setmetatable(self, Decoder)
end
