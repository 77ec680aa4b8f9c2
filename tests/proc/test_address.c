/*
 * test_address.c - every form of a listener's address is read, without a
 * socket, and what is none is refused and leaves the result alone.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "proc/address.h"

static struct address parse(const char *string)
{
	char buffer[256];
	struct address address;
	struct text error;

	text_init(&error, buffer, sizeof(buffer));
	if (address_parse(string, &address, &error) < 0)
		fail_msg("%s: %s", string, buffer);
	assert_string_equal(buffer, "");
	return address;
}

static void assert_refused(const char *string, int result, const char *words)
{
	char buffer[256];
	struct address address;
	struct address before;
	struct text error;

	memset(&before, 0x5e, sizeof(before));
	memcpy(&address, &before, sizeof(before));
	text_init(&error, buffer, sizeof(buffer));
	assert_int_equal(address_parse(string, &address, &error), result);
	assert_memory_equal(&address, &before, sizeof(before));
	if (!strstr(buffer, words))
		fail_msg("%s: %s", string, buffer);
}

static void assert_tcp(const char *string, const char *host, uint16_t port)
{
	struct address address = parse(string);

	assert_int_equal(address.kind, ADDRESS_TCP);
	assert_string_equal(address.host, host);
	assert_int_equal(address.port, port);
}

static void a_tcp_address_has_a_host_and_a_port(void **state)
{
	(void)state;
	assert_tcp("tcp:127.0.0.1:80", "127.0.0.1", 80);
	assert_tcp("tcp:localhost:0", "localhost", 0);
	assert_tcp("tcp:a.example:65535", "a.example", 65535);
	assert_tcp("tcp:[::1]:8080", "::1", 8080);
	assert_tcp("tcp:[fe80::1%eth0]:8080", "fe80::1%eth0", 8080);
}

static void no_host_and_an_asterisk_are_every_address(void **state)
{
	(void)state;
	assert_tcp("tcp::80", "", 80);
	assert_tcp("tcp:*:80", "", 80);
}

static void a_unix_address_is_a_path_or_an_abstract_name(void **state)
{
	struct address path = parse("unix:/run/x");
	struct address name = parse("unix:@x");
	size_t head = offsetof(struct sockaddr_un, sun_path);

	(void)state;
	assert_int_equal(path.kind, ADDRESS_UNIX);
	assert_int_equal(path.name.sun_family, AF_UNIX);
	assert_string_equal(path.name.sun_path, "/run/x");
	assert_int_equal(path.name_length, head + sizeof("/run/x"));
	assert_int_equal(name.kind, ADDRESS_UNIX);
	assert_int_equal(name.name.sun_family, AF_UNIX);
	assert_memory_equal(name.name.sun_path, "\0x", 2);
	assert_int_equal(name.name_length, head + strlen("@x"));
}

/* Else a variable that is empty, [$HOST], would mean every address. */
static void what_is_in_brackets_is_an_ipv6_address(void **state)
{
	static const char *const others[] = {
		"tcp:[]:80",	      "tcp:[*]:80",   "tcp:[127.0.0.1]:80",
		"tcp:[localhost]:80", "tcp:[::1%]:1", "tcp:[%lo]:80",
		"tcp:[[::1]]:80",     "tcp:[:]:80",   "tcp:[::1]]:80",
	};

	(void)state;
	assert_tcp("tcp:[::]:80", "::", 80);
	assert_tcp("tcp:[::ffff:127.0.0.1]:80", "::ffff:127.0.0.1", 80);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_refused(others[i], -EINVAL, "[IPV6]:PORT");
}

/* A path has its terminator, an abstract name has none. */
static void a_socket_name_may_be_107_or_108_bytes_long(void **state)
{
	char string[5 + 109 + 1] = "unix:";

	(void)state;
	memset(string + 5, 'x', 109);
	string[5] = '/';
	assert_refused(string, -ENAMETOOLONG, "107 bytes");
	string[5 + 108] = '\0';
	assert_refused(string, -ENAMETOOLONG, "107 bytes");
	string[5] = '@';
	assert_int_equal(parse(string).name_length, sizeof(struct sockaddr_un));
	string[5] = '/';
	string[5 + 107] = '\0';
	assert_int_equal(parse(string).name_length, sizeof(struct sockaddr_un));
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const addresses[] = {
		"",	    "/tmp/socket", "127.0.0.1:80", "TCP:h:80",
		" tcp:h:1", "http://h/",   "udp:h:53",	   "unix",
	};
	static const char *const tcp[] = {
		"tcp:",	     "tcp:h",	    "tcp:80",	   "tcp:h:",
		"tcp:h:x",   "tcp:h:65536", "tcp:h:-1",	   "tcp:h:+80",
		"tcp:h: 80", "tcp:::1:80",  "tcp:[::1:80", "tcp:::1]:80",
		"tcp:[::1]",
	};
	static const char *const local[] = {
		"unix:", "unix:/", "unix:@", "unix:relative", "unix: /x",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++)
		assert_refused(addresses[i], -EINVAL, "expected tcp:HOST:PORT");
	for (size_t i = 0; i < ARRAY_LEN(tcp); i++)
		assert_refused(tcp[i], -EINVAL, "from 0 to 65535");
	for (size_t i = 0; i < ARRAY_LEN(local); i++)
		assert_refused(local[i], -EINVAL, "absolute path or @NAME");
}

static void a_host_is_at_most_255_bytes_long(void **state)
{
	char string[4 + 256 + 3 + 1] = "tcp:";

	(void)state;
	memset(string + 4, 'x', 256);
	memcpy(string + 4 + 256, ":80", 4);
	assert_refused(string, -EINVAL, "HOST:PORT");
	memcpy(string + 4 + 255, ":80", 4);
	assert_int_equal(strlen(parse(string).host), 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tcp_address_has_a_host_and_a_port),
		cmocka_unit_test(no_host_and_an_asterisk_are_every_address),
		cmocka_unit_test(what_is_in_brackets_is_an_ipv6_address),
		cmocka_unit_test(a_unix_address_is_a_path_or_an_abstract_name),
		cmocka_unit_test(a_socket_name_may_be_107_or_108_bytes_long),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(a_host_is_at_most_255_bytes_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
