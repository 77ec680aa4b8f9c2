/*
 * http.c - a prefork HTTP server: http [ADDRESS [WORKERS [unthrottled]]]
 *
 * The launcher listens, once; each worker accepts for itself (http_handler.c).
 * SIGHUP rolls the workers, SIGTERM drains them, and no request fails.
 */
#include <err.h>
#include <errno.h>
#include <muster/service.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "http_handler.h"

static int start(struct muster_worker *worker, void *data)
{
	struct http http = {.listen_fd = muster_worker_listener(worker, 0),
			    .asked_fd = muster_worker_get_fd(worker)};
	int r = http_open(&http);

	(void)data;
	(void)snprintf(http.body, sizeof(http.body),
		       "hello from worker %d, generation %u\n",
		       muster_worker_id(worker),
		       muster_worker_generation(worker));
	if (r < 0)
		return r;
	r = muster_worker_ready(worker);
	while (r >= 0 && (r = http_run(&http)) > 0)
		if (muster_worker_dispatch(worker) > 0) /* a stop */
			http.is_draining = true;
	io_uring_queue_exit(&http.ring);
	return r;
}

int main(int argc, char **argv)
{
	struct muster_listener listener = {.name = "http"};
	struct muster_group_options rules = MUSTER_GROUP_OPTIONS_INIT;
	struct muster_service_ops ops = MUSTER_SERVICE_OPS_INIT;
	struct muster_service service = MUSTER_SERVICE_INIT;
	struct muster_launcher *launcher = NULL;
	int workers = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 4;
	int status = EXIT_FAILURE;
	struct http probe;

	errno = -http_open(&probe);
	if (errno != 0)
		err(EX_UNAVAILABLE, "io_uring");
	io_uring_queue_exit(&probe.ring);
	listener.address = argc > 1 ? argv[1] : "tcp:127.0.0.1:8080";
	rules.listeners = &listener;
	rules.listener_count = 1;
	if (argc > 3) /* workers that are killed are replaced at once */
		rules.throttle_interval_ns = MUSTER_FOREVER;
	ops.start = start;
	service.name = "http";
	service.ops = &ops;
	service.rules = &rules;
	service.ready = MUSTER_SERVICE_READY_TOLD; /* start() does not return */
	if (muster_launch(NULL, &service, workers, MUSTER_METHOD_RELOAD,
			  &launcher) == 0)
		status = muster_launcher_wait(launcher);
	muster_launcher_free(launcher);
	return status;
}
