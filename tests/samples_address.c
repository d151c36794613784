/* SPDX-License-Identifier: MIT */
/* samples/net/address.c: URLs that are read, and those that are not. */
#include "address.h"
#include "case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct good {
    const char *url, *host, *path, *username, *password;
    uint16_t port;
    bool local, tls, websocket;
} goods[] = {
    {"mqtt://broker", "broker", "", NULL, NULL, 1883, false, false, false},
    {"MQTT://broker", "broker", "", NULL, NULL, 1883, false, false, false},
    {"tcp://broker:1884", "broker", "", NULL, NULL, 1884, false, false, false},
    {"mqtts://broker", "broker", "", NULL, NULL, 8883, false, true, false},
    {"ssl://broker/", "broker", "/", NULL, NULL, 8883, false, true, false},
    {"tls://broker:65535", "broker", "", NULL, NULL, 65535, false, true, false},
    {"ws://broker", "broker", "", NULL, NULL, 80, false, false, true},
    {"wss://broker/a/b", "broker", "/a/b", NULL, NULL, 443, false, true, true},
    {"ws://broker:8083/mqtt?a=b&c=%20d", "broker", "/mqtt?a=b&c=%20d", NULL, NULL, 8083, false,
     false, true},
    {"ws://broker?a", "broker", "?a", NULL, NULL, 80, false, false, true},
    {"mqtt://broker:", "broker", "", NULL, NULL, 1883, false, false, false},
    {"mqtt://broker:00001", "broker", "", NULL, NULL, 1, false, false, false},
    {"mqtt://127.0.0.1:1", "127.0.0.1", "", NULL, NULL, 1, false, false, false},
    {"mqtt://[::1]", "::1", "", NULL, NULL, 1883, false, false, false},
    {"mqtts://[2001:db8::1]:1", "2001:db8::1", "", NULL, NULL, 1, false, true, false},
    {"mqtt://me@broker", "broker", "", "me", NULL, 1883, false, false, false},
    {"mqtt://me:@broker", "broker", "", "me", "", 1883, false, false, false},
    {"mqtt://:secret@broker", "broker", "", "", "secret", 1883, false, false, false},
    {"mqtt://m%40e%3a:s%2Fe:c%C3%BC@broker:2/t", "broker", "/t", "m@e:", "s/e:c\xc3\xbc", 2, false,
     false, false},
    {"mqtt://a+b:c+d@broker", "broker", "", "a+b", "c+d", 1883, false, false, false},
    {"unix:///run/socket", "/run/socket", "", NULL, NULL, 0, true, false, false},
    {"unix:///run/my%20socket", "/run/my socket", "", NULL, NULL, 0, true, false, false},
    {"unix://me:secret@/run/socket", "/run/socket", "", "me", "secret", 0, true, false, false},
};

static void same(const char *got, const char *wanted)
{
    ck_assert_int_eq(got != NULL, wanted != NULL);
    if (wanted)
        ck_assert_str_eq(got, wanted);
}

START_TEST(read)
{
    const struct good *it = &goods[_i];
    struct net_address address;
    struct net_error error;

    ck_assert_msg(net_address_parse(&address, it->url, &error), "%s: %s", it->url, error.text);
    same(address.host, it->host);
    same(address.path, it->path);
    same(address.username, it->username);
    same(address.password, it->password);
    ck_assert_uint_eq(address.port, it->port);
    ck_assert_int_eq(address.local, it->local);
    ck_assert_int_eq(address.tls, it->tls);
    ck_assert_int_eq(address.websocket, it->websocket);
    net_address_free(&address);
    net_address_free(&address); /* all zero now */
}
END_TEST

static const char *const bads[] = {
    "",
    "broker",
    "broker:1883",
    "//broker",
    "mqtt:",
    "mqtt:broker",
    "mqtt:/broker",
    "mqtt://",
    "mqtt:///topic",
    "mqtt://:1883",
    "mqtt://me@",
    "mqt://broker",
    "mqttss://broker",
    "http://broker",
    "mqtt://broker:0",
    "mqtt://broker:65536",
    "mqtt://broker:18446744073709551617",
    "mqtt://broker:-1",
    "mqtt://broker:x",
    "mqtt://bro ker",
    "mqtt://broker\r\nX: y",
    "mqtt://bro%0d%0aker",
    "mqtt://b%C3%BCro",
    "mqtt://b\xc3\xbcro",
    "mqtt://broker/#",
    "ws://broker/mqtt#top",
    "mqtt://me%00:x@broker",
    "mqtt://me:x%00y@broker",
    "mqtt://me%4@broker",
    "mqtt://me%zz@broker",
    "mqtt://[::1",
    "mqtt://::1",
    "mqtt://[::g]",
    "mqtt://[1.2.3.4]",
    "mqtt://a@b@broker",
    "unix:",
    "unix://",
    "unix:/run/socket",
    "unix://run/socket",
    "unix://:1/run/socket",
    "unix:///run/socket?x",
    "unix:///run%00/socket",
};

START_TEST(refused)
{
    struct net_address address;
    struct net_error error = {.failure = NET_OK};
    ck_assert_msg(!net_address_parse(&address, bads[_i], &error), "%s", bads[_i]);
    ck_assert_int_eq(error.failure, NET_ADDRESS);
    ck_assert_str_ne(error.text, "");
}
END_TEST

/* As long as you like: nothing is cut off, and it takes no time. */
START_TEST(lengths)
{
    enum { LEN = 1000000 };
    char *url = malloc(2 * LEN + 32);
    struct net_address address;
    struct net_error error;

    strcpy(url, "ws://");
    memset(url + 5, 'a', LEN);
    url[5 + LEN] = '/';
    memset(url + 6 + LEN, 'b', LEN);
    url[6 + 2 * LEN] = 0;
    ck_assert(net_address_parse(&address, url, &error));
    ck_assert_uint_eq(strlen(address.host), LEN);
    ck_assert_uint_eq(strlen(address.path), LEN + 1);
    net_address_free(&address);
    free(url);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("samples_address");
    tcase_add_loop_test(tcase, read, 0, sizeof goods / sizeof *goods);
    tcase_add_loop_test(tcase, refused, 0, sizeof bads / sizeof *bads);
    tcase_add_test(tcase, lengths);
    return run_case("samples_address", tcase);
}
