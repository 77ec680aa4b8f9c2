/* http.c - a prefork HTTP server: http [ADDRESS [WORKERS [unthrottled]]] */
#include <err.h>
#include <errno.h>
#include <muster/service.h>
#include <stdlib.h>
#include <sysexits.h>

#include "http_handler.h"

static int start(struct muster_worker *worker, void *data)
{
	struct http http = {.listen_fd = muster_worker_listener(worker, 0),
			    .asked_fd = muster_worker_get_fd(worker)};
	int r = io_uring_queue_init(3 * HTTP_PEERS, &http.ring, 0);

	(void)data;
	if (r < 0)
		return r;
	r = muster_worker_ready(worker);
	while (r >= 0 && (r = http_run(&http)) > 0)
		http.is_draining = muster_worker_dispatch(worker) > 0;
	io_uring_queue_exit(&http.ring);
	return r;
}

int main(int argc, char **argv)
{
	struct muster_listener listener = {.name = "http"};
	struct muster_group_options rules = MUSTER_GROUP_OPTIONS_INIT;
	struct muster_service_ops ops = {.size = sizeof(ops), .start = start};
	struct muster_service service = MUSTER_SERVICE_INIT;
	struct muster_launcher *launcher = NULL;
	struct io_uring probe;
	int workers = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 4;
	int status = EXIT_FAILURE;

	if ((errno = -io_uring_queue_init(3 * HTTP_PEERS, &probe, 0)) != 0)
		err(EX_UNAVAILABLE, "io_uring");
	io_uring_queue_exit(&probe);
	listener.address = argc > 1 ? argv[1] : "tcp:127.0.0.1:8080";
	rules.listeners = &listener;
	rules.listener_count = 1;
	rules.throttle_interval_ns = argc > 3 ? MUSTER_FOREVER : 0;
	service.name = "http";
	service.ops = &ops;
	service.rules = &rules;
	service.ready = MUSTER_SERVICE_READY_TOLD; /* start() does not return */
	if (muster_launch(NULL, &service, workers, MUSTER_METHOD_RELOAD,
			  &launcher) == 0)
		status = muster_launcher_wait(launcher);
	muster_launcher_free(launcher);
	return status < 0 ? 1 : status;
}
