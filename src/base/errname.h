/*
 * errname.h - the names of errnos, for C libraries that have none (compat.h).
 */
#pragma once

/* "ENOENT"; NULL for what no call of ours answers. */
const char *errname_get(int error);
