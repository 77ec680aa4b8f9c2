/*
 * capname.h - the capabilities by number: CAP_NET_RAW is "net_raw". For
 * writing; libcap reads them, in the program.
 */
#pragma once

/* NULL for one that this build does not know. */
const char *capname_get(unsigned int capability);
