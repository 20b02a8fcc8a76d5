/* Private to the store: hiredis' parser, building struct reply in the arena that *into names at that time. */
#ifndef NUDGE_REDIS_REPLY_H
#define NUDGE_REDIS_REPLY_H

#include "nudge/redis.h"
#include <hiredis/hiredis.h>

redisReader *reply_reader_new(struct arena **into); /* NULL: out of memory */

#endif
