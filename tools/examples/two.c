/*
 * two.c - two services under one launcher: two [ADDRESS]
 *
 * Three tellers tell whoever connects how many they served; one keeper comes by
 * every second, and is replaced when it is not heard of for five.
 */
#define _GNU_SOURCE 1 /* accept4 */
#include <fcntl.h>
#include <muster/service.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void teller_answer(int listen_fd, struct muster_worker *worker)
{
	static unsigned int served; /* this process's: it is a worker */
	char text[64];		    /* long enough for two numbers */
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return; /* another one was faster */
	(void)snprintf(text, sizeof(text), "teller %d has served %u\n",
		       muster_worker_id(worker), ++served);
	(void)send(fd, text, strlen(text), MSG_NOSIGNAL); /* or he has left */
	(void)close(fd); /* nothing is lost by a failure */
}

static int teller_start(struct muster_worker *worker, void *data)
{
	struct pollfd fds[] = {
		{.fd = muster_worker_listener(worker, 0), .events = POLLIN},
		{.fd = muster_worker_get_fd(worker), .events = POLLIN},
	};

	(void)data;
	/* poll wakes all for a connection that one of them gets. */
	if (fds[1].fd < 0 || fcntl(fds[0].fd, F_SETFL, O_NONBLOCK) < 0)
		return MUSTER_EXIT(1);
	(void)muster_worker_ready(worker); /* else: ready_timeout_ns */
	while (muster_worker_dispatch(worker) == 0)
		if (poll(fds, 2, -1) > 0 && fds[0].revents)
			teller_answer(fds[0].fd, worker);
	return 0;
}

static int keeper_start(struct muster_worker *worker, void *every)
{
	struct muster_interval *interval;
	int r = muster_interval_new(worker, every, &interval);

	if (r < 0)
		return r;
	(void)muster_worker_ready(worker); /* else: ready_timeout_ns */
	while ((r = muster_interval_wait(interval, NULL)) > 0) {
		(void)muster_worker_status(worker, "came by");
		(void)muster_worker_ping(worker); /* else: watchdog_ns */
	}
	muster_interval_free(interval);
	return r; /* 0: it is stopped */
}

int main(int argc, char **argv)
{
	struct muster_interval_options every = MUSTER_INTERVAL_OPTIONS_INIT;
	struct muster_service_ops teller_ops = MUSTER_SERVICE_OPS_INIT;
	struct muster_service_ops keeper_ops = MUSTER_SERVICE_OPS_INIT;
	struct muster_group_options teller_rules = MUSTER_GROUP_OPTIONS_INIT;
	struct muster_group_options keeper_rules = MUSTER_GROUP_OPTIONS_INIT;
	struct muster_service teller = MUSTER_SERVICE_INIT;
	struct muster_service keeper = MUSTER_SERVICE_INIT;
	struct muster_listener listener = {
		.address = argc > 1 ? argv[1] : "tcp:127.0.0.1:8081"};
	struct muster_launcher *launcher = NULL;
	int status = -1;

	teller_ops.start = teller_start;
	teller_rules.listeners = &listener;
	teller_rules.listener_count = 1;
	teller.name = "teller";
	teller.ops = &teller_ops;
	teller.rules = &teller_rules;
	teller.ready = MUSTER_SERVICE_READY_TOLD;
	every.interval_ns = 1000000000;
	keeper_ops.start = keeper_start;
	keeper_rules.watchdog_ns = 5 * every.interval_ns;
	keeper.name = "keeper";
	keeper.ops = &keeper_ops;
	keeper.data = &every;
	keeper.rules = &keeper_rules;
	keeper.ready = MUSTER_SERVICE_READY_TOLD;
	if (muster_process_launcher_new(NULL, &launcher) == 0 &&
	    muster_launcher_add(launcher, &teller, 3) >= 0 &&
	    muster_launcher_add(launcher, &keeper, 1) >= 0)
		status = muster_launcher_wait(launcher);
	muster_launcher_free(launcher);
	return status < 0 ? 1 : status; /* the log says why */
}
