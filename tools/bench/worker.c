/*
 * worker.c - the program that launchers are measured with.
 *
 * Without a C library, for that costs more to start than everything measured
 * here. Its first act is to read the clock; then it looks up its slot in the
 * environment, maps the page, leaves stamp and pid there, says that it is ready
 * where somebody asks for it, and sleeps until it is killed. What it does after
 * the stamp is in nobody's latency. It dies with its launcher, which not every
 * floor sees to.
 */
#include <asm/unistd.h>
#include <linux/futex.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/un.h>

#include "call.h"
#include "page.h"

#define WORKER_SIGKILL 9
#define WORKER_PROT_READ_WRITE 3
/* Of the C library's headers. */
#define AF_UNIX 1
#define SOCK_DGRAM 2

/* What is behind NAME= in the environment; NULL without it. */
static const char *variable(char *const *environment, const char *name)
{
	for (; *environment; environment++) {
		const char *rest = *environment;
		const char *wanted = name;

		while (*wanted && *rest == *wanted) {
			rest++;
			wanted++;
		}
		if (!*wanted)
			return rest;
	}
	return 0;
}

static uint32_t number(const char *text)
{
	uint32_t value = 0;

	while (text && *text >= '0' && *text <= '9')
		value = value * 10 + (uint32_t)(*text++ - '0');
	return value;
}

/* Among the slots of all services. */
static uint32_t slot_number(char *const *environment)
{
	uint32_t slot = number(variable(environment, "BENCH_FIRST=")) +
			number(variable(environment, "MUSTER_WORKER_ID="));

	return slot < BENCH_WORKERS_MAX ? slot : 0;
}

/* READY=1, as sd_notify(3) says it, to an abstract address. */
static void say_ready(const char *socket)
{
	static const char text[] = "READY=1";
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	long length = 1; /* the first byte stays NUL for "@" */
	long fd;

	if (!socket)
		return;
	while (socket[length] && length < UNIX_PATH_MAX) {
		name.sun_path[length] = socket[length];
		length++;
	}
	fd = call4(__NR_socket, AF_UNIX, SOCK_DGRAM, 0, 0);
	(void)call6(__NR_sendto,
		    (const long[6]){fd, address(text), sizeof(text) - 1, 0,
				    address(&name),
				    (long)sizeof(name.sun_family) + length});
	(void)call4(__NR_close, fd, 0, 0, 0);
}

static __attribute__((noreturn)) void leave(void)
{
	for (;;)
		(void)call4(__NR_exit_group, 1, 0, 0, 0);
}

static void tie_to_launcher(const struct bench_page *page)
{
	(void)call4(__NR_prctl, PR_SET_PDEATHSIG, WORKER_SIGKILL, 0, 0);
	if (call4(__NR_getppid, 0, 0, 0, 0) != page->launcher_pid)
		leave();
}

static void report(struct bench_page *page, char *const *environment,
		   uint64_t stamp_ns)
{
	uint32_t number = slot_number(environment);
	struct bench_slot *slot = &page->slots[number];
	int count = 0;
	uint32_t started;

	while (environment[count])
		count++;
	slot->environment_count = count;
	if (count > 0)
		slot->environment_bytes =
			environment[count - 1] - environment[0];
	slot->stamp_ns = stamp_ns;
	slot->pid = (int32_t)call4(__NR_getpid, 0, 0, 0, 0);
	page->last_slot = number;
	started = __atomic_add_fetch(&page->started, 1, __ATOMIC_SEQ_CST);
	if (started == __atomic_load_n(&page->wake_at, __ATOMIC_SEQ_CST))
		(void)call4(__NR_futex, address(&page->started), FUTEX_WAKE, 1,
			    0);
}

static struct bench_page *map_page(void)
{
	long page =
		call6(__NR_mmap, (const long[6]){0, sizeof(struct bench_page),
						 WORKER_PROT_READ_WRITE,
						 MAP_SHARED, BENCH_PAGE_FD, 0});

	if (page < 0)
		leave();
	return (struct bench_page *)page;
}

/* stack: argc, the arguments, NULL, the environment, NULL (System V ABI). */
__attribute__((used, noreturn)) static void start(long *stack)
{
	uint64_t stamp_ns = call_now_ns();
	char *const *environment = (char *const *)(stack + stack[0] + 2);
	struct bench_page *page = map_page();

	tie_to_launcher(page);
	report(page, environment, stamp_ns);
	say_ready(variable(environment, "NOTIFY_SOCKET="));
	for (;;)
		(void)call4(__NR_pause, 0, 0, 0, 0);
}

__asm__(".globl _start\n"
	"_start:\n\t"
	"xor %ebp, %ebp\n\t"
	"mov %rsp, %rdi\n\t"
	"and $-16, %rsp\n\t"
	"call start\n");
