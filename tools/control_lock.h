/*
 * control_lock.h - one muster at a time sees to a socket's file.
 *
 * A file behind which nobody listens is a dead muster's, or that of one that
 * has not come to listen yet. Two that begin at once would both find a dead
 * one's, and the second would remove what the first has put in its place.
 *
 * The lock is a file beside the socket, there for as long as that takes only:
 * whoever has it removes it. Of one that was killed meanwhile it stays, empty
 * and unlocked, until the next one has come and gone. It is not the directory
 * that is locked, for anybody who may read that could keep the lock.
 */
#pragma once

/* Room for the address of a socket, and for what is added. */
#define CONTROL_LOCK_PATH 128

struct control_lock {
	char path[CONTROL_LOCK_PATH];
	int fd; /* -1: it is not taken */
};

#define CONTROL_LOCK_NULL ((struct control_lock){.fd = -1})

/* Does not wait: -EADDRINUSE while another one has it. What keeps its file from
 * being made would keep the socket, too, and is -errno. */
int control_lock_take(const char *socket_path, struct control_lock *ret_lock);
void control_lock_release(struct control_lock *lock);
