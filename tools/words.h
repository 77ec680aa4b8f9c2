/*
 * words.h - a line of words as a shell would see it, without any expansion.
 *
 * Words are parted by blanks and line ends. '…' holds everything literally, "…"
 * all but \" and \\, and elsewhere a backslash takes what follows literally.
 */
#pragma once

/* Takes the next word from *rest, which moves on, into word, which has room for
 * as much as *rest is long and a NUL, and may be *rest itself or lie before it.
 * 1, 0 at the end, -EINVAL for a quote or a backslash that is left open. */
int words_next(const char **rest, char *word);
