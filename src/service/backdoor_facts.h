/*
 * backdoor_facts.h - what /proc says of this process, a line each. What does
 * not fit the text is left out, and nothing more is looked at then.
 */
#pragma once

#include "base/text.h"

/* "TID STATE NAME", as "4711 S worker". */
void backdoor_facts_threads(struct text *text);

/* "FD TARGET", as "7 socket:[1234]". */
void backdoor_facts_fds(struct text *text);
