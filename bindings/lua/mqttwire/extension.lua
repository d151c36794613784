-- SPDX-License-Identifier: MIT
-- The extension in C.  SWIG's start leaves three names among the globals: they stay as they were.

local names = {"swig_type", "swig_equals", "mqttwire_core"}
local before = {}
for _, name in ipairs(names) do
    before[name] = rawget(_G, name)
end

local core = require "mqttwire_core"

for _, name in ipairs(names) do
    rawset(_G, name, before[name])
end

return core
