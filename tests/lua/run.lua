-- SPDX-License-Identifier: MIT
-- Runs the tests of the Lua binding.  LUA_PATH and LUA_CPATH have to find it, luaunit, and what is
-- beside this file; MQTTWIRE_VECTORS is the file of vectors, MQTTWIRE_ROOT the repository.

local luaunit = require "luaunit"

local names = {
    "packets", "forms", "errors", "stream", "connections", "connection_bytes", "misuse", "hostile",
    "memory", "page", "vectors",
}
local instances = {}
for _, name in ipairs(names) do
    instances[#instances + 1] = {name, require(name)}
end

local runner = luaunit.LuaUnit.new()
runner:setOutputType("text")
local failed = runner:runSuiteByInstances(instances)

local vectors = require "vectors"
local passed = 0
for _, number in pairs(vectors.passed) do
    passed = passed + number
end
print(("%d tests passed, %d failed; %d vectors passed"):format(
    runner.result.successCount,
    failed,
    passed
))
os.exit(failed == 0 and 0 or 1, true)
