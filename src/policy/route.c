/*
 * route.c - signals to the launcher, as a table, and to an entrypoint, as its
 * rules say.
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

typedef struct route_verdict route_rule(const struct route_rules *rules,
					const struct route_question *question);

static struct route_verdict route_nothing(void)
{
	return (struct route_verdict){.route = MUSTER_ROUTE_IGNORE};
}

static struct route_verdict route_ignore(const struct route_rules *rules,
					 const struct route_question *question)
{
	(void)rules; /* the same whoever asks */
	(void)question;
	return route_nothing();
}

static struct route_verdict route_leave(const struct route_rules *rules,
					const struct route_question *question)
{
	(void)rules; /* the same whoever asks */
	(void)question;
	return (struct route_verdict){
		.route = MUSTER_ROUTE_KILL,
		.status = STATUS_INSTANT,
	};
}

static bool route_is_echo(const struct route_question *question)
{
	return question->terms > 0 && question->is_same_sender &&
	       question->since_term_ns < ROUTE_ECHO_NS;
}

/* One step further each time it is asked for (E27, E28). */
static struct route_verdict route_end(const struct route_rules *rules,
				      const struct route_question *question)
{
	if (route_is_echo(question))
		return route_nothing();
	if (question->terms == 0 && rules->drains)
		return (struct route_verdict){.route = MUSTER_ROUTE_DRAIN};
	if (question->terms == 0 || question->is_draining)
		return (struct route_verdict){.route = MUSTER_ROUTE_STOP};
	return (struct route_verdict){
		.route = MUSTER_ROUTE_KILL,
		.status = STATUS_TERMINATED,
	};
}

static struct route_verdict route_hang_up(const struct route_rules *rules,
					  const struct route_question *question)
{
	(void)rules; /* it does not drain: nobody is there to see it */
	return (struct route_verdict){
		.route = question->is_foreground ? MUSTER_ROUTE_STOP
						 : MUSTER_ROUTE_RELOAD,
	};
}

/* The terminal driver sends TTIN and TTOU to a background job that touches its
 * terminal; that is nobody's wish for another worker. */
static struct route_verdict route_scale(const struct route_rules *rules,
					const struct route_question *question)
{
	(void)rules;
	if (question->is_from_kernel)
		return route_nothing();
	return (struct route_verdict){
		.route = question->signo == SIGTTIN ? MUSTER_ROUTE_MORE
						    : MUSTER_ROUTE_FEWER,
	};
}

/* ALRM, USR1 and USR2 would kill a launcher that did not read them: a stray
 * alarm or another server's reload signal must not (B75). */
// clang-format off
#define ROUTES(X)                           \
	X(SIGTERM, route_end)         \
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
static route_rule *const meanings[] = {ROUTES(ROUTE_RULE)};

static bool route_has(uint64_t set, int signo)
{
	return signo > 0 && signo <= 64 &&
	       (set & UINT64_C(1) << (signo - 1)) != 0;
}

static struct route_verdict route_forward(const struct route_rules *rules,
					  const struct route_question *question)
{
	uint8_t other = rules->rewrites[question->signo];

	if (other == ROUTE_DROP)
		return route_nothing();
	return (struct route_verdict){
		.route = MUSTER_ROUTE_FORWARD,
		.signo = other != 0 ? other : question->signo,
	};
}

static route_rule *route_find(const struct route_rules *rules, int signo)
{
	if (route_has(rules->stops, signo))
		return route_end;
	if (route_has(rules->forwards, signo))
		return route_forward;
	if (signo > 0 && (size_t)signo < COUNT_OF(meanings) && meanings[signo])
		return meanings[signo];
	return route_ignore;
}

struct route_verdict route_decide(const struct route_rules *rules,
				  const struct route_question *question)
{
	return route_find(rules, question->signo)(rules, question);
}

bool route_asks_foreground(const struct route_rules *rules, int signo)
{
	return route_find(rules, signo) == route_hang_up;
}

bool route_is_stop(const struct route_rules *rules, int signo)
{
	return rules->forwards != 0 ? route_has(rules->stops, signo)
				    : signo == SIGTERM;
}

bool route_has_terminal(const struct route_rules *rules)
{
	return route_has(rules->forwards, SIGCONT) &&
	       route_has(rules->forwards, SIGTSTP) &&
	       route_has(rules->forwards, SIGTTIN) &&
	       route_has(rules->forwards, SIGTTOU);
}

uint32_t route_read(const struct route_rules *rules, int ret_read[64])
{
	uint64_t theirs = rules->forwards | rules->stops;
	uint32_t count = 0;

	for (size_t i = 0; theirs == 0 && i < COUNT_OF(signals); i++)
		ret_read[count++] = signals[i];
	for (int signo = 1; signo <= 64; signo++)
		if (route_has(theirs, signo))
			ret_read[count++] = signo;
	return count;
}

const int *route_signals(uint32_t *ret_count)
{
	*ret_count = COUNT_OF(signals);
	return signals;
}
