/* SPDX-License-Identifier: MIT */
/*
 * The operations of walks.h that do nothing where a cursor only carries values between a structure
 * and the objects of a language: what is wrong with a packet is for encoding to say.
 *
 * CURSOR, SIDE and DO are as walks.h has them; a cursor has a member `version`.
 */
FAST bool DO(v5)(const CURSOR *c)
{
    return c->version == MQW_VERSION_5;
}

FAST bool DO(wishes)(const CURSOR *c)
{
    (void)c;
    return false;
}

FAST void DO(check)(CURSOR *c, bool good, enum mqw_code rule)
{
    (void)c, (void)good, (void)rule;
}

FAST void DO(check_view)(CURSOR *c, bool good, const char *name, const struct mqw_bytes *view,
                         enum mqw_code rule)
{
    (void)c, (void)good, (void)name, (void)view, (void)rule;
}

FAST void DO(check_octet)(CURSOR *c, bool good, const char *name, enum mqw_code rule)
{
    (void)c, (void)good, (void)name, (void)rule;
}

FAST void DO(check_lack)(CURSOR *c, bool good, const char *name, enum mqw_code rule)
{
    (void)c, (void)good, (void)name, (void)rule;
}

FAST void DO(demand)(CURSOR *c, const char *name, enum mqw_code rule)
{
    (void)c, (void)name, (void)rule;
}

FAST void DO(only_v5)(CURSOR *c, const char *name, bool used)
{
    (void)c, (void)name, (void)used;
}

FAST void DO(reserved)(CURSOR *c, const char *name, unsigned mask, enum mqw_code rule)
{
    (void)c, (void)name, (void)mask, (void)rule;
}

FAST void DO(protocol)(CURSOR *c, const struct mqw_packet *packet)
{
    (void)c, (void)packet;
}

FAST void DO(octet)(CURSOR *c, const char *name)
{
    (void)c, (void)name;
}

FAST void DO(octet_end)(CURSOR *c)
{
    (void)c;
}

FAST void DO(flags_end)(CURSOR *c)
{
    (void)c;
}

/* Options of subscriptions: see each_subscription and give_subscriptions. */
FAST void DO(no_bit)(CURSOR *c, const char *name, SIDE bool *value)
{
    (void)c, (void)name, (void)value;
}

FAST void DO(no_bits)(CURSOR *c, const char *name, SIDE uint8_t *value)
{
    (void)c, (void)name, (void)value;
}
