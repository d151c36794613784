-- What LuaRocks makes of a checkout: luarocks make.  bindings/wrap writes that of a release.
rockspec_format = "3.0"
package = "mqttwire"
version = "scm-1"
source = {
    url = "git+file://.", -- the folder where this file is
}
description = {
    summary = "Codec for the wire format of MQTT 3.1.1 and 5.0",
    detailed = "Packets to tables and back, an incremental decoder, and what is wrong with a packet: "
        .. "by rule and by byte.",
    license = "MIT",
}
dependencies = {
    "lua >= 5.1, < 5.5",
}
build = {
    type = "make",
    makefile = "bindings/lua/Makefile",
    build_variables = {
        CC = "$(CC)",
        CFLAGS = "$(CFLAGS)",
        LIBFLAG = "$(LIBFLAG)",
        LUA_INCDIR = "$(LUA_INCDIR)",
    },
    install_variables = {
        INST_LIBDIR = "$(LIBDIR)",
        INST_LUADIR = "$(LUADIR)",
    },
}
