/*
 * route.h - what a signal to the launcher means.
 *
 * TERM stops gracefully and the second one kills (143), unless it is the echo
 * of the first: timeout(1) sends one to its child and at once another to its
 * own process group, which the child is in; INT and QUIT are the instant exit
 * (1); HUP reloads, or stops where the launcher is in the foreground of a
 * terminal (B77, B78); TTIN and TTOU scale by one, only when a process sent
 * them; everything else is ignored, and said.
 *
 * For an entrypoint, which stands where its workers are meant, all that is
 * theirs instead: handed on, rewritten or dropped; and some signals of its
 * choice stop it, in up to three steps: drain, stop, kill.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "muster/types.h"

/* Nobody changes his mind as fast as this. */
#define ROUTE_ECHO_NS (UINT64_C(20) * 1000000)

/* Bit signo - 1 for a signal; all zero: a launcher's. */
struct route_rules {
	uint64_t forwards;    /* handed on; 0: a launcher's rules */
	uint64_t stops;	      /* of those: begin the stop */
	uint8_t rewrites[65]; /* handed on as this; 0: as itself, ROUTE_DROP */
	bool drains;	      /* a stop is announced before it begins */
};

/* In route_rules.rewrites: not handed on. */
#define ROUTE_DROP UINT8_MAX

struct route_question {
	int signo;
	bool is_foreground;	/* of its terminal, at this moment; see below */
	bool is_from_kernel;	/* the terminal driver, not a process */
	bool is_draining;	/* a stop is announced */
	uint32_t terms;		/* asked to stop before this one */
	uint64_t since_term_ns; /* the last of them */
	bool is_same_sender;	/* as the last of them had */
};

struct route_verdict {
	enum muster_route route;
	int status; /* for MUSTER_ROUTE_STOP and _KILL: the exit status */
	int signo;  /* for MUSTER_ROUTE_FORWARD: what is handed on */
};

struct route_verdict route_decide(const struct route_rules *rules,
				  const struct route_question *question);

/* Its meaning depends on is_foreground, which no other need find out: asking a
 * terminal is a call that each signal would pay. */
bool route_asks_foreground(const struct route_rules *rules, int signo);

/* The signal asks for the stop, so that the next one may be the second. */
bool route_is_stop(const struct route_rules *rules, int signo);

/* Who may be stopped by the terminal is an owner that reads its signals. */
bool route_has_terminal(const struct route_rules *rules);

/* The signals that a launcher reads: route_signals()[0..*ret_count). The rest
 * keep the disposition that it was given. */
const int *route_signals(uint32_t *ret_count);

/* Those that an owner with these rules reads; how many. */
uint32_t route_read(const struct route_rules *rules, int ret_read[64]);
