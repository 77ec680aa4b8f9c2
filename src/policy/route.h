/*
 * route.h - what a signal to the launcher means.
 *
 * TERM stops gracefully and the second one kills (143), unless it is the echo
 * of the first: timeout(1) sends one to its child and at once another to its
 * own process group, which the child is in; INT and QUIT are the instant exit
 * (1); HUP reloads, or stops where the launcher is in the foreground of a
 * terminal (B77, B78); TTIN and TTOU scale by one, only when a process sent
 * them; everything else is ignored, and said.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "muster/types.h"

/* Nobody changes his mind as fast as this. */
#define ROUTE_ECHO_NS (UINT64_C(20) * 1000000)

struct route_question {
	int signo;
	bool is_foreground;	/* of its terminal, at this moment */
	bool is_from_kernel;	/* the terminal driver, not a process */
	uint32_t terms;		/* SIGTERMs before this one */
	uint64_t since_term_ns; /* the last of them */
	bool is_same_sender;	/* as the last of them had */
};

struct route_verdict {
	enum muster_route route;
	int status; /* for MUSTER_ROUTE_STOP and _KILL: the exit status */
};

struct route_verdict route_decide(const struct route_question *question);

/* The signals that an owner reads: route_signals()[0..*ret_count). The rest
 * keep the disposition that the launcher was given. */
const int *route_signals(uint32_t *ret_count);
