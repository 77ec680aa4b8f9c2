/*
 * test_backdoor_open.c - where a backdoor listens: ports, ranges and paths, the
 * reference's cases 60 to 74.
 */
#include "service/talking.h"

static char directory[] = "/tmp/muster-backdoor-XXXXXX";
static char path[64]; /* of the socket, in directory */

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/socket", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	(void)unlink(path); /* most tests leave none */
	return rmdir(directory);
}

static void check_says(const char *port, const char *socket,
		       const char *expected)
{
	char words[ERROR_SIZE];
	struct text error;

	text_init(&error, words, sizeof(words));
	assert_int_equal(backdoor_check(port, socket, &error),
			 *expected ? -EINVAL : 0);
	assert_int_equal(strncmp(words, expected, strlen(expected)), 0);
	if (*expected == '\0')
		assert_string_equal(words, "");
	else if (!socket)
		assert_non_null(strstr(words, ". Acceptable values are 0, "
					      "<port>, and <start>:<end>"));
}

static ino_t inode(const char *file)
{
	struct stat status;

	return lstat(file, &status) == 0 ? status.st_ino : 0;
}

/* A file with these bytes. */
static void put_file(const char *bytes)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
	assert_int_equal(close(fd), 0);
}

/* A port that was free a moment ago, and the one behind it too. */
static uint16_t two_free_ports(void)
{
	for (unsigned int i = 0; i < 1000; i++) {
		struct backdoor *first = door_open("0", NULL);
		uint16_t port = door_port(first);
		struct backdoor *second = NULL;
		char words[ERROR_SIZE];
		char next[8];
		struct text error;

		text_init(&error, words, sizeof(words));
		(void)snprintf(next, sizeof(next), "%d", port + 1);
		if (port < 65535)
			(void)backdoor_open(next, NULL, &second, &error);
		backdoor_free(first);
		if (!second)
			continue;
		backdoor_free(second);
		return port;
	}
	fail_msg("no two ports are free");
	return 0;
}

static const char *range(int first, int last)
{
	static char words[16];

	(void)snprintf(words, sizeof(words), "%d:%d", first, last);
	return words;
}

static void what_is_no_port_is_refused_in_the_reference_s_words(void **state)
{
	static const char *const wrong[] = {
		"abc",
		"",
		":",
		"1:",
		":1",
		"1:2:3",
		" 1",
		"-1",
		"65536",
		"0:65536",
		"+1",
		"1x",
		"1:2x",
		"65536:1",
		"99999999999999999999",
		"0x10",
		"1-",
		"1.0",
		"000000000000000000000000000000001",
	};
	char expected[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		(void)snprintf(expected, sizeof(expected),
			       "Invalid backdoor_port configuration %s: a port "
			       "is a number from 0 to 65535. ",
			       wrong[i]);
		check_says(wrong[i], NULL, expected);
		door_refused(wrong[i], NULL, -EINVAL, expected);
	}
}

static void a_reversed_range_is_refused(void **state)
{
	(void)state;
	check_says("8888:7777", NULL,
		   "Invalid backdoor_port configuration 8888:7777: the range "
		   "ends before it begins. ");
	door_refused("8888:7777", NULL, -EINVAL, "Invalid backdoor_port");
}

static void what_is_right_passes_the_check_and_opens_nothing(void **state)
{
	int free_before = lowest_free();

	(void)state;
	check_says(NULL, NULL, "");
	check_says("0", NULL, "");
	check_says("65535", NULL, "");
	check_says("0:65535", NULL, "");
	check_says("7777:7777", NULL, "");
	check_says(NULL, path, "");
	assert_int_equal(inode(path), 0);
	assert_int_equal(lowest_free(), free_before);
}

/* As in the reference, where the port is not even looked at then. */
static void the_path_wins_over_the_port(void **state)
{
	struct backdoor *backdoor;

	(void)state;
	check_says("abc", path, "");
	backdoor = door_open("abc", path);
	assert_string_equal(backdoor_where(backdoor), path);
	backdoor_free(backdoor);
}

static void a_random_port_is_told(void **state)
{
	struct backdoor *backdoor = door_open("0", NULL);
	struct backdoor *other = door_open("0", NULL);

	(void)state;
	assert_true(door_port(backdoor) > 0);
	assert_true(door_port(other) > 0);
	assert_int_not_equal(door_port(backdoor), door_port(other));
	assert_int_equal(close(client_connect(backdoor)), 0);
	backdoor_free(backdoor);
	backdoor_free(other);
}

static void a_port_in_use_is_an_error(void **state)
{
	struct backdoor *backdoor = door_open("0", NULL);
	char expected[64];

	(void)state;
	(void)snprintf(expected, sizeof(expected),
		       "backdoor %s: Address already in use",
		       backdoor_where(backdoor));
	door_refused(backdoor_where(backdoor) + strlen("127.0.0.1:"), NULL,
		     -EADDRINUSE, expected);
	backdoor_free(backdoor);
}

static void a_range_opened_twice_gives_its_two_ports_and_then_none(void **state)
{
	uint16_t port = two_free_ports();
	struct backdoor *first = door_open(range(port, port + 1), NULL);
	struct backdoor *second = door_open(range(port, port + 1), NULL);

	(void)state;
	assert_int_equal(door_port(first), port);
	assert_int_equal(door_port(second), port + 1);
	door_refused(range(port, port + 1), NULL, -EADDRINUSE,
		     "Address already in use");
	backdoor_free(first);
	first = door_open(range(port, port + 1), NULL);
	assert_int_equal(door_port(first), port);
	backdoor_free(first);
	backdoor_free(second);
}

/* Who hangs up first keeps the connection in TIME_WAIT. */
static void a_port_can_be_had_again_at_once(void **state)
{
	char port[8];
	struct backdoor *backdoor;
	int fd;

	(void)state;
	(void)snprintf(port, sizeof(port), "%d", two_free_ports());
	backdoor = door_open(port, NULL);
	fd = client_join(backdoor);
	client_say(fd, "quit\n");
	client_hears(backdoor, fd, NULL);
	assert_int_equal(close(fd), 0);
	backdoor_free(backdoor);
	backdoor = door_open(port, NULL);
	backdoor_free(backdoor);
}

static void only_loopback_is_listened_on(void **state)
{
	struct backdoor *backdoor = door_open("0", NULL);
	struct sockaddr_in name = {
		.sin_family = AF_INET,
		.sin_port = htons(door_port(backdoor)),
		.sin_addr.s_addr = htonl(0x7f000002), /* 127.0.0.2 */
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof(name)),
			 -1);
	assert_int_equal(errno, ECONNREFUSED);
	assert_int_equal(close(fd), 0);
	backdoor_free(backdoor);
}

static void a_path_is_served_and_removed_afterwards(void **state)
{
	int free_before = lowest_free();
	struct backdoor *backdoor = door_open(NULL, path);

	(void)state;
	assert_string_equal(backdoor_where(backdoor), path);
	assert_null(backdoor_warning(backdoor));
	assert_int_equal(close(client_connect(backdoor)), 0);
	assert_null(backdoor_free(backdoor));
	assert_int_equal(inode(path), 0);
	assert_int_equal(lowest_free(), free_before);
	assert_null(backdoor_free(NULL));
	assert_null(backdoor_abandon(NULL));
}

static void the_file_is_its_owner_s_alone_whatever_the_umask(void **state)
{
	mode_t before = umask(0);
	struct backdoor *backdoor = door_open(NULL, path);
	struct stat status;

	(void)state;
	assert_int_equal(umask(before), 0);
	assert_int_equal(lstat(path, &status), 0);
	assert_int_equal(status.st_mode, S_IFSOCK | 0600);
	backdoor_free(backdoor);
}

static void the_pid_is_put_into_the_path(void **state)
{
	char format[96];
	char expected[96];
	struct backdoor *backdoor;

	(void)state;
	(void)snprintf(format, sizeof(format), "%s/{pid}-{{x}}-{pid}",
		       directory);
	(void)snprintf(expected, sizeof(expected), "%s/%d-{x}-%d", directory,
		       getpid(), getpid());
	backdoor = door_open(NULL, format);
	assert_string_equal(backdoor_where(backdoor), expected);
	assert_null(backdoor_warning(backdoor));
	backdoor_free(backdoor);
	assert_int_equal(inode(expected), 0);
}

static void a_broken_format_is_taken_as_it_is_with_a_warning(void **state)
{
	static const char *const broken[] = {
		"{",	  "}",	    "{pid", "{foo}{pid}",
		"{pid}}", "{{pid}", "{}",   "{PID}",
	};
	char format[96];
	struct backdoor *backdoor;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		(void)snprintf(format, sizeof(format), "%s/%s", directory,
			       broken[i]);
		check_says(NULL, format, "");
		backdoor = door_open(NULL, format);
		assert_string_equal(backdoor_where(backdoor), format);
		assert_non_null(backdoor_warning(backdoor));
		assert_non_null(strstr(backdoor_warning(backdoor), "{pid}"));
		backdoor_free(backdoor);
		assert_int_equal(inode(format), 0);
	}
}

static void what_is_there_is_replaced(void **state)
{
	struct backdoor *old = door_open(NULL, path);
	struct backdoor *backdoor = door_open(NULL, path);
	ino_t new = inode(path);

	(void)state;
	/* And stays when its last owner ends. */
	backdoor_free(old);
	assert_int_equal(inode(path), new);
	assert_int_equal(close(client_join(backdoor)), 0);
	backdoor_free(backdoor);
	assert_int_equal(inode(path), 0);
	put_file("");
	backdoor = door_open(NULL, path);
	backdoor_free(backdoor);
	assert_int_equal(symlink("/nonexistent", path), 0);
	backdoor = door_open(NULL, path);
	backdoor_free(backdoor);
}

static void a_file_with_content_is_left_alone(void **state)
{
	(void)state;
	put_file("x");
	door_refused(NULL, path, -EADDRINUSE, path);
	assert_int_not_equal(inode(path), 0);
	assert_int_equal(unlink(path), 0);
}

static void what_cannot_be_removed_or_made_is_an_error(void **state)
{
	int free_before = lowest_free();
	char expected[96];

	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(expected, sizeof(expected),
		       "backdoor %s: Is a directory", path);
	door_refused(NULL, path, -EISDIR, expected);
	assert_int_equal(rmdir(path), 0);
	door_refused(NULL, "/nonexistent/socket", -ENOENT,
		     "backdoor /nonexistent/socket: No such file");
	assert_int_equal(lowest_free(), free_before);
}

/* Cases 64 to 66, by a filter in the kernel: in a child. */
static int story_denied(unsigned int number, unsigned int denied, int expected)
{
	struct backdoor *backdoor = NULL;
	char words[ERROR_SIZE];
	struct text error;
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	text_init(&error, words, sizeof(words));
	CHILD_CHECK(fd >= 0);
	if (child_deny(number, denied) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(backdoor_open(NULL, path, &backdoor, &error) == expected);
	CHILD_CHECK(strstr(words, strerror(-expected)));
	CHILD_CHECK(!backdoor);
	return 0;
}

static int story_unlink_is_not_permitted(void)
{
	return story_denied(SYS_unlink, EPERM, -EPERM);
}

/* Somebody else did it; here the file is still in the way of the retry, of
 * which there is one. */
static int story_unlink_finds_nothing(void)
{
	return story_denied(SYS_unlink, ENOENT, -EADDRINUSE);
}

static int story_bind_is_not_permitted(void)
{
	return story_denied(SYS_bind, EPERM, -EPERM);
}

static void errors_of_unlink_and_bind_are_given_back(void **state)
{
	(void)state;
	in_child(story_unlink_is_not_permitted);
	in_child(story_unlink_finds_nothing);
	in_child(story_bind_is_not_permitted);
	assert_int_equal(unlink(path), 0);
}

static void a_path_has_107_bytes_at_most_and_one_at_least(void **state)
{
	char name[128] = "";
	size_t length = strlen(path);
	struct backdoor *backdoor;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	memcpy(name, path, length);
	name[107] = '\0';
	check_says(NULL, name, "");
	backdoor = door_open(NULL, name);
	assert_string_equal(backdoor_where(backdoor), name);
	backdoor_free(backdoor);
	(void)strcat(name, "x");
	check_says(NULL, name, "Invalid backdoor_socket configuration /tmp");
	door_refused(NULL, name, -EINVAL, "longer than the 107 bytes");
	/* With any pid in it. */
	(void)strcpy(name + 100, "{pid}");
	check_says(NULL, name, "");
	(void)strcpy(name + 100, "x{pid}");
	check_says(NULL, name, "Invalid backdoor_socket configuration /tmp");
	check_says(NULL, "", "Invalid backdoor_socket configuration : ");
	door_refused(NULL, "", -EINVAL, "the path is empty");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_is_no_port_is_refused_in_the_reference_s_words),
		cmocka_unit_test(a_reversed_range_is_refused),
		cmocka_unit_test(
			what_is_right_passes_the_check_and_opens_nothing),
		cmocka_unit_test(the_path_wins_over_the_port),
		cmocka_unit_test(a_random_port_is_told),
		cmocka_unit_test(a_port_in_use_is_an_error),
		cmocka_unit_test(
			a_range_opened_twice_gives_its_two_ports_and_then_none),
		cmocka_unit_test(a_port_can_be_had_again_at_once),
		cmocka_unit_test(only_loopback_is_listened_on),
		cmocka_unit_test(a_path_is_served_and_removed_afterwards),
		cmocka_unit_test(
			the_file_is_its_owner_s_alone_whatever_the_umask),
		cmocka_unit_test(the_pid_is_put_into_the_path),
		cmocka_unit_test(
			a_broken_format_is_taken_as_it_is_with_a_warning),
		cmocka_unit_test(what_is_there_is_replaced),
		cmocka_unit_test(a_file_with_content_is_left_alone),
		cmocka_unit_test(what_cannot_be_removed_or_made_is_an_error),
		cmocka_unit_test(errors_of_unlink_and_bind_are_given_back),
		cmocka_unit_test(a_path_has_107_bytes_at_most_and_one_at_least),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
