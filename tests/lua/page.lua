-- SPDX-License-Identifier: MIT
-- The examples of docs/lua.md do what the page says: what is printed stands after -->.

local luaunit = require "luaunit"

local tests = {}

function tests.test_examples()
    local file = assert(io.open(os.getenv("MQTTWIRE_ROOT") .. "/docs/lua.md"))
    local text = file:read("*a")
    file:close()
    local code, wanted, printed = {}, {}, {}
    for block in text:gmatch("```lua\n(.-)```") do
        code[#code + 1] = block
        for line in block:gmatch("%-%-> ([^\n]*)") do
            wanted[#wanted + 1] = line
        end
    end
    luaunit.assertTrue(#code > 5)
    local before = print
    print = function(...) -- luacheck: ignore
        local shown = {...}
        for at = 1, select("#", ...) do
            shown[at] = tostring((select(at, ...)))
        end
        printed[#printed + 1] = table.concat(shown, "  ")
    end
    local good, complaint = pcall(assert((loadstring or load)(table.concat(code), "=docs/lua.md"))) -- luacheck: ignore
    print = before -- luacheck: ignore
    luaunit.assertEquals({good, complaint}, {true})
    luaunit.assertEquals(printed, wanted)
end

return tests
