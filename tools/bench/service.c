/*
 * service.c - service WORKERS
 *
 * A program with one service and a process launcher, as muster/service.h has
 * them: what is measured of forked services. start() stamps and returns; the
 * log is the library's own.
 */
#include <stdio.h>
#include <stdlib.h>

#include <muster/service.h>

#include "stamp.h"

static int service_start(struct muster_worker *worker, void *data)
{
	uint64_t stamp_ns = stamp_now_ns();

	stamp_begin(data, (uint32_t)muster_worker_id(worker), stamp_ns);
	return 0;
}

/* The launcher's own copy is told, too. */
static void service_stop(struct muster_worker *worker, void *data,
			 bool graceful)
{
	(void)graceful;
	if (muster_worker_id(worker) != MUSTER_WORKER_MASTER)
		stamp_stop(data, (uint32_t)muster_worker_id(worker));
}

static int service_run(struct bench_page *page, int workers)
{
	struct muster_group_options rules = MUSTER_GROUP_OPTIONS_INIT;
	struct muster_service_ops ops = MUSTER_SERVICE_OPS_INIT;
	struct muster_service service = MUSTER_SERVICE_INIT;
	struct muster_launcher *launcher;
	int status;

	ops.start = service_start;
	ops.stop = service_stop;
	rules.throttle_interval_ns = MUSTER_FOREVER;
	service.name = "bench";
	service.ops = &ops;
	service.data = page;
	service.rules = &rules;
	if (muster_process_launcher_new(NULL, &launcher) < 0)
		return 1;
	status = muster_launcher_add(launcher, &service, workers);
	if (status >= 0)
		status = muster_launcher_wait(launcher);
	muster_launcher_free(launcher);
	return status < 0 ? 1 : status;
}

int main(int argc, char **argv)
{
	struct bench_page *page;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: service WORKERS\n");
		return 2;
	}
	page = stamp_map();
	return page ? service_run(page, atoi(argv[1])) : 1;
}
