-- SPDX-License-Identifier: MIT
std = "min" -- what all of Lua 5.1 to 5.4 and LuaJIT have
files["tests"] = {std = "max"} -- asks which of them it runs in
max_line_length = 100
