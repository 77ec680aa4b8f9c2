#include <muster/service.h>
#include <poll.h>
#include <stdio.h>

static int start(struct muster_worker *worker, void *data)
{
	struct pollfd asked = {muster_worker_get_fd(worker), POLLIN, 0};

	(void)data;
	while (asked.fd >= 0 && muster_worker_dispatch(worker) == 0)
		if (poll(&asked, 1, 1000) == 0)
			printf("hello from %d\n", muster_worker_id(worker));
	return asked.fd < 0 ? asked.fd : 0;
}

int main(void)
{
	struct muster_service_ops ops = {.size = sizeof(ops), .start = start};
	struct muster_service talk = {.size = sizeof(talk),
				      .name = "hello",
				      .ops = &ops,
				      .ready = MUSTER_SERVICE_READY_FORK};
	struct muster_launcher *launcher = NULL;
	int status = 1;

	if (muster_launch(NULL, &talk, 2, MUSTER_METHOD_RELOAD, &launcher) == 0)
		status = muster_launcher_wait(launcher);
	muster_launcher_free(launcher);
	return status < 0 ? 1 : status;
}
