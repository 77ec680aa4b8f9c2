/*
 * backdoor_serve.h - what is done with a client's line.
 */
#pragma once

#include <stdint.h>

#include "service/backdoor.h"
#include "service/backdoor_client.h"

/* After epoll(7) has told these events of it: sends, or reads, and then obeys a
 * line at most. 1 and a request that an answer is owed for, 0, or -errno: hang
 * up. */
int backdoor_serve(struct backdoor_client *client, uint32_t events,
		   struct backdoor_request *ret_request);
