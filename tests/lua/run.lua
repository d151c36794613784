-- SPDX-License-Identifier: MIT
-- Runs the tests of the Lua binding.  LUA_PATH and LUA_CPATH have to find it, luaunit, and what is
-- beside this file; MQTTWIRE_VECTORS is the file of vectors, MQTTWIRE_ROOT the repository.

local luaunit = require "luaunit"

local names = {"packets", "forms", "errors", "stream", "hostile", "memory", "page", "vectors"}
local instances = {}
for _, name in ipairs(names) do
    instances[#instances + 1] = {name, require(name)}
end

local runner = luaunit.LuaUnit.new()
runner:setOutputType("text")
local failed = runner:runSuiteByInstances(instances)

local vectors = require "vectors"
local passed, skipped = 0, 0
for _, number in pairs(vectors.passed) do
    passed = passed + number
end
for _, number in pairs(vectors.skipped) do
    skipped = skipped + number
end
print(("%d tests passed, %d failed; %d vectors passed; %d sessions are not for Lua"):format(
    runner.result.successCount,
    failed,
    passed,
    skipped
))
os.exit(failed == 0 and 0 or 1, true)
