/*
 * verbs.h - the programs behind `muster VERB`.
 */
#pragma once

#include <signal.h>

/* muster's own usage or set-up errors, never a worker's status (E6). */
#define EXIT_USAGE 125

/* argv[0] is the verb; given_mask is the signal mask muster was started with.
 * Each returns the exit status. */
int verb_run(int argc, char **argv, const sigset_t *given_mask);
int verb_init(int argc, char **argv, const sigset_t *given_mask);
int verb_wait_ready(int argc, char **argv, const sigset_t *given_mask);
int verb_ready(int argc, char **argv, const sigset_t *given_mask);
int verb_health(int argc, char **argv, const sigset_t *given_mask);
int verb_doctor(int argc, char **argv, const sigset_t *given_mask);

/* Their help, on standard output. */
void run_print_help(void);
void init_print_help(void);
void wait_ready_print_help(void);
void ready_print_help(void);
void health_print_help(void);
void doctor_print_help(void);
