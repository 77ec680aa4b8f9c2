/*
 * program_verbs.h - the verbs of program.c's steps.
 */
#pragma once

#include "service/program_steps.h"

typedef int verb_function(struct scene *scene);

/* The verb before "=" or the end; NULL when there is no such one. */
verb_function *verb_find(const char *text);

/* program_faults.c: what services should better not do. */
verb_function verb_abort;
verb_function verb_again;
verb_function verb_block_all_signals;
verb_function verb_close_all_fds;
verb_function verb_daemonise;
verb_function verb_exit;
verb_function verb_exit_now;
verb_function verb_fork_and_return;
verb_function verb_fork_and_stay;
verb_function verb_hang;
verb_function verb_pthread_exit;
verb_function verb_raise;
verb_function verb_setsid;
verb_function verb_setuid;
verb_function verb_thread;

/* program.c */
verb_function verb_add;
verb_function verb_second;
