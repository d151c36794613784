/* SPDX-License-Identifier: MIT */
#include "packets.h"

#define LONG_TOPIC "'factory/line7/press3/hydraulics/pressure'"

/* 256 payload bytes of peers: byte i = (7i + 3) mod 256. */
#define ROW16(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)                                      \
#a #b #c #d #e #f #g #h #i #j #k #l #m #n #o #p
#define PAYLOAD_256                                                                                \
    "030a11181f262d343b424950575e656c 737a81888f969da4abb2b9c0c7ced5dc"                            \
    "e3eaf1f8ff060d141b222930373e454c 535a61686f767d848b9299a0a7aeb5bc"                            \
    "c3cad1d8dfe6edf4fb020910171e252c 333a41484f565d646b727980878e959c"                            \
    "a3aab1b8bfc6cdd4dbe2e9f0f7fe050c 131a21282f363d444b525960676e757c"                            \
    "838a91989fa6adb4bbc2c9d0d7dee5ec f3fa01080f161d242b323940474e555c"                            \
    "636a71787f868d949ba2a9b0b7bec5cc d3dae1e8eff6fd040b121920272e353c"                            \
    "434a51585f666d747b828990979ea5ac b3bac1c8cfd6dde4ebf2f900070e151c"                            \
    "232a31383f464d545b626970777e858c 939aa1a8afb6bdc4cbd2d9e0e7eef5fc"

const struct sample samples[] = {
    /* The packet set of the benchmarks. */
    {"P1", "4", MQW_EITHER, true,
     "302b001973656e736f72732f726f6f6d312f74656d7065726174757265"
     "4142434445464748494a4b4c4d4e4f50"},
    {"P2", "4", MQW_EITHER, true, "32{(" LONG_TOPIC ")1234" PAYLOAD_256 "}"},
    {"P3", "4", MQW_CLIENT, true,
     "106a00044d51545404ce003c0017636c69656e742d303132333435363738396162636465660013636c69656e74732"
     "f"
     "303132332f73746174757300146f66666c696e652d756e65787065637465646c790009757365726e616d6531000f7"
     "0"
     "6173737730726421736563726574"},
    {"P4", "4", MQW_CLIENT, true,
     "82a7010102001573656e736f72732f2b2f74656d706572617475726500000f73656e736f72732f726f6f6d312f230"
     "1"
     "0016666163746f72792f6c696e65372f7072657373332f2b02000f616c657274732f637269746963616c000010646"
     "5"
     "76696365732f2b2f73746174757301000e636d642f30313233343536373839020016686f6d652f6b69746368656e2"
     "f"
     "6c696768742f7365740000102473686172652f67312f6a6f62732f2301"},
    {"P5", "5", MQW_EITHER, true,
     "32b8030028666163746f72792f6c696e65372f7072657373332f6879647261756c6963732f7072657373757265123"
     "4"
     "8a0101010200000e100300106170706c69636174696f6e2f6a736f6e0800167265706c6965732f636c69656e742d3"
     "0"
     "3132332f3432090010808182838485868788898a8b8c8d8e8f26000874726163652d6964001030616637363531393"
     "136"
     "636434336464260006736f75726365000a656467652d67772d3137260006736368656d61000774656d702e763"
     "2" PAYLOAD_256},
    {"P6", "5", MQW_CLIENT, false,
     "10920100044d515454050e003c301100000e102100642700010000220010260006726567696f6e000965752d77657"
     "3"
     "742d3126000266770005312e322e330017636c69656e742d3031323334353637383961626364656612180000001e0"
     "3"
     "000a746578742f706c61696e0013636c69656e74732f303132332f73746174757300146f66666c696e652d756e657"
     "8"
     "7065637465646c79"},
    {"P7", "4", MQW_EITHER, true, "40021234"},
    {"P9", "5", MQW_SERVER, true, "900b0102000001020001028087"},

    {"CONNECT, least", "45", MQW_CLIENT, true, "10{('MQTT') % 02 0000 ~ ()}"},
    {"CONNECT, empty fields", "45", MQW_CLIENT, true,
     "10{('MQTT') % C6 FFFF ~ () ~ ('t') () () ()}"},
    {"CONNECT, will of QoS 2", "45", MQW_CLIENT, true,
     "10{('MQTT') % 36 003C ~ ('c') ~ ('gone/away') (0001FF)}"},
    {"CONNECT, resumed", "45", MQW_CLIENT, true, "10{('MQTT') % 00 003C ~ ('c')}"},
    {"CONNECT, user name", "45", MQW_CLIENT, true, "10{('MQTT') % 80 000A ~ ('c') ('user')}"},
    {"CONNECT, password alone", "5", MQW_CLIENT, true, "10{('MQTT') 05 40 000A 00 ('c') (FF00)}"},
    {"CONNECT, empty client id, resumed", "5", MQW_CLIENT, true, "10{('MQTT') 05 00 000A 00 ()}"},
    {"CONNECT, all properties", "5", MQW_CLIENT, true,
     "10{('MQTT') 05 EE 0001 {11 FFFFFFFF 15('SCRAM') 16(6E3D00) 17 00 19 01 21 FFFF 22 FFFF"
     "26('')('') 26('k')('v') 26('k')('v') 27 00000001} (C3A9)"
     "{01 01 02 00000000 03('text/plain') 08('re/ply') 09(00FF) 18 FFFFFFFF 26('a')('b')}"
     "('w') ('payload') ('u') ('p')}"},
    {"CONNECT, properties in another order", "5", MQW_CLIENT, false,
     "10{('MQTT') 05 02 0001 {27 00000100 26('k')('v') 11 00000001 26('l')('w') 21 0001} ('c')}"},

    {"CONNACK", "45", MQW_SERVER, true, "20{00 00 ~}"},
    {"CONNACK, session present", "45", MQW_SERVER, true, "20{01 00 ~}"},
    {"CONNACK, refused", "45", MQW_SERVER, true, "20{00 [87] <05> ~}"},
    {"CONNACK, all properties", "5", MQW_SERVER, true,
     "20{00 00 {11 00000000 12('id') 13 FFFF 15('m') 16() 1A('ri') 1C('other') 1F('why')"
     "21 0001 22 0000 24 00 25 00 26('n')('v') 27 FFFFFFFF 28 00 29 01 2A 00}}"},

    {"PUBLISH, least", "45", MQW_EITHER, true, "30{('a') ~}"},
    {"PUBLISH, retained", "45", MQW_EITHER, true, "31{('a/b') ~ 'hello'}"},
    {"PUBLISH, QoS 1", "45", MQW_EITHER, true, "32{('a/b') 000A ~}"},
    {"PUBLISH, QoS 1 again", "45", MQW_EITHER, true, "3B{('a/b') FFFF ~ 00}"},
    {"PUBLISH, QoS 2", "45", MQW_EITHER, true, "3C{('/') 0001 ~ 61*200}"},
    {"PUBLISH, other alphabets", "45", MQW_EITHER, true,
     "34{(C3A9 E282AC F0AA9B94 EFBBBF) 0001 ~ 'x'}"},
    {"PUBLISH, alias alone", "5", MQW_EITHER, true, "30{() {23 0001} 'x'}"},
    {"PUBLISH, all properties", "5", MQW_SERVER, true,
     "34{('t') 0102 {01 01 02 FFFFFFFF 03() 08('r') 09(00) 0B 01 0B 8001 0B FFFFFF7F 23 FFFF"
     "26('a')('1') 26('a')('2')} 'text'}"},
    {"PUBLISH, long block", "5", MQW_EITHER, true, "30{('t') {26(61*300)(62*300)} 'x'}"},
    {"PUBLISH, mixed order", "5", MQW_SERVER, false,
     "30{('t') {26('a')('1') 0B 05 26('b')('2') 0B 07 01 00}}"},

    {"PUBACK", "45", MQW_EITHER, true, "40{0001}"},
    {"PUBREC", "45", MQW_EITHER, true, "50{FFFF}"},
    {"PUBREL", "45", MQW_EITHER, true, "62{0100}"},
    {"PUBCOMP", "45", MQW_EITHER, true, "70{1234}"},
    {"PUBACK, success spelled out", "5", MQW_EITHER, false, "40{0001 00}"},
    {"PUBACK, no properties spelled out", "5", MQW_EITHER, false, "40{0001 00 00}"},
    {"PUBACK, reason", "5", MQW_EITHER, true, "40{0001 97}"},
    {"PUBREC, reason and no properties", "5", MQW_EITHER, false, "50{0001 80 00}"},
    {"PUBACK, all properties", "5", MQW_EITHER, true, "40{0001 83 {1F('why') 26('k')('v')}}"},
    {"PUBREC, all properties", "5", MQW_EITHER, true, "50{0001 00 {1F('why') 26('k')('v')}}"},
    {"PUBREL, all properties", "5", MQW_EITHER, true, "62{0001 92 {1F('why') 26('k')('v')}}"},
    {"PUBCOMP, all properties", "5", MQW_EITHER, true, "70{0001 92 {1F() 26()()}}"},

    {"SUBSCRIBE", "45", MQW_CLIENT, true, "82{0001 ~ ('#') 00}"},
    {"SUBSCRIBE, several", "45", MQW_CLIENT, true,
     "82{000A ~ ('a/b') 01 ('c/d') 02 ('+/tennis/#') 00 ('/') 01 ('+') 02}"},
    {"SUBSCRIBE, options", "5", MQW_CLIENT, true,
     "82{FFFF 00 ('a') 2E ('b') 1D ('c') 04 ('$share/g/c/#') 08}"},
    {"SUBSCRIBE, all properties", "5", MQW_CLIENT, true,
     "82{0001 {0B FFFFFF7F 26('k')('v')} ('a/#') 01}"},
    {"SUBACK", "45", MQW_SERVER, true, "90{000A ~ 00 02 80 01}"},
    {"SUBACK, all properties", "5", MQW_SERVER, true, "90{0001 {1F('why') 26('k')('v')} A2}"},
    {"UNSUBSCRIBE", "45", MQW_CLIENT, true, "A2{000A ~ ('a/b') ('c/d') ('#')}"},
    {"UNSUBSCRIBE, all properties", "5", MQW_CLIENT, true, "A2{0001 {26('k')('v')} ('a')}"},
    {"UNSUBACK", "4", MQW_SERVER, true, "B0{000A}"},
    {"UNSUBACK, codes", "5", MQW_SERVER, true, "B0{000A 00 00 11 87}"},
    {"UNSUBACK, all properties", "5", MQW_SERVER, true, "B0{000A {1F('why') 26('k')('v')} 11}"},

    {"PINGREQ", "45", MQW_CLIENT, true, "C0 00"},
    {"PINGRESP", "45", MQW_SERVER, true, "D0 00"},

    {"DISCONNECT", "4", MQW_CLIENT, true, "E0 00"},
    {"DISCONNECT", "5", MQW_EITHER, true, "E0 00"},
    {"DISCONNECT, spelled out", "5", MQW_EITHER, false, "E0{00}"},
    {"DISCONNECT, all spelled out", "5", MQW_EITHER, false, "E0{00 00}"},
    {"DISCONNECT, with will", "5", MQW_CLIENT, true, "E0{04}"},
    {"DISCONNECT, error", "5", MQW_EITHER, true, "E0{81}"},
    {"DISCONNECT, the client's properties", "5", MQW_CLIENT, true,
     "E0{00 {11 00000000 1F('why') 26('k')('v')}}"},
    {"DISCONNECT, the server's properties", "5", MQW_SERVER, true,
     "E0{9D {1C('there') 1F('why') 26('k')('v')}}"},
    {"AUTH", "5", MQW_EITHER, true, "F0{18 {15('m')}}"},
    {"AUTH, success", "5", MQW_SERVER, true, "F0{00 {15('m')}}"},
    {"AUTH, again", "5", MQW_CLIENT, true, "F0{19 {15('m')}}"},
    {"AUTH, all properties", "5", MQW_EITHER, true,
     "F0{18 {15('m') 16(00FF) 1F('why') 26('k')('v')}}"},
};

const size_t sample_count = COUNT(samples);

void each_sample(void (*call)(const struct sample *sample, uint8_t version, struct wire wire))
{
    for (size_t i = 0; i < sample_count; i++)
        for (const char *v = samples[i].versions; *v; v++) {
            uint8_t version = (uint8_t)(*v - '0');
            struct wire wire = wire_of(version, samples[i].bytes);
            call(&samples[i], version, wire);
            wire_free(&wire);
        }
}
