/* CRC-16/XMODEM (polynomial 0x1021, start 0, not reflected), which Redis Cluster uses for its slots
 * (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/). "123456789" -> 0x31C3. */
#ifndef NUDGE_CRC16_H
#define NUDGE_CRC16_H

#include "nudge/str.h"

uint16_t crc16(struct str);

/* The partition that a customer lives in; partitions > 0. */
static inline unsigned partition_of(struct str user, unsigned partitions)
{
    return crc16(user) % partitions;
}

#endif
