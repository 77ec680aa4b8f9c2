/*
 * route.c - signals to the launcher, as a table.
 *
 * It never reads a signal nor asks the terminal; whether the launcher is in the
 * foreground is asked by the caller when the signal has come, for a shell may
 * move it at any time (B77).
 */
#include <signal.h>
#include <stddef.h>

#include "route.h"

/* What a shell reports of a launcher that SIGTERM had killed (table O): a
 * second TERM is not graceful, and whoever sent it may check. */
#define STATUS_TERMINATED (128 + SIGTERM)
#define STATUS_INSTANT 1

typedef struct route_verdict route_rule(const struct route_question *question);

static struct route_verdict route_ignore(const struct route_question *question)
{
	(void)question; /* the same whoever asks */
	return (struct route_verdict){.route = MUSTER_ROUTE_IGNORE};
}

static struct route_verdict route_leave(const struct route_question *question)
{
	(void)question; /* the same whoever asks */
	return (struct route_verdict){
		.route = MUSTER_ROUTE_KILL,
		.status = STATUS_INSTANT,
	};
}

static struct route_verdict
route_terminate(const struct route_question *question)
{
	if (question->terms == 0)
		return (struct route_verdict){.route = MUSTER_ROUTE_STOP};
	if (question->is_same_sender && question->since_term_ns < ROUTE_ECHO_NS)
		return route_ignore(question);
	return (struct route_verdict){
		.route = MUSTER_ROUTE_KILL,
		.status = STATUS_TERMINATED,
	};
}

static struct route_verdict route_hang_up(const struct route_question *question)
{
	return (struct route_verdict){
		.route = question->is_foreground ? MUSTER_ROUTE_STOP
						 : MUSTER_ROUTE_RELOAD,
	};
}

/* The terminal driver sends TTIN and TTOU to a background job that touches its
 * terminal; that is nobody's wish for another worker. */
static struct route_verdict route_scale(const struct route_question *question)
{
	if (question->is_from_kernel)
		return route_ignore(question);
	return (struct route_verdict){
		.route = question->signo == SIGTTIN ? MUSTER_ROUTE_MORE
						    : MUSTER_ROUTE_FEWER,
	};
}

/* ALRM, USR1 and USR2 would kill a launcher that did not read them: a stray
 * alarm or another server's reload signal must not (B75). */
// clang-format off
#define ROUTES(X)                           \
	X(SIGTERM, route_terminate)         \
	X(SIGINT,  route_leave)             \
	X(SIGQUIT, route_leave)             \
	X(SIGHUP,  route_hang_up)           \
	X(SIGTTIN, route_scale)             \
	X(SIGTTOU, route_scale)             \
	X(SIGALRM, route_ignore)            \
	X(SIGUSR1, route_ignore)            \
	X(SIGUSR2, route_ignore)
// clang-format on

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define ROUTE_SIGNAL(signal, rule) (signal),
#define ROUTE_RULE(signal, rule) [signal] = (rule),

static const int signals[] = {ROUTES(ROUTE_SIGNAL)};
static route_rule *const rules[] = {ROUTES(ROUTE_RULE)};

struct route_verdict route_decide(const struct route_question *question)
{
	int signo = question->signo;
	route_rule *rule = route_ignore;

	if (signo > 0 && (size_t)signo < COUNT_OF(rules) && rules[signo])
		rule = rules[signo];
	return rule(question);
}

const int *route_signals(uint32_t *ret_count)
{
	*ret_count = COUNT_OF(signals);
	return signals;
}
