/*
 * tty.h - the terminal's foreground.
 */
#pragma once

#include <stdbool.h>

/* Our process group is the foreground one of the terminal on standard output
 * (B77), or it was hung up. False where standard output is no terminal. */
bool tty_is_foreground(void);
