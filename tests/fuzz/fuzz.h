/*
 * fuzz.h - what the fuzzers share. A property is an assert: libFuzzer keeps the
 * input that breaks it.
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* What a result has before a call that must leave it alone. */
#define FUZZ_UNTOUCHED UINT64_C(0x5eed5eed5eed5eed)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input as a string, up to its first NUL; the caller frees it. */
static inline char *fuzz_string(const uint8_t *data, size_t size)
{
	char *string = strndup((const char *)data, size);

	assert(string);
	return string;
}

/* "HEADTAIL"; the caller frees it. */
static inline char *fuzz_join(const char *head, const char *tail)
{
	size_t length = strlen(head);
	char *string = malloc(length + strlen(tail) + 1);

	assert(string);
	memcpy(string, head, length);
	memcpy(string + length, tail, strlen(tail) + 1);
	return string;
}

/* What no strict parser takes before or behind what it does take. */
static const char *const fuzz_junk[] = {
	" ", "\t", "\n", "\r", "+", "-", "_", ",", "\xc2\xa0", "\x80",
};
