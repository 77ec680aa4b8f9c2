/*
 * fuzz_signal.c - names of signals: what is taken is a signal, and it is the
 * same one when its name or its number is read again.
 */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <strings.h>

#include "base/parse.h"
#include "base/signame.h"
#include "base/text.h"
#include "fuzz/fuzz.h"

static void signal_must_be(const char *string, int expected)
{
	int signo = 0;

	assert(parse_signal(string, &signo) == 0);
	assert(signo == expected);
}

static void signal_must_be_refused(const char *string)
{
	int signo = -1;

	assert(parse_signal(string, &signo) == -EINVAL);
	assert(signo == -1);
}

/* As it is written by us: the name, without SIG, in small letters, the number.
 */
static void check_written(int signo)
{
	char buffer[32];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	text_add_signal(&text, signo);
	assert(!text.is_cut);
	assert(strncmp(buffer, "SIG", 3) == 0);
	signal_must_be(buffer, signo);
	signal_must_be(buffer + 3, signo);
	for (char *letter = buffer; *letter; letter++)
		*letter = (char)tolower((unsigned char)*letter);
	signal_must_be(buffer, signo);
	text_init(&text, buffer, sizeof(buffer));
	text_add_i64(&text, signo);
	signal_must_be(buffer, signo);
}

static void check_strict(const char *string)
{
	for (size_t i = 0; i < ARRAY_LEN(fuzz_junk); i++) {
		_cleanup_free_ char *before = fuzz_join(fuzz_junk[i], string);
		_cleanup_free_ char *behind = fuzz_join(string, fuzz_junk[i]);

		signal_must_be_refused(before);
		signal_must_be_refused(behind);
	}
}

/* Without "SIG": a name, an old one, or one that is counted. */
static bool is_name_of(const char *name, int signo)
{
	static const char *const old[] = {"CLD", "IOT", "POLL"};
	const char *known = signame_get(signo);

	for (size_t i = 0; i < ARRAY_LEN(old); i++)
		if (strcasecmp(name, old[i]) == 0)
			return true;
	if (strncasecmp(name, "RTMIN", 5) == 0)
		return signo == SIGRTMIN + atoi(name + 5);
	if (strncasecmp(name, "RTMAX", 5) == 0)
		return signo == SIGRTMAX + atoi(name + 5);
	return known && strcasecmp(name, known) == 0;
}

static void check_name(const char *string, int signo)
{
	const char *name = string;

	if (strncasecmp(string, "SIG", 3) == 0)
		name += 3;
	if (string[strspn(string, "0123456789")] == '\0')
		assert(strtoull(string, NULL, 10) == (unsigned int)signo);
	else
		assert(is_name_of(name, signo));
}

/* What the C library calls a signal is a name of it. */
static void check_library(const char *string, int r, int signo)
{
	for (int i = 1; i < SIGRTMIN; i++) {
		const char *name = sigabbrev_np(i);

		if (!name || strcasecmp(string, name) != 0)
			continue;
		assert(r == 0);
		assert(signo == i);
	}
}

static void check_taken(const char *string, int signo)
{
	check_name(string, signo);
	assert(signo > 0);
	assert(signo <= SIGRTMAX);
	assert(signame_is_signal(signo));
	check_written(signo);
	check_strict(string);
}

/* The table knows only names: no number, no SIG, no real-time signal. */
static void check_table(const char *string, int r, int signo)
{
	int found = signame_find(string);

	if (found == 0)
		return;
	assert(signame_get(found));
	assert(r == 0);
	assert(signo == found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *string = fuzz_string(data, size);
	int signo = -1;
	int r = parse_signal(string, &signo);

	check_table(string, r, signo);
	check_library(string, r, signo);
	if (r == 0)
		check_taken(string, signo);
	else
		signal_must_be_refused(string);
	return 0;
}
