-- SPDX-License-Identifier: MIT
-- What is wrong with a packet, where, and by which rule: the second answer of functions that fail.

local core = require "mqttwire.extension"
local tables = require "mqttwire.tables"

local Error = {__name = "mqttwire.error"}

function Error:__tostring()
    if self.class == "misuse" then
        return self.message
    elseif self.wanted then
        return ("%s: %d bytes are wanted"):format(self.message, self.wanted)
    end
    local place = ("at byte %d"):format(self.offset)
    if self.field then
        place = self.field .. " " .. place
    end
    local ids = self.ids[1] and "; " .. table.concat(self.ids, ", ") or ""
    return ("%s: %s (%s%s)"):format(self.rule, self.message, place, ids)
end

local errors = {}

-- The error for a result of the extension, which calls this.
function errors.failure(code, size, offset, field, version)
    local err = {
        rule = core.rule_name(code),
        code = code,
        message = core.rule_text(code),
        version = version ~= 0 and version or nil,
        ids = {},
    }
    if code == core.MQW_MORE then
        err.class, err.wanted = "incomplete", size
    elseif code == core.MQW_MISUSE then
        err.class = "misuse"
        err.message = "the version is not known: say which, or begin with a CONNECT"
    else
        local info = tables.rule_info(code)
        local is_5 = (err.version or 5) == 5
        err.class = info.class
        err.ids = is_5 and info.ids_5 or info.ids_3_1_1
        err.reason_code = is_5 and info.reason_code or not is_5 and info.return_code or nil
        err.offset = offset
        err.field = field ~= "" and field or nil
        err.size = size ~= 0 and size or nil
    end
    return setmetatable(err, Error)
end

core.set_failure(errors.failure)

return errors
