/*
 * test_worker.c - muster_worker_*: who it is, what it says on a real datagram
 * socket.
 */
#include "base/fd.h"
#include "service/test_worker.h"

static void check_said(const struct stage *stage, const char *message)
{
	char buffer[512] = "";
	ssize_t length =
		recv(stage->reader, buffer, sizeof(buffer) - 1, MSG_DONTWAIT);

	assert_int_equal(length, strlen(message));
	assert_string_equal(buffer, message);
	assert_false(is_readable(stage->reader));
}

static void it_knows_who_it_is(void **state)
{
	struct stage *stage = *state;
	int fds[2] = {7, 9};

	assert_int_equal(muster_worker_id(&stage->worker), 0);
	assert_int_equal(muster_worker_generation(&stage->worker), 1);
	assert_string_equal(muster_worker_service(&stage->worker), "web");
	assert_null(muster_worker_backdoor(&stage->worker));
	assert_int_equal(muster_worker_listener(&stage->worker, 0), -ENOENT);
	stage->home.backdoor = "127.0.0.1:1";
	stage->worker.listen_fds = fds;
	stage->worker.listener_count = 2;
	assert_string_equal(muster_worker_backdoor(&stage->worker),
			    "127.0.0.1:1");
	assert_int_equal(muster_worker_listener(&stage->worker, 1), 9);
	assert_int_equal(muster_worker_listener(&stage->worker, 2), -ENOENT);
}

static void the_launchers_own_copy_has_no_one_to_speak_to(void **state)
{
	struct stage *stage = *state;
	struct muster_worker copy;

	worker_init(&copy, NULL, &stage->service);
	assert_int_equal(muster_worker_id(&copy), MUSTER_WORKER_MASTER);
	assert_int_equal(muster_worker_generation(&copy), 0);
	assert_string_equal(muster_worker_service(&copy), "web");
	assert_null(muster_worker_backdoor(&copy));
	assert_int_equal(muster_worker_stop_reason(&copy), MUSTER_STOP_NONE);
	assert_int_equal(muster_worker_ready(&copy), 0);
	assert_int_equal(muster_worker_ping(&copy), 0);
	assert_int_equal(muster_worker_status(&copy, "x"), 0);
	assert_int_equal(muster_worker_extend(&copy, NSEC_PER_SEC), 0);
	assert_int_equal(muster_worker_stop(&copy), -EINVAL);
	assert_int_equal(muster_worker_get_fd(&copy), -EINVAL);
	worker_fini(&copy);
}

static void its_messages_are_those_of_sd_notify(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(muster_worker_ready(&stage->worker), 0);
	check_said(stage, "READY=1");
	assert_int_equal(muster_worker_ping(&stage->worker), 0);
	check_said(stage, "WATCHDOG=1");
	assert_int_equal(muster_worker_status(&stage->worker, "at rest"), 0);
	check_said(stage, "STATUS=at rest");
	assert_int_equal(muster_worker_status(&stage->worker, ""), 0);
	check_said(stage, "STATUS=");
	assert_int_equal(
		muster_worker_extend(&stage->worker, 1500 * NSEC_PER_USEC), 0);
	check_said(stage, "EXTEND_TIMEOUT_USEC=1500");
	assert_int_equal(muster_worker_extend(&stage->worker, MUSTER_FOREVER),
			 0);
	check_said(stage, "EXTEND_TIMEOUT_USEC=18446744073709551");
}

static void a_status_that_is_too_long_is_cut(void **state)
{
	struct stage *stage = *state;
	char status[1024];
	char said[512] = "";

	memset(status, 'x', sizeof(status) - 1);
	status[sizeof(status) - 1] = '\0';
	assert_int_equal(muster_worker_status(&stage->worker, status), 0);
	assert_true(recv(stage->reader, said, sizeof(said) - 1, MSG_DONTWAIT) >
		    256);
	assert_memory_equal(said, "STATUS=xxx", 10);
}

/* Half a character would make the whole message refused. */
static void a_status_is_cut_between_characters(void **state)
{
	struct stage *stage = *state;
	char status[301];
	char said[512] = "";

	for (size_t i = 0; i + 1 < sizeof(status); i += 2)
		memcpy(status + i, "\xc3\xa9", 2);
	status[300] = '\0';
	assert_int_equal(muster_worker_status(&stage->worker, status), 0);
	assert_int_equal(recv(stage->reader, said, sizeof(said), MSG_DONTWAIT),
			 7 + 254);
	assert_memory_equal(said + 7, status, 254);
}

/* A name may hold what would be a message of its own. */
static void among_several_a_status_names_its_service(void **state)
{
	static char name[] = "web\nREADY=1";
	struct stage *stage = *state;
	struct upstream upstream = UPSTREAM_NULL;

	upstream.fd = stage->home.notify_fd;
	stage->home.upstream = &upstream;
	stage->service.name = name;
	upstream.services = 1;
	assert_int_equal(muster_worker_status(&stage->worker, "x"), 0);
	check_said(stage, "STATUS=x");
	upstream.services = 2;
	assert_int_equal(muster_worker_status(&stage->worker, "x"), 0);
	check_said(stage, "STATUS=web?READY=1: x");
}

/* The last of all that was asked for, for the stop that is on. */
static void more_time_is_noted_for_whoever_waits(void **state)
{
	struct stage *stage = *state;
	struct muster_worker *worker = &stage->worker;
	uint64_t noted_ns;

	stage->home.notify_fd = fd_close(stage->home.notify_fd);
	assert_int_equal(muster_worker_extend(worker, MUSTER_FOREVER), 0);
	assert_true(atomic_load(&stage->home.extended_ns) == 0);
	assert_false(is_readable(stage->home.wake_fd));
	atomic_store(&stage->home.stop_reason, MUSTER_STOP_OPERATOR);
	assert_int_equal(muster_worker_extend(worker, 60 * NSEC_PER_SEC), 0);
	noted_ns = atomic_load(&stage->home.extended_ns);
	assert_true(noted_ns > 60 * NSEC_PER_SEC);
	assert_true(is_readable(stage->home.wake_fd));
	assert_int_equal(muster_worker_extend(worker, NSEC_PER_SEC), 0);
	assert_true(atomic_load(&stage->home.extended_ns) == noted_ns);
	assert_int_equal(muster_worker_extend(worker, MUSTER_FOREVER), 0);
	assert_true(atomic_load(&stage->home.extended_ns) == NSEC_NEVER);
}

static void nobody_who_asked_is_no_error(void **state)
{
	struct stage *stage = *state;
	int fd = stage->home.notify_fd;

	stage->home.has_watchdog = false;
	assert_int_equal(muster_worker_ping(&stage->worker), 0);
	assert_false(is_readable(stage->reader));
	stage->home.notify_fd = -1;
	assert_int_equal(muster_worker_ready(&stage->worker), 0);
	assert_int_equal(muster_worker_status(&stage->worker, "x"), 0);
	stage->home.notify_fd = fd;
}

static void a_listener_that_is_gone_is_an_error_and_no_signal(void **state)
{
	struct stage *stage = *state;
	int r;

	assert_int_equal(close(stage->reader), 0);
	r = muster_worker_ready(&stage->worker);
	stage->reader = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(r == -ECONNREFUSED || r == -ECONNRESET || r == -EPIPE);
}

static void bad_arguments_are_refused(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(muster_worker_id(NULL), -EINVAL);
	assert_int_equal(muster_worker_generation(NULL), 0);
	assert_string_equal(muster_worker_service(NULL), "");
	assert_null(muster_worker_backdoor(NULL));
	assert_int_equal(muster_worker_stop_reason(NULL), MUSTER_STOP_NONE);
	assert_int_equal(muster_worker_listener(NULL, 0), -EINVAL);
	assert_int_equal(muster_worker_ready(NULL), -EINVAL);
	assert_int_equal(muster_worker_ping(NULL), -EINVAL);
	assert_int_equal(muster_worker_status(NULL, "x"), -EINVAL);
	assert_int_equal(muster_worker_status(&stage->worker, NULL), -EINVAL);
	/* It would be a message of its own. */
	assert_int_equal(muster_worker_status(&stage->worker, "x\nREADY=1"),
			 -EINVAL);
	assert_int_equal(muster_worker_extend(NULL, NSEC_PER_SEC), -EINVAL);
	assert_int_equal(
		muster_worker_extend(&stage->worker, NSEC_PER_USEC - 1),
		-EINVAL);
	assert_int_equal(muster_worker_stop(NULL), -EINVAL);
	assert_int_equal(muster_worker_get_fd(NULL), -EINVAL);
	assert_int_equal(muster_worker_dispatch(NULL), -EINVAL);
	/* It has no loop of its own. */
	assert_int_equal(muster_worker_dispatch(&stage->worker), -EINVAL);
	assert_false(is_readable(stage->reader));
}

static void every_reason_has_a_name(void **state)
{
	(void)state;
	for (int i = 0; i < MUSTER_STOP_REASONS; i++)
		assert_string_not_equal(
			muster_stop_reason_name((enum muster_stop_reason)i),
			"?");
	assert_string_equal(muster_stop_reason_name(MUSTER_STOP_RELOAD),
			    "reload");
	assert_string_equal(muster_stop_reason_name(MUSTER_STOP_REASONS), "?");
}

static void a_stop_wakes_whoever_waits(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(muster_worker_stop(&stage->worker), 0);
	assert_true(atomic_load(&stage->home.is_stop_wanted));
	assert_true(is_readable(stage->home.wake_fd));
}

/* A thousand workers that are ready would each wake a thread for nothing. */
static void ready_wakes_whoever_has_an_upstream_to_tell(void **state)
{
	struct stage *stage = *state;
	struct upstream upstream = UPSTREAM_NULL;

	assert_int_equal(muster_worker_ready(&stage->worker), 0);
	check_said(stage, "READY=1");
	assert_false(is_readable(stage->home.wake_fd));
	atomic_store(&stage->worker.is_ready, false);
	stage->home.upstream = &upstream;
	assert_int_equal(muster_worker_ready(&stage->worker), 0);
	assert_true(is_readable(stage->home.wake_fd));
}

/* In signal handlers, too, which must not change it. */
static void a_stop_leaves_errno_alone(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(eventfd_write(stage->home.wake_fd, UINT64_MAX - 1), 0);
	errno = EXDEV;
	assert_int_equal(muster_worker_stop(&stage->worker), 0);
	assert_int_equal(errno, EXDEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		staged(it_knows_who_it_is),
		staged(the_launchers_own_copy_has_no_one_to_speak_to),
		staged(its_messages_are_those_of_sd_notify),
		staged(a_status_that_is_too_long_is_cut),
		staged(a_status_is_cut_between_characters),
		staged(among_several_a_status_names_its_service),
		staged(more_time_is_noted_for_whoever_waits),
		staged(nobody_who_asked_is_no_error),
		staged(a_listener_that_is_gone_is_an_error_and_no_signal),
		staged(bad_arguments_are_refused),
		staged(every_reason_has_a_name),
		staged(a_stop_wakes_whoever_waits),
		staged(ready_wakes_whoever_has_an_upstream_to_tell),
		staged(a_stop_leaves_errno_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
