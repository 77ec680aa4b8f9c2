/*
 * worker_notify.c - what worker.c says to NOTIFY_SOCKET, and when.
 */
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/worker_notify.h"

#define NOTIFY_BROKEN 98

static void notify_send(const char *data, size_t size)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t length = path ? strlen(path) : 0;

	if (fd < 0 || length == 0 || length >= sizeof(name.sun_path))
		_exit(NOTIFY_BROKEN);
	memcpy(name.sun_path, path, length);
	if (path[0] == '@')
		name.sun_path[0] = '\0';
	if (sendto(fd, data, size, 0, (struct sockaddr *)&name,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			       length)) != (ssize_t)size)
		_exit(NOTIFY_BROKEN);
	(void)close(fd);
}

void step_notify(const char *text)
{
	notify_send(text, strlen(text));
}

void step_ping(const char *text)
{
	const char *colon = strchr(text, ':');
	unsigned long count = colon ? strtoul(colon + 1, NULL, 10) : 0;

	for (; count > 0; count--) {
		step_after(text); /* it reads as far as the colon */
		step_notify("WATCHDOG=1");
	}
}

void step_notify_long(const char *size)
{
	static const char ready[] = "READY=1\nX=";
	size_t length = (size_t)strtoul(size, NULL, 10);
	char *data = malloc(length);

	if (!data || length < sizeof(ready))
		_exit(NOTIFY_BROKEN);
	memset(data, 'x', length);
	memcpy(data, ready, sizeof(ready) - 1);
	notify_send(data, length);
	free(data);
}

void step_notify_bytes(const char *unused)
{
	char data[8 + 256] = "READY=1\n";

	(void)unused;
	for (int i = 0; i < 256; i++)
		data[8 + i] = (char)i;
	notify_send(data, sizeof(data));
}

void step_await(const char *name)
{
	sigset_t set;
	int signo;

	sigemptyset(&set);
	sigaddset(&set, worker_signo(name));
	if (sigwait(&set, &signo) != 0)
		_exit(NOTIFY_BROKEN);
}
