/*
 * peers_watch.c - hears of forks from the kernel: the same event for every
 * launcher, whatever it is written in, and nobody is polled or slowed for it.
 */
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "peers.h"
#include "session.h"

#define WATCH_BUFFER (1 << 22)
#define WATCH_DEADLINE_NS (20 * NSEC_PER_SEC)

struct watch_order {
	struct nlmsghdr header;
	struct cn_msg message;
	enum proc_cn_mcast_op what;
} __attribute__((packed));

static int watch_subscribe(int fd)
{
	struct watch_order order;

	memset(&order, 0, sizeof(order));
	order.header.nlmsg_len = sizeof(order);
	order.header.nlmsg_type = NLMSG_DONE;
	order.header.nlmsg_pid = (uint32_t)getpid();
	order.message.id.idx = CN_IDX_PROC;
	order.message.id.val = CN_VAL_PROC;
	order.message.len = sizeof(order.what);
	order.what = PROC_CN_MCAST_LISTEN;
	return send(fd, &order, sizeof(order), 0) < 0 ? -errno : 0;
}

int peers_watch_open(int *ret_fd)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = CN_IDX_PROC,
	};
	int size = WATCH_BUFFER;
	_cleanup_fd_ int fd = socket(PF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC,
				     NETLINK_CONNECTOR);
	int r;

	if (fd < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	/* A thousand starts may come at a time; less does, too. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	r = watch_subscribe(fd);
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}

void peers_watch_drain(int fd)
{
	char buffer[8192];

	/* Also past a buffer that was full. */
	while (recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT) >= 0 ||
	       errno == ENOBUFS)
		;
}

/* A fork that makes a process of this parent. */
static bool watch_matches(const struct proc_event *event, pid_t parent)
{
	return event->what == PROC_EVENT_FORK &&
	       event->event_data.fork.parent_tgid == parent &&
	       event->event_data.fork.child_pid ==
		       event->event_data.fork.child_tgid;
}

static bool watch_read(int fd, pid_t parent, struct proc_event *ret_event)
{
	char buffer[1024];
	ssize_t size = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);

	if (size < (ssize_t)(NLMSG_HDRLEN + sizeof(struct cn_msg) +
			     sizeof(*ret_event)))
		return false;
	memcpy(ret_event, buffer + NLMSG_HDRLEN + sizeof(struct cn_msg),
	       sizeof(*ret_event));
	return watch_matches(ret_event, parent);
}

int peers_watch_fork(int fd, pid_t parent, pid_t *ret_child,
		     uint64_t *ret_forked_ns)
{
	uint64_t begin_ns = bench_now_ns();
	struct pollfd set = {.fd = fd, .events = POLLIN};
	struct proc_event event;

	while (nsec_since(bench_now_ns(), begin_ns) < WATCH_DEADLINE_NS) {
		if (poll(&set, 1, 1000) <= 0)
			continue;
		if (!watch_read(fd, parent, &event))
			continue;
		*ret_child = event.event_data.fork.child_pid;
		*ret_forked_ns = event.timestamp_ns;
		return 0;
	}
	return -ETIMEDOUT;
}
