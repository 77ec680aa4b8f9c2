/*
 * backdoor_peer.c - whose the other end of a connection is. For unix sockets
 * the kernel noted it when they connected (SO_PEERCRED). For TCP over loopback
 * the other end is a socket of this machine, and sock_diag(7) tells its owner;
 * a request for one socket is answered within the send, so nothing is waited
 * for.
 *
 * A socket that its owner has closed, or that is in TIME_WAIT, is given out as
 * root's. Its inode is 0 then, and the kernel reads that after the owner: an
 * answer with an inode tells the truth. And where the client's socket is gone
 * the answer may be somebody's listener on its port: both ports must agree.
 */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "service/backdoor_peer.h"

/* The answer's attributes are not looked at; what does not fit is cut. */
#define PEER_REPLY_SIZE 1024

struct peer_question {
	struct nlmsghdr header;
	struct inet_diag_req_v2 request;
};

struct peer_reply {
	struct nlmsghdr header;
	struct inet_diag_msg message;
};

/* Asks for the socket at source with its other end at target. 1 and the owner,
 * 0 when there is none, -errno when it cannot be asked. */
static int peer_find(const struct sockaddr_in *source,
		     const struct sockaddr_in *target, uid_t *ret_owner)
{
	_cleanup_fd_ int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	struct peer_question question = {
		.header.nlmsg_len = sizeof(question),
		.header.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.header.nlmsg_flags = NLM_F_REQUEST,
		.request.sdiag_family = AF_INET,
		.request.sdiag_protocol = IPPROTO_TCP,
		.request.id.idiag_sport = source->sin_port,
		.request.id.idiag_dport = target->sin_port,
		.request.id.idiag_src[0] = source->sin_addr.s_addr,
		.request.id.idiag_dst[0] = target->sin_addr.s_addr,
		.request.id.idiag_cookie = {INET_DIAG_NOCOOKIE,
					    INET_DIAG_NOCOOKIE},
	};
	union {
		struct peer_reply reply;
		char bytes[PEER_REPLY_SIZE];
	} answer;
	const struct inet_diag_msg *found = &answer.reply.message;
	ssize_t size;

	if (fd < 0 || send(fd, &question, sizeof(question), MSG_DONTWAIT) < 0)
		return -errno;
	size = recv(fd, &answer, sizeof(answer), MSG_DONTWAIT);
	if (size < 0)
		return -errno;
	if ((size_t)size < sizeof(answer.reply) ||
	    answer.reply.header.nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return 0;
	if (found->idiag_inode == 0 ||
	    found->id.idiag_sport != source->sin_port ||
	    found->id.idiag_dport != target->sin_port)
		return 0;
	*ret_owner = found->idiag_uid;
	return 1;
}

static bool peer_may_ask(uid_t owner)
{
	return owner == 0 || owner == geteuid();
}

static bool peer_is_allowed_unix(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	return peer_may_ask(peer.uid);
}

static bool peer_is_allowed_tcp(int fd, const struct sockaddr_in *own)
{
	struct sockaddr_in peer = {0};
	socklen_t size = sizeof(peer);
	uid_t owner = (uid_t)-1; /* nobody's */

	if (getpeername(fd, (struct sockaddr *)&peer, &size) < 0)
		return false;
	return peer_find(&peer, own, &owner) > 0 && peer_may_ask(owner);
}

static bool peer_own_name(int fd, struct sockaddr_in *ret_name,
			  bool *ret_is_unix)
{
	struct sockaddr_storage name = {.ss_family = AF_UNSPEC};
	socklen_t size = sizeof(name);

	if (getsockname(fd, (struct sockaddr *)&name, &size) < 0)
		return false;
	*ret_is_unix = name.ss_family == AF_UNIX;
	memcpy(ret_name, &name, sizeof(*ret_name));
	return true;
}

/* Tried on the listener itself: it is there, and it is ours. */
bool backdoor_peer_is_known(int listen_fd)
{
	const struct sockaddr_in nobody = {.sin_family = AF_INET};
	struct sockaddr_in own = {0};
	bool is_unix;
	uid_t owner = (uid_t)-1; /* nobody's */

	if (!peer_own_name(listen_fd, &own, &is_unix))
		return false;
	return is_unix || peer_find(&own, &nobody, &owner) > 0;
}

bool backdoor_peer_is_allowed(int fd)
{
	struct sockaddr_in own = {0};
	bool is_unix;

	if (!peer_own_name(fd, &own, &is_unix))
		return false;
	return is_unix ? peer_is_allowed_unix(fd)
		       : peer_is_allowed_tcp(fd, &own);
}
