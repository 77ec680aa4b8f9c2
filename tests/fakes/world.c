/*
 * world.c - the fake world itself: processes, their ends, the record of what
 * was done. The headers it stands behind are in the other files.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <assert.h>
#include <fcntl.h>

#include "fakes/fake.h"
#include "fakes/news.h"

struct fake_world fake;

void fake_begin(void)
{
	fake = (struct fake_world){
		.now_ns = FAKE_START_NS,
		.birth = {.life_ns = NSEC_NEVER, .code = CLD_EXITED},
		.exec_takes_ns = 50 * NSEC_PER_USEC,
		.has_pidfds = true,
		.signals_groups = true,
		.nofile_soft = 1024,
		.nofile_hard = 524288,
		.lowest_free_fd = 3,
		.notify_room = NOTIFY_ROOM_MAX,
		.parent_fd = -1,
		.launcher_fd = -1,
		.notify_fd = -1,
		.notify_send_fd = -1,
		.newline_fd = -1,
		.await_fd = -1,
	};
	list_init(&fake.living);
	news_begin();
	said_begin();
}

static void fake_check_closed(int fd, const char *what)
{
	if (fd < 0 || fcntl(fd, F_GETFD) < 0)
		return;
	fake_blame("%s was left open", what);
	(void)close(fd); /* not this test's any more */
}

static void fake_check_counts(void)
{
	if (fake.loops != 0)
		fake_blame("%d loops were not freed", fake.loops);
	if (fake.pools != 0)
		fake_blame("%d pools were not freed", fake.pools);
	if (fake.reports != 0)
		fake_blame("%d blocks of reports were not freed", fake.reports);
	if (fake.cgroups != 0)
		fake_blame("%d cgroups were left open", fake.cgroups);
	if (fake.listeners != 0)
		fake_blame("%d listeners were left open", fake.listeners);
	if (fake_open_pidfds() != 0)
		fake_blame("%u pidfds were left open", fake_open_pidfds());
	if (fake_live() != 0)
		fake_blame("%u processes outlive us", fake_live());
}

void fake_end(void)
{
	fake_check_counts();
	fake_check_closed(fake.parent_fd, "the parent's pidfd");
	fake_check_closed(fake.launcher_fd, "the launcher's pidfd");
	fake_check_closed(fake.notify_fd, "the notify socket");
	fake_check_closed(fake.notify_send_fd, "the socket connected to it");
	fake_check_closed(fake.newline_fd, "the newline socket");
	fake_check_closed(fake.await_fd, "what awaits launches");
	for (uint32_t i = 0; i < fake.count; i++) {
		fake_check_closed(fake.processes[i]->launch_fd, "a launch");
		free(fake.processes[i]);
	}
	free(fake.processes);
	free(fake.owners);
	free(fake.records);
	fake.processes = NULL;
	fake.owners = NULL;
	fake.records = NULL;
	fake.count = 0;
	fake.owner_count = 0;
	fake.record_count = 0;
	fake.record_capacity = 0;
	list_init(&fake.living);
	news_end();
}

void fake_blame(const char *format, ...)
{
	va_list arguments;

	if (fake.faults++ > 0)
		return;
	va_start(arguments, format);
	(void)vsnprintf(fake.fault, sizeof(fake.fault), format, arguments);
	va_end(arguments);
}

void fake_note(enum fake_act act, pid_t pid, int number)
{
	if (fake.record_count == fake.record_capacity) {
		fake.record_capacity = 2 * fake.record_capacity + 256;
		fake.records = reallocarray(fake.records, fake.record_capacity,
					    sizeof(*fake.records));
		assert(fake.records);
	}
	fake.records[fake.record_count++] = (struct fake_record){
		.act = act,
		.pid = pid,
		.number = number,
		.time_ns = fake.now_ns,
	};
}

void fake_forget(void)
{
	fake.record_count = 0;
}

static bool fake_matches(const struct fake_record *record, enum fake_act act,
			 pid_t pid, int number)
{
	return record->act == act && (pid == -1 || record->pid == pid) &&
	       (number == -1 || record->number == number);
}

size_t fake_seek(size_t from, enum fake_act act, pid_t pid, int number)
{
	size_t i = from;

	while (i < fake.record_count &&
	       !fake_matches(&fake.records[i], act, pid, number))
		i++;
	return i;
}

uint32_t fake_count(enum fake_act act, pid_t pid, int number)
{
	uint32_t count = 0;

	for (size_t i = 0; i < fake.record_count; i++)
		count += fake_matches(&fake.records[i], act, pid, number);
	return count;
}

void fake_pass(uint64_t ns)
{
	fake.now_ns = nsec_add(fake.now_ns, ns);
}

struct fake_process *fake_by_pid(pid_t pid)
{
	uint32_t index = (uint32_t)(pid - FAKE_PID_FIRST);

	return pid >= FAKE_PID_FIRST && index < fake.count
		       ? fake.processes[index]
		       : NULL;
}

struct fake_process *fake_by_fd(int pidfd)
{
	uint32_t index = (uint32_t)(pidfd - FAKE_FD_FIRST);

	if (pidfd < FAKE_FD_FIRST || index >= fake.owner_count ||
	    fake.owners[index] < 0)
		return NULL;
	return fake.processes[fake.owners[index]];
}

struct fake_process *fake_worker(const struct plan *plan, uint32_t slot)
{
	for (struct list *node = fake.living.next; node != &fake.living;
	     node = node->next) {
		struct fake_process *process =
			CONTAINER_OF(node, struct fake_process, link);

		if (process->slot == slot && (!plan || process->plan == plan) &&
		    process->state == FAKE_RUNNING)
			return process;
	}
	return NULL;
}

uint32_t fake_live(void)
{
	uint32_t count = 0;

	for (struct list *node = fake.living.next; node != &fake.living;
	     node = node->next)
		count++;
	return count;
}

uint32_t fake_open_pidfds(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < fake.owner_count; i++)
		count += fake.owners[i] >= 0;
	return count;
}

/* The lowest that is free, as the kernel does: a number closed twice is then
 * somebody else's. */
static int fake_open_pidfd(int owner)
{
	uint32_t i = 0;

	while (i < fake.owner_count && fake.owners[i] >= 0)
		i++;
	if (i == fake.owner_count) {
		fake.owner_count = 2 * fake.owner_count + 64;
		fake.owners = reallocarray(fake.owners, fake.owner_count,
					   sizeof(*fake.owners));
		assert(fake.owners);
		for (uint32_t j = i; j < fake.owner_count; j++)
			fake.owners[j] = -1;
	}
	fake.owners[i] = owner;
	return FAKE_FD_FIRST + (int)i;
}

void fake_close_pidfd(int fd)
{
	struct fake_process *process = fake_by_fd(fd);

	fake_note(FAKE_CLOSE, process ? process->pid : 0, fd);
	if (!process) {
		fake_blame("descriptor %d was closed, which is not open", fd);
		return;
	}
	if (process->state < FAKE_ZOMBIE && !fake.may_leave)
		fake_blame("the pidfd of %d was closed before its end was told",
			   process->pid);
	process->is_pidfd_open = false;
	fake.owners[fd - FAKE_FD_FIRST] = -1;
}

void fake_report(struct fake_process *process)
{
	if (process->step == MUSTER_STEP_NONE)
		return;
	process->report->step = process->step;
	process->report->error = (uint32_t)process->error;
}

struct fake_process *fake_new_process(const struct spawn_request *request,
				      bool has_pidfd)
{
	struct fake_process *process = calloc(1, sizeof(*process));

	assert(process);
	if ((fake.count & (fake.count - 1)) == 0) {
		size_t capacity = fake.count ? 2 * (size_t)fake.count : 1;

		fake.processes = reallocarray(fake.processes, capacity,
					      sizeof(struct fake_process *));
		assert(fake.processes);
	}
	*process = (struct fake_process){
		.pid = FAKE_PID_FIRST + (pid_t)fake.count,
		.pidfd = has_pidfd ? fake_open_pidfd((int)fake.count) : -1,
		.is_pidfd_open = has_pidfd,
		.manners = fake.birth.manners,
		.slot = request->slot,
		.generation = request->generation,
		.plan = request->plan,
		.is_fork = !request->plan,
		.report = request->report,
		.launch_fd = -1,
		.was_waited_for = request->waits,
		.launched_ns = fake.now_ns,
		.death_ns = NSEC_NEVER,
	};
	list_init(&process->link);
	list_append(&fake.living, &process->link);
	fake.processes[fake.count++] = process;
	return process;
}

void fake_end_at(struct fake_process *process, uint64_t death_ns, int code,
		 int status)
{
	if (process->state != FAKE_RUNNING || process->death_ns <= death_ns)
		return;
	process->death_ns = death_ns;
	process->code = code;
	process->status = status;
}

void fake_exit(struct fake_process *process, int status)
{
	fake_end_at(process, fake.now_ns, CLD_EXITED, status);
}

void fake_crash(struct fake_process *process, int signo)
{
	fake_end_at(process, fake.now_ns, CLD_KILLED, signo);
}

void fake_steal(struct fake_process *process)
{
	fake_end_at(process, fake.now_ns, 0, 0);
}
