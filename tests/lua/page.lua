-- SPDX-License-Identifier: MIT
-- The examples of docs/lua.md and README.md do what the pages say; what is printed is after -->.

local luaunit = require "luaunit"

-- The blocks of Lua in a page, as one program: what one makes, the next may use.
local function program(name)
    local file = assert(io.open(os.getenv("MQTTWIRE_ROOT") .. "/" .. name))
    local code = {}
    for block in file:read("*a"):gmatch("```lua\n(.-)```") do
        code[#code + 1] = block
    end
    file:close()
    luaunit.assertTrue(#code > 0)
    return table.concat(code)
end

-- What it prints, line by line.
local function printed_by(code, name)
    local before, printed = print, {}
    print = function(...) -- luacheck: ignore
        local shown = {...}
        for at = 1, select("#", ...) do
            shown[at] = tostring(shown[at])
        end
        printed[#printed + 1] = table.concat(shown, "  ")
    end
    local good, complaint = pcall(assert((loadstring or load)(code, "=" .. name)))
    print = before -- luacheck: ignore
    luaunit.assertEquals({good, complaint}, {true})
    return printed
end

local tests = {}

function tests.test_the_guide()
    local code, wanted = program("docs/lua.md"), {}
    for line in code:gmatch("%-%-> ([^\n]*)") do
        wanted[#wanted + 1] = line
    end
    luaunit.assertTrue(#wanted > 15)
    luaunit.assertEquals(printed_by(code, "docs/lua.md"), wanted)
end

function tests.test_the_readme()
    luaunit.assertEquals(printed_by(program("README.md"), "README.md"), {})
end

return tests
