/*
 * loop.c - a worker inside a foreign event loop, libuv's: loop [ADDRESS]
 *
 * Two workers greet whoever connects. muster_worker_dispatch does in the loop's
 * thread what the launcher wants: no signal, no lock, no thread of ours.
 */
#include <fcntl.h>
#include <muster/service.h>
#include <stdlib.h>
#include <uv.h>

struct greeter {
	uv_loop_t loop;
	uv_tcp_t listener;
	uv_poll_t asked;
	struct muster_worker *worker;
};

struct client {
	uv_tcp_t tcp; /* first: its address is the client's */
	uv_write_t write;
};

static void free_client(uv_handle_t *handle)
{
	free(handle);
}

static void close_client(uv_write_t *write, int status)
{
	(void)status; /* who has left needs no greeting */
	uv_close((uv_handle_t *)write->handle, free_client);
}

static void greet(uv_stream_t *listener, int status)
{
	static char hello[] = "hello\n";
	uv_buf_t text = uv_buf_init(hello, sizeof(hello) - 1);
	struct client *client = status == 0 ? malloc(sizeof(*client)) : NULL;
	uv_stream_t *stream = (uv_stream_t *)client;

	if (!client)
		return;
	(void)uv_tcp_init(listener->loop, &client->tcp); /* cannot fail */
	if (uv_accept(listener, stream) < 0 ||
	    uv_write(&client->write, stream, &text, 1, close_client) < 0)
		uv_close((uv_handle_t *)client, free_client);
}

/* Who was accepted is greeted: the loop ends with its last handle. */
static void take_wish(uv_poll_t *asked, int status, int events)
{
	struct greeter *greeter = asked->data;

	(void)status;
	(void)events;
	if (muster_worker_dispatch(greeter->worker) == 0)
		return;
	uv_close((uv_handle_t *)&greeter->listener, NULL);
	uv_close((uv_handle_t *)asked, NULL);
}

/* libuv closes what it has, and the listener is the launcher's: a copy. */
static int serve(struct greeter *greeter)
{
	int fd = muster_worker_listener(greeter->worker, 0);
	int r = uv_tcp_init(&greeter->loop, &greeter->listener);

	greeter->asked.data = greeter;
	if (r == 0)
		r = uv_tcp_open(&greeter->listener,
				fcntl(fd, F_DUPFD_CLOEXEC, 0));
	if (r == 0)
		r = uv_listen((uv_stream_t *)&greeter->listener, SOMAXCONN,
			      greet);
	if (r == 0)
		r = uv_poll_init(&greeter->loop, &greeter->asked,
				 muster_worker_get_fd(greeter->worker));
	if (r == 0)
		r = uv_poll_start(&greeter->asked, UV_READABLE, take_wish);
	if (r == 0)
		r = muster_worker_ready(greeter->worker);
	return r == 0 ? uv_run(&greeter->loop, UV_RUN_DEFAULT) : r;
}

static int start(struct muster_worker *worker, void *data)
{
	struct greeter greeter = {.worker = worker};
	int r = uv_loop_init(&greeter.loop);

	(void)data;
	if (r < 0)
		return r;
	r = serve(&greeter);
	(void)uv_loop_close(&greeter.loop); /* busy after a failure only */
	return r;
}

int main(int argc, char **argv)
{
	struct muster_service_ops ops = MUSTER_SERVICE_OPS_INIT;
	struct muster_group_options rules = MUSTER_GROUP_OPTIONS_INIT;
	struct muster_service loop = MUSTER_SERVICE_INIT;
	struct muster_listener listener = {.name = "loop"};
	struct muster_launcher *launcher = NULL;
	int status = -1;

	listener.address = argc > 1 ? argv[1] : "tcp:127.0.0.1:8007";
	rules.listeners = &listener;
	rules.listener_count = 1;
	ops.start = start;
	loop.name = "greeter";
	loop.ops = &ops;
	loop.rules = &rules;
	loop.ready = MUSTER_SERVICE_READY_TOLD;
	if (muster_launch(NULL, &loop, 2, MUSTER_METHOD_RELOAD, &launcher) == 0)
		status = muster_launcher_wait(launcher);
	muster_launcher_free(launcher);
	return status < 0 ? 1 : status;
}
