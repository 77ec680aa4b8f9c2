/*
 * file.c - reads a file as a whole, without ever waiting.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "file.h"

static int file_fill(int fd, char *data, size_t room, size_t *ret_length)
{
	size_t length = 0;

	while (length < room) {
		ssize_t n = read(fd, data + length, room - length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		length += (size_t)n;
	}
	*ret_length = length;
	return 0;
}

static int file_measure(int fd, size_t limit, size_t *ret_room)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!S_ISREG(status.st_mode))
		return -ENXIO;
	if (status.st_size > (off_t)limit)
		return -EFBIG;
	/* Files of /proc have no size. */
	*ret_room = status.st_size > 0 ? (size_t)status.st_size + 1 : limit + 1;
	return 0;
}

int file_read(const char *path, size_t limit, char **ret_data,
	      size_t *ret_length)
{
	_cleanup_fd_ int fd =
		open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	_cleanup_free_ char *data = NULL;
	size_t length = 0;
	size_t room = 0;
	int r;

	if (fd < 0)
		return -errno;
	r = file_measure(fd, limit, &room);
	if (r < 0)
		return r;
	data = malloc(room + 1);
	if (!data)
		return -ENOMEM;
	r = file_fill(fd, data, room, &length);
	if (r < 0)
		return r;
	/* Half a file would be another configuration. */
	if (length == room)
		return room == limit + 1 ? -EFBIG : -EAGAIN;
	data[length] = '\0';
	*ret_data = TAKE_PTR(data);
	*ret_length = length;
	return 0;
}

const char *file_error(int error)
{
	if (error == -ENXIO)
		return "not a regular file";
	if (error == -EAGAIN)
		return "it grows while it is read";
	return strerror(-error);
}
