/*
 * wrk.h - a load of keep-alive HTTP requests, by wrk, from its start to what it
 * counted.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#define WRK_PROGRAM "/usr/bin/wrk"
#define WRK_CONNECTIONS 16

struct wrk {
	pid_t pid; /* 0: none */
	int fd;	   /* what it says */
};

#define WRK_NONE ((struct wrk){.fd = -1})

/* What it counted; each of its connections has one request under way at any
 * time, so an error is a request. */
struct wrk_result {
	uint64_t requests;
	uint64_t connect; /* refused, and the like */
	uint64_t read;
	uint64_t write;
	uint64_t timeout;
	uint64_t status; /* not 2xx or 3xx */
};

/* Asks 127.0.0.1:port until it is stopped. 0 or -errno. */
int wrk_start(int port, struct wrk *ret_wrk);
/* -EIO when it is gone already. */
int wrk_check(const struct wrk *wrk);
/* Stops it and takes what it counted. */
int wrk_stop(struct wrk *wrk, struct wrk_result *ret_result);
void wrk_end(struct wrk *wrk);
