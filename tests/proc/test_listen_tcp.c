/*
 * test_listen_tcp.c - every form of a TCP address, and everything that is none.
 */
#include "proc/listening.h"

/* Connects as a client; the socket, or -errno. */
static int connect_to(int family, const char *host, uint16_t port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET,
				 .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
				  .sin6_port = htons(port)};
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error;

	(void)inet_pton(AF_INET, host, &v4.sin_addr);
	(void)inet_pton(AF_INET6, host, &v6.sin6_addr);
	if (connect(fd,
		    family == AF_INET ? (struct sockaddr *)&v4
				      : (struct sockaddr *)&v6,
		    family == AF_INET ? sizeof(v4) : sizeof(v6)) == 0)
		return fd;
	error = errno;
	(void)close(fd); /* it was never connected */
	return -error;
}

static void assert_serves(int family, const char *host, uint16_t port)
{
	int fd = connect_to(family, host, port);

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

static bool has_v6(void)
{
	_cleanup_fd_ int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 name = {.sin6_family = AF_INET6,
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT};

	return fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0;
}

/* The port told in an address like "tcp:127.0.0.1:4711". */
static uint16_t port_of(const struct listen_socket *opened)
{
	const char *colon = strrchr(opened->address, ':');

	assert_non_null(colon);
	assert_in_range(atoi(colon + 1), 1, 65535);
	return (uint16_t)atoi(colon + 1);
}

static void an_ipv4_address_is_served_and_port_0_is_told(void **state)
{
	struct attempt opened = attempt_good("tcp:127.0.0.1:0");
	char expected[64];
	uint16_t port = port_of(&opened.socket);

	(void)state;
	(void)snprintf(expected, sizeof(expected), "tcp:127.0.0.1:%u", port);
	assert_string_equal(opened.socket.address, expected);
	assert_int_equal(opened.socket.ino, 0);
	assert_serves(AF_INET, "127.0.0.1", port);
	assert_int_equal(connect_to(AF_INET, "127.0.0.2", port), -ECONNREFUSED);
	listen_close(&opened.socket);
	assert_int_equal(opened.socket.fd, -1);
	assert_int_equal(connect_to(AF_INET, "127.0.0.1", port), -ECONNREFUSED);
}

static void an_ipv6_address_stands_in_brackets(void **state)
{
	struct attempt opened;
	char expected[64];
	uint16_t port;

	(void)state;
	if (!has_v6())
		SKIP("no IPv6 here");
	opened = attempt_good("tcp:[::1]:0");
	port = port_of(&opened.socket);
	(void)snprintf(expected, sizeof(expected), "tcp:[::1]:%u", port);
	assert_string_equal(opened.socket.address, expected);
	assert_serves(AF_INET6, "::1", port);
	assert_true(connect_to(AF_INET, "127.0.0.1", port) < 0);
	listen_close(&opened.socket);
}

/* An address of one family does not take the port of the other. */
static void one_family_only_is_served_by_an_address_of_it(void **state)
{
	struct attempt v6;
	struct attempt v4;
	char address[64];

	(void)state;
	if (!has_v6())
		SKIP("no IPv6 here");
	v6 = attempt_good("tcp:[::]:0");
	(void)snprintf(address, sizeof(address), "tcp:0.0.0.0:%u",
		       port_of(&v6.socket));
	v4 = attempt_good(address);
	assert_string_equal(v4.socket.address, address);
	listen_close(&v4.socket);
	listen_close(&v6.socket);
}

static void assert_wildcard(const char *address)
{
	struct attempt opened = attempt_good(address);
	uint16_t port = port_of(&opened.socket);

	assert_serves(AF_INET, "127.0.0.1", port);
	if (has_v6()) {
		assert_serves(AF_INET6, "::1", port);
		assert_non_null(strstr(opened.socket.address, "tcp:[::]:"));
	}
	listen_close(&opened.socket);
}

static void a_wildcard_serves_both_families(void **state)
{
	(void)state;
	assert_wildcard("tcp::0");
	assert_wildcard("tcp:*:0");
}

/* As a kernel without IPv6 answers. */
static int deny_v6(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (unsigned int)offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (unsigned int)offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {ARRAY_LEN(filter), filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return CHILD_SKIP;
	return 0;
}

static int serve_without_v6(void)
{
	struct attempt opened;

	if (deny_v6() < 0)
		return CHILD_SKIP;
	opened = attempt("tcp::0");
	CHILD_CHECK(opened.result == 0);
	CHILD_CHECK(strncmp(opened.socket.address, "tcp:0.0.0.0:", 12) == 0);
	CHILD_CHECK(attempt("tcp:[::1]:0").result == -EAFNOSUPPORT);
	if (child_deny(SYS_socket, EPERM) < 0)
		return CHILD_SKIP;
	opened = attempt("tcp::0");
	CHILD_CHECK(opened.result == -EPERM);
	CHILD_CHECK(strstr(opened.error, "Operation not permitted"));
	CHILD_CHECK(attempt("unix:@x").result == -EPERM);
	return 0;
}

static void a_wildcard_is_ipv4_where_there_is_no_ipv6(void **state)
{
	(void)state;
	in_child(serve_without_v6);
}

static void a_name_is_looked_up(void **state)
{
	struct attempt opened = attempt("tcp:localhost:0");

	(void)state;
	if (opened.result < 0)
		SKIP("localhost: %s", opened.error);
	assert_true(strncmp(opened.socket.address, "tcp:127.0.0.1:", 14) == 0 ||
		    strncmp(opened.socket.address, "tcp:[::1]:", 10) == 0);
	listen_close(&opened.socket);
	/* Numeric, so that no resolver is asked. */
	assert_refused("tcp:1.2.3.4.5.6:80", -EADDRNOTAVAIL, "");
}

static void a_port_that_is_taken_is_eaddrinuse(void **state)
{
	struct attempt opened = attempt_good("tcp:127.0.0.1:0");
	char address[64];

	(void)state;
	assert_refused(opened.socket.address, -EADDRINUSE,
		       "bind: Address already in use");
	(void)snprintf(address, sizeof(address), "tcp::%u",
		       port_of(&opened.socket));
	assert_refused(address, -EADDRINUSE, "Address already in use");
	listen_close(&opened.socket);
}

/* SO_REUSEADDR: the old connection is still there, in TIME_WAIT. */
static void a_port_can_be_served_again_at_once(void **state)
{
	struct attempt opened = attempt_good("tcp:127.0.0.1:0");
	char address[LISTEN_ADDRESS_SIZE];
	int client;
	int server;

	(void)state;
	(void)snprintf(address, sizeof(address), "%s", opened.socket.address);
	client = connect_to(AF_INET, "127.0.0.1", port_of(&opened.socket));
	assert_true(client >= 0);
	server = accept(opened.socket.fd, NULL, NULL);
	assert_true(server >= 0);
	assert_int_equal(close(server), 0); /* the first to close waits */
	listen_close(&opened.socket);
	opened = attempt_good(address);
	assert_string_equal(opened.socket.address, address);
	listen_close(&opened.socket);
	assert_int_equal(close(client), 0);
}

static void an_address_that_is_not_ours_is_eaddrnotavail(void **state)
{
	(void)state;
	/* TEST-NET-1 is nobody's. */
	assert_refused("tcp:192.0.2.1:0", -EADDRNOTAVAIL,
		       "bind: Cannot assign requested address");
}

static void what_is_no_address_is_einval_and_nothing_stays_open(void **state)
{
	static const char *const malformed[] = {
		"tcp:",
		"tcp:127.0.0.1",
		"tcp:127.0.0.1:",
		"tcp:127.0.0.1:http",
		"tcp:127.0.0.1:-1",
		"tcp:127.0.0.1:+80",
		"tcp:127.0.0.1: 80",
		"tcp:127.0.0.1:80 ",
		"tcp:127.0.0.1:65536",
		"tcp:127.0.0.1:99999999999999999999",
		"tcp:80",
		"tcp:::1:80",
		"tcp:::80",
		"tcp:[::1]",
		"tcp:[::1:80",
		"tcp:::1]:80",
		"tcp:[::1]80",
	};
	int free_before = lowest_free();
	char longest[400] = "tcp:";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(malformed); i++)
		assert_refused(malformed[i], -EINVAL,
			       "not HOST:PORT or [IPV6]:PORT with a port from "
			       "0 to 65535");
	memset(longest + 4, 'a', 300);
	(void)strcat(longest, ":80");
	assert_refused(longest, -EINVAL, "not HOST:PORT");
	assert_int_equal(lowest_free(), free_before);
}

static void an_unknown_kind_is_told_the_known_ones(void **state)
{
	static const char *const unknown[] = {
		"",    "tcp",	  "udp:1.2.3.4:5", "127.0.0.1:80",
		":80", "TCP::80", "unix",	   "/run/x",
		"@x"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
		assert_refused(unknown[i], -EINVAL,
			       "expected tcp:HOST:PORT, tcp:[IPV6]:PORT, "
			       "unix:/PATH or unix:@NAME");
}

static void nothing_is_closed_twice(void **state)
{
	struct listen_socket none = LISTEN_SOCKET_NULL;
	struct attempt opened = attempt_good("tcp:127.0.0.1:0");
	int fd = opened.socket.fd;

	(void)state;
	listen_close(&none);
	listen_close(&opened.socket);
	assert_int_equal(dup2(0, fd), fd);
	listen_close(&opened.socket);
	assert_int_equal(close(fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ipv4_address_is_served_and_port_0_is_told),
		cmocka_unit_test(an_ipv6_address_stands_in_brackets),
		cmocka_unit_test(one_family_only_is_served_by_an_address_of_it),
		cmocka_unit_test(a_wildcard_serves_both_families),
		cmocka_unit_test(a_wildcard_is_ipv4_where_there_is_no_ipv6),
		cmocka_unit_test(a_name_is_looked_up),
		cmocka_unit_test(a_port_that_is_taken_is_eaddrinuse),
		cmocka_unit_test(a_port_can_be_served_again_at_once),
		cmocka_unit_test(an_address_that_is_not_ours_is_eaddrnotavail),
		cmocka_unit_test(
			what_is_no_address_is_einval_and_nothing_stays_open),
		cmocka_unit_test(an_unknown_kind_is_told_the_known_ones),
		cmocka_unit_test(nothing_is_closed_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
