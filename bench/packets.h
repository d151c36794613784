/* SPDX-License-Identifier: MIT */
/*
 * The packets that are measured, each written once, and two ways to spoil each: at the first place
 * where a rule can be broken and at the last one.
 */
#ifndef MQTTWIRE_BENCH_PACKETS_H
#define MQTTWIRE_BENCH_PACKETS_H

/* A table is read in columns. */
/* clang-format off */

/*
 * X(name, version, sender, loop, payload bytes that follow the hex: byte i is (7 i + 3) mod 256,
 *   hex, first offset to spoil, hex to put there, last offset to spoil, hex to put there)
 */
#define BENCH_PACKETS(X) \
    /* 3.1.1 PUBLISH, QoS 0, 25-byte topic, 16-byte payload.  QoS 3; NUL at the topic's end */ \
    X(P1, 3_1_1, CLIENT, publish_3_1_1, 0, \
      "302b001973656e736f72732f726f6f6d312f74656d70657261747572654142434445464748494a4b4c4d4e4f50", \
      0, "36", 28, "00") \
    /* 3.1.1 PUBLISH, QoS 1, 40-byte topic, 256-byte payload.  QoS 3; packet identifier 0 */ \
    X(P2, 3_1_1, CLIENT, publish_3_1_1, 256, \
      "32ac020028666163746f72792f6c696e65372f7072657373332f6879647261756c6963732f70726573737572651234", \
      0, "36", 45, "0000") \
    /* 3.1.1 CONNECT, client id, will, user name, password.  Header flags; password's length */ \
    X(P3, 3_1_1, CLIENT, connect_3_1_1, 0, \
      "106a00044d51545404ce003c0017636c69656e742d303132333435363738396162636465660013636c69656e74732f30" \
      "3132332f73746174757300146f66666c696e652d756e65787065637465646c790009757365726e616d6531000f706173" \
      "737730726421736563726574", \
      0, "11", 91, "0010") \
    /* 3.1.1 SUBSCRIBE, 8 filters.  Header flags; the last filter's options */ \
    X(P4, 3_1_1, CLIENT, subscribe_3_1_1, 0, \
      "82a7010102001573656e736f72732f2b2f74656d706572617475726500000f73656e736f72732f726f6f6d312f230100" \
      "16666163746f72792f6c696e65372f7072657373332f2b02000f616c657274732f637269746963616c00001064657669" \
      "6365732f2b2f73746174757301000e636d642f30313233343536373839020016686f6d652f6b69746368656e2f6c6967" \
      "68742f7365740000102473686172652f67312f6a6f62732f2301", \
      0, "80", 169, "04") \
    /* 5.0 PUBLISH, QoS 1, 8 properties of which 3 user properties, 256-byte payload.  QoS 3; the last
       user property's last byte */ \
    X(P5, 5, CLIENT, publish_5, 256, \
      "32b8030028666163746f72792f6c696e65372f7072657373332f6879647261756c6963732f707265737375726512348a" \
      "0101010200000e100300106170706c69636174696f6e2f6a736f6e0800167265706c6965732f636c69656e742d303132" \
      "332f3432090010808182838485868788898a8b8c8d8e8f26000874726163652d69640010306766373635313931366364" \
      "34336464260006736f75726365000a656467652d67772d3137260006736368656d61000774656d702e7632", \
      0, "36", 186, "ff") \
    /* 5.0 CONNECT, 6 properties, will with 2 properties.  Header flags; will payload's length */ \
    X(P6, 5, CLIENT, connect_5, 0, \
      "10920100044d515454050e003c301100000e102100642700010000220010260006726567696f6e000965752d77657374" \
      "2d3126000266770005312e322e330017636c69656e742d3031323334353637383961626364656612180000001e03000a" \
      "746578742f706c61696e0013636c69656e74732f303132332f73746174757300146f66666c696e652d756e6578706563" \
      "7465646c79", \
      0, "11", 127, "0015") \
    /* 3.1.1 PUBACK.  Header flags; packet identifier 0 */ \
    X(P7, 3_1_1, SERVER, ack_3_1_1, 0, "40021234", 0, "41", 2, "0000") \
    /* 5.0 SUBACK, 8 reason codes.  Header flags; the last code */ \
    X(P9, 5, SERVER, suback_5, 0, "900b0102000001020001028087", 0, "91", 12, "03")

/*
 * P8: the variable byte integers 127, 300, 100000, 200000000, of ten bytes in all, each as the
 * Remaining Length of a fixed header.  The figure is the sum of the four.
 */
#define BENCH_P8 {"307f", "30ac02", "30a08d06", "308084af5f"}

/* clang-format on */

#endif
