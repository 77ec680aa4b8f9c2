/*
 * http.c - a prefork HTTP server: http [ADDRESS [WORKERS]]
 *
 *	$ http tcp:127.0.0.1:8080 4
 *	$ curl http://127.0.0.1:8080/
 *	hello from worker 2, generation 1
 *
 * The launcher listens, once; each worker accepts for itself (http_handler.c).
 * SIGHUP rolls the workers: new ones are ready before old ones drain, and no
 * request fails. SIGTERM drains them all.
 */
#include <muster/service.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_handler.h"

#define EXIT_NO_RING 69 /* EX_UNAVAILABLE of sysexits.h */

/* The ring's loop is the worker's only one: what the launcher wants is asked
 * for in here, and there is no stop() to be called by another thread. */
static int serve(struct muster_worker *worker, struct http *http)
{
	int r = muster_worker_ready(worker);

	while (r >= 0) {
		r = http_run(http);
		if (r <= 0)
			return r;
		r = muster_worker_dispatch(worker);
		if (r > 0)
			http_drain(http);
	}
	return r;
}

static int start(struct muster_worker *worker, void *data)
{
	int listen_fd = muster_worker_listener(worker, 0);
	int asked_fd = muster_worker_get_fd(worker);
	struct http *http;
	char body[128];
	int r;

	(void)data;
	if (listen_fd < 0 || asked_fd < 0)
		return listen_fd < 0 ? listen_fd : asked_fd;
	(void)snprintf(
		body, sizeof(body), "hello from worker %d, generation %u\n",
		muster_worker_id(worker), muster_worker_generation(worker));
	r = http_open(listen_fd, asked_fd, body, &http);
	if (r < 0)
		return r;
	r = serve(worker, http);
	http_close(http);
	return r;
}

static int run(const char *address, int workers)
{
	struct muster_service_ops ops = MUSTER_SERVICE_OPS_INIT;
	struct muster_group_options rules = MUSTER_GROUP_OPTIONS_INIT;
	struct muster_service service = MUSTER_SERVICE_INIT;
	struct muster_listener listener = {.name = "http", .address = address};
	struct muster_launcher *launcher;
	int status;

	ops.start = start;
	rules.listeners = &listener;
	rules.listener_count = 1;
	service.name = "http";
	service.ops = &ops;
	service.rules = &rules;
	service.ready = MUSTER_SERVICE_READY_TOLD; /* start() does not return */
	if (muster_launch(NULL, &service, workers, MUSTER_METHOD_RELOAD,
			  &launcher) < 0)
		return EXIT_FAILURE; /* the log says why */
	status = muster_launcher_wait(launcher);
	muster_launcher_free(launcher);
	return status < 0 ? EXIT_FAILURE : status;
}

int main(int argc, char **argv)
{
	const char *address = argc > 1 ? argv[1] : "tcp:127.0.0.1:8080";
	int workers = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 4;
	int r = http_probe(); /* once, and not in each worker */

	if (r < 0) {
		(void)fprintf(stderr,
			      "http: io_uring: %s (it needs Linux 6.1, "
			      "and no filter that forbids it)\n",
			      strerror(-r));
		return EXIT_NO_RING;
	}
	return run(address, workers);
}
