/*
 * test_listen_unix.c - unix sockets by path and by abstract name: what is stale
 * is replaced, what is alive or no socket at all is left alone.
 */
#include <sys/un.h>

#include "proc/listening.h"

#define NAME_MAX_BYTES sizeof(((struct sockaddr_un *)0)->sun_path)

static char directory[] = "/tmp/muster-listen-XXXXXX";
static char path[64];	 /* of the socket, in directory */
static char address[80]; /* "unix:" and path */

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/socket", directory);
	(void)snprintf(address, sizeof(address), "unix:%s", path);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	(void)unlink(path); /* most tests leave none */
	return rmdir(directory);
}

/* Binds and listens at path without our help, as a server before us did. */
static int serve(int kind)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, kind | SOCK_CLOEXEC, 0);

	memcpy(name.sun_path, path, strlen(path));
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	if (kind == SOCK_STREAM)
		assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static int connect_to(const char *text, size_t length)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(name.sun_path, text, length);
	if (connect(fd, (struct sockaddr *)&name,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				length)) < 0)
		return -errno;
	return 0;
}

static bool is_there(const char *file)
{
	return access(file, F_OK) == 0;
}

static ino_t inode(const char *file)
{
	struct stat status;

	return lstat(file, &status) == 0 ? status.st_ino : 0;
}

static void a_path_is_served_and_removed_afterwards(void **state)
{
	struct attempt opened = attempt_good(address);

	(void)state;
	assert_string_equal(opened.socket.address, address);
	assert_int_equal(opened.socket.ino, inode(path));
	assert_int_equal(connect_to(path, strlen(path)), 0);
	listen_close(&opened.socket);
	assert_int_equal(opened.socket.fd, -1);
	assert_false(is_there(path));
}

static void a_stale_socket_is_replaced(void **state)
{
	struct attempt opened;

	(void)state;
	assert_int_equal(close(serve(SOCK_STREAM)), 0);
	assert_true(is_there(path));
	assert_int_equal(connect_to(path, strlen(path)), -ECONNREFUSED);
	opened = attempt_good(address);
	assert_int_equal(connect_to(path, strlen(path)), 0);
	listen_close(&opened.socket);
	assert_false(is_there(path));
}

static void a_socket_that_somebody_serves_is_in_use(void **state)
{
	int fd = serve(SOCK_STREAM);
	ino_t before = inode(path);

	(void)state;
	assert_refused(address, -EADDRINUSE, "bind: Address already in use");
	assert_int_equal(inode(path), before);
	assert_int_equal(connect_to(path, strlen(path)), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
}

/* Alive too: the backlog being full says that somebody is behind it. */
static void a_socket_whose_backlog_is_full_is_in_use(void **state)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = serve(SOCK_STREAM);
	int clients[16];
	size_t count = 0;

	(void)state;
	memcpy(name.sun_path, path, strlen(path));
	for (bool is_full = false; !is_full; count++) {
		assert_true(count < ARRAY_LEN(clients));
		clients[count] = socket(
			AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		is_full = connect(clients[count], (struct sockaddr *)&name,
				  sizeof(name)) < 0;
	}
	assert_int_equal(errno, EAGAIN);
	assert_refused(address, -EADDRINUSE, "bind");
	assert_true(is_there(path));
	while (count > 0)
		assert_int_equal(close(clients[--count]), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
}

static void a_datagram_socket_is_in_use(void **state)
{
	int fd = serve(SOCK_DGRAM);

	(void)state;
	assert_refused(address, -EADDRINUSE, "bind");
	assert_true(is_there(path));
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
}

static void what_is_no_socket_is_never_removed(void **state)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ino_t before = inode(path);

	(void)state;
	assert_int_equal(close(fd), 0);
	assert_refused(address, -EADDRINUSE, "bind: Address already in use");
	assert_int_equal(inode(path), before);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_refused(address, -EADDRINUSE, "bind");
	assert_int_equal(rmdir(path), 0);
	/* A link to a stale socket is no socket either. */
	assert_int_equal(symlink("/nonexistent", path), 0);
	assert_refused(address, -EADDRINUSE, "bind");
	assert_int_equal(inode(path) == 0, 0);
	assert_int_equal(unlink(path), 0);
}

/* A successor has its own socket there by now. */
static void only_the_file_that_was_made_is_removed(void **state)
{
	struct attempt opened = attempt_good(address);
	char moved[80];
	ino_t next;
	int fd;

	(void)state;
	(void)snprintf(moved, sizeof(moved), "%s-moved", path);
	assert_int_equal(rename(path, moved), 0);
	fd = serve(SOCK_STREAM);
	next = inode(path);
	listen_close(&opened.socket);
	assert_int_equal(inode(path), next);
	assert_true(is_there(moved));
	assert_int_equal(unlink(moved), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
}

static void a_file_that_is_gone_already_is_no_complaint(void **state)
{
	struct attempt opened = attempt_good(address);

	(void)state;
	assert_int_equal(unlink(path), 0);
	listen_close(&opened.socket);
	listen_close(&opened.socket);
	assert_int_equal(opened.socket.fd, -1);
}

static void an_abstract_name_leaves_no_file(void **state)
{
	char text[80];
	struct attempt opened;

	(void)state;
	(void)snprintf(text, sizeof(text), "unix:@muster-test-%d", getpid());
	opened = attempt_good(text);
	assert_string_equal(opened.socket.address, text);
	assert_int_equal(opened.socket.ino, 0);
	text[5] = '\0';
	assert_int_equal(connect_to(text + 5, 1 + strlen(text + 6)), 0);
	text[5] = '@';
	assert_refused(text, -EADDRINUSE, "bind: Address already in use");
	listen_close(&opened.socket);
	opened = attempt_good(text);
	listen_close(&opened.socket);
}

/* As long as can be, and one byte more. An abstract name has no terminator. */
static void the_longest_names_are_taken_and_longer_ones_refused(void **state)
{
	char text[256] = "unix:";
	size_t length;
	struct attempt opened;

	(void)state;
	(void)strcat(text, path);
	length = strlen(path);
	memset(text + 5 + length, 'x', NAME_MAX_BYTES - 1 - length);
	text[5 + NAME_MAX_BYTES - 1] = '\0';
	opened = attempt_good(text);
	assert_string_equal(opened.socket.address, text);
	assert_true(is_there(text + 5));
	listen_close(&opened.socket);
	assert_false(is_there(text + 5));
	(void)strcat(text, "x");
	assert_refused(text, -ENAMETOOLONG, "longer than the 107 bytes");
	text[5] = '@';
	opened = attempt_good(text);
	assert_string_equal(opened.socket.address, text);
	listen_close(&opened.socket);
	(void)strcat(text, "x");
	assert_refused(text, -ENAMETOOLONG, "longer than");
}

static void what_is_no_name_is_einval(void **state)
{
	static const char *const malformed[] = {
		"unix:", "unix:@", "unix:/", "unix:relative/path", "unix:./x"};
	int free_before = lowest_free();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(malformed); i++)
		assert_refused(malformed[i], -EINVAL,
			       "not an absolute path or @NAME");
	assert_refused("unix:/nonexistent/socket", -ENOENT,
		       "bind: No such file or directory");
	assert_refused("unix:/etc/passwd/socket", -ENOTDIR, "bind");
	assert_int_equal(lowest_free(), free_before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_served_and_removed_afterwards),
		cmocka_unit_test(a_stale_socket_is_replaced),
		cmocka_unit_test(a_socket_that_somebody_serves_is_in_use),
		cmocka_unit_test(a_socket_whose_backlog_is_full_is_in_use),
		cmocka_unit_test(a_datagram_socket_is_in_use),
		cmocka_unit_test(what_is_no_socket_is_never_removed),
		cmocka_unit_test(only_the_file_that_was_made_is_removed),
		cmocka_unit_test(a_file_that_is_gone_already_is_no_complaint),
		cmocka_unit_test(an_abstract_name_leaves_no_file),
		cmocka_unit_test(
			the_longest_names_are_taken_and_longer_ones_refused),
		cmocka_unit_test(what_is_no_name_is_einval),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
