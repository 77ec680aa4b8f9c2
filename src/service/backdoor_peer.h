/*
 * backdoor_peer.h - whose the other end of a connection is.
 */
#pragma once

#include <stdbool.h>

/* Whether the kernel can be asked whose the clients of a listener are. */
bool backdoor_peer_is_known(int listen_fd);

/* Whether the connection's other end is our effective user's or root's. False,
 * too, when it has been closed and nobody can tell any more. */
bool backdoor_peer_is_allowed(int fd);
