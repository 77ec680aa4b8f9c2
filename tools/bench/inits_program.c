/*
 * inits_program.c - the program that inits are measured with.
 *
 * Without a C library, as worker.c and for the same reason. Its first act is to
 * read the clock; what it does then the page says. It dies with its init, which
 * not every init sees to; the first process of a namespace takes all with it.
 */
#include <linux/futex.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <stdbool.h>

#include "call.h"
#include "inits_page.h"

#define PROGRAM_EVERYBODY 0x7fffffff
#define PROGRAM_NAP_NS 500000
/* A look at all of a group of ten thousand costs those who end. */
#define PROGRAM_LOOK_NS 10000000
/* A call needs no more. */
#define PROGRAM_STACK 256
/* What orphans have from their mother, so that ten thousand need little. */
#define PROGRAM_SHARED \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD)

/* A handler is given nothing that this could hang on. */
static struct inits_page *page;
/* The last one is the mother's. */
static _Alignas(16) char stacks[INITS_ORPHANS_MAX + 1][PROGRAM_STACK];

static __attribute__((noreturn)) void leave(long status)
{
	for (;;)
		(void)call4(__NR_exit_group, status, 0, 0, 0);
}

/* Adds one to a futex. */
static void raise_word(uint32_t *word)
{
	__atomic_add_fetch(word, 1, __ATOMIC_SEQ_CST);
	(void)call4(__NR_futex, address(word), FUTEX_WAKE, PROGRAM_EVERYBODY,
		    0);
}

static void wait_for(const uint32_t *word)
{
	while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == 0)
		(void)call4(__NR_futex, address(word), FUTEX_WAIT, 0, 0);
}

static void nap(long duration_ns)
{
	const long duration[2] = {0, duration_ns};

	(void)call4(__NR_nanosleep, address(duration), 0, 0, 0);
}

void restore(void);
__asm__("restore:\n\t"
	"mov $15, %eax\n\t" /* rt_sigreturn */
	"syscall\n");

/* The kernel wants to be told how a handler returns. */
static void handle(int signo, void (*handler)(int))
{
	const struct sigaction action = {
		.sa_handler = handler,
		.sa_flags = SA_RESTORER,
		.sa_restorer = restore,
	};

	(void)call4(__NR_rt_sigaction, signo, address(&action), 0,
		    sizeof(action.sa_mask));
}

static void answer(int signo)
{
	(void)signo;
	raise_word(&page->answers);
}

static __attribute__((noreturn)) void heed(int signo)
{
	(void)signo;
	page->heard_ns = call_now_ns();
	page->left_ns = call_now_ns();
	leave(0);
}

static void tie_to_init(void)
{
	(void)call4(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0);
	if (call4(__NR_getpid, 0, 0, 0, 0) != page->init_pid &&
	    call4(__NR_getppid, 0, 0, 0, 0) != page->init_pid)
		leave(1);
}

static __attribute__((noreturn)) void stay(int signo, void (*handler)(int))
{
	tie_to_init();
	handle(signo, handler);
	raise_word(&page->begun);
	for (;;)
		(void)call4(__NR_pause, 0, 0, 0, 0);
}

static __attribute__((noreturn)) void storm_be_orphan(void)
{
	wait_for(&page->storm.falls);
	__atomic_add_fetch(&page->storm.ended, 1, __ATOMIC_SEQ_CST);
	leave(0);
}

/* As many as may be had, in a group of their own, and without a parent as soon
 * as they are all there. */
static __attribute__((noreturn)) void storm_be_mother(void)
{
	struct inits_storm *storm = &page->storm;
	uint32_t made = 0;

	(void)call4(__NR_setpgid, 0, 0, 0, 0);
	while (made < storm->wanted && made < INITS_ORPHANS_MAX) {
		if (call_clone(PROGRAM_SHARED, stacks[made + 1],
			       storm_be_orphan) < 0)
			break;
		made++;
	}
	storm->made = made;
	leave(0);
}

/* It is an orphan itself when the program first dies; its session keeps it
 * apart from the program's group, which may be killed then. The memory that all
 * share is its own: were it that of one who ends, the kernel would look through
 * all for another owner each time one does. */
static __attribute__((noreturn)) void storm_be_master(void)
{
	struct inits_storm *storm = &page->storm;
	long mother;

	(void)call4(__NR_setsid, 0, 0, 0, 0);
	mother = call_clone(CLONE_VM | SIGCHLD,
			    stacks[INITS_ORPHANS_MAX] + PROGRAM_STACK,
			    storm_be_mother);
	(void)call4(__NR_wait4, mother, 0, 0, 0);
	raise_word(&storm->is_ready);
	wait_for(&storm->is_on);
	storm->begin_ns = call_now_ns();
	raise_word(&storm->falls);
	/* A zombie is still of its group. */
	while (call4(__NR_kill, -mother, 0, 0, 0) == 0)
		nap(PROGRAM_LOOK_NS);
	storm->reaped_ns = call_now_ns();
	raise_word(&storm->is_reaped);
	/* Nor is it to be taken for one of them. */
	wait_for(&storm->is_dismissed);
	leave(0);
}

static bool storm_is_on(const struct inits_storm *storm, uint32_t life)
{
	return storm->is_restarted && life < INITS_RESTARTS_MAX &&
	       __atomic_load_n(&storm->ended, __ATOMIC_SEQ_CST) < storm->made;
}

static __attribute__((noreturn)) void storm_live(uint64_t begin_ns)
{
	struct inits_storm *storm = &page->storm;
	uint32_t life = storm->lives++;

	if (life > 0) {
		storm->restart_ns[life - 1] = begin_ns - storm->died_ns;
		storm->restarts = life;
	} else if (call4(__NR_fork, 0, 0, 0, 0) == 0) {
		storm_be_master();
	}
	wait_for(&storm->is_on);
	/* Whoever launched it goes to sleep. */
	nap(PROGRAM_NAP_NS);
	if (storm_is_on(storm, life)) {
		storm->died_ns = call_now_ns();
		leave(1);
	}
	raise_word(&storm->is_over);
	wait_for(&storm->is_dismissed);
	leave(0);
}

static void map_page(void)
{
	long result =
		call6(__NR_mmap, (const long[6]){0, sizeof(struct inits_page),
						 PROT_READ | PROT_WRITE,
						 MAP_SHARED, BENCH_PAGE_FD, 0});

	if (result < 0)
		leave(1);
	page = (struct inits_page *)result;
}

/* stack: argc, the arguments, NULL, the environment, NULL (System V ABI). */
__attribute__((used, noreturn)) static void start(const long *stack)
{
	uint64_t begin_ns;

	if (stack[0] > 1)
		leave(0);
	begin_ns = call_now_ns();
	map_page();
	if (page->part == INITS_STORM)
		storm_live(begin_ns);
	page->begin_ns = begin_ns;
	if (page->part == INITS_STAY)
		stay(SIGUSR2, answer);
	if (page->part == INITS_HEED)
		stay(SIGTERM, heed);
	leave(0);
}

__asm__(".globl _start\n"
	"_start:\n\t"
	"xor %ebp, %ebp\n\t"
	"mov %rsp, %rdi\n\t"
	"and $-16, %rsp\n\t"
	"call start\n");
