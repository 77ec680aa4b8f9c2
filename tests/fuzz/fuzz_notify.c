/*
 * fuzz_notify.c - datagrams of workers: a message means what its lines mean one
 * by one, no word that is refused is obeyed as well, and a status is text that
 * a terminal can bear.
 */
#include <locale.h>
#include <wchar.h>

#include "base/nsec.h"
#include "fuzz/fuzz.h"
#include "proc/notify.h"

#define SENDER 4711
#define FIELDS                                                               \
	(NOTIFY_READY | NOTIFY_STOPPING | NOTIFY_WATCHDOG | NOTIFY_TRIGGER | \
	 NOTIFY_EXTEND | NOTIFY_STATUS)

int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct notify_message notify_read(const char *data, size_t size)
{
	struct notify_message message;

	/* Nothing of what was there before may stay, but the sender. */
	memset(&message, 0x5e, sizeof(message));
	message.pid = SENDER;
	notify_parse(data, size, &message);
	assert(message.pid == SENDER);
	return message;
}

static void check_same(const struct notify_message *one,
		       const struct notify_message *other)
{
	assert(one->fields == other->fields);
	assert(one->extend_ns == other->extend_ns);
	assert(one->refusal == other->refusal);
	assert(strcmp(one->status, other->status) == 0);
}

/* By the C library's reading of UTF-8, not by ours. */
static void check_character(wchar_t character)
{
	assert(character >= 0x20 && character <= 0x10ffff);
	assert(character < 0x7f || character > 0x9f);
	assert(character < 0xd800 || character > 0xdfff);
	assert(character < 0x2028 || character > 0x202e);
	assert(character < 0x2066 || character > 0x2069);
}

static void check_status(const char *status)
{
	size_t left = strnlen(status, NOTIFY_STATUS_SIZE);
	mbstate_t state = {0};
	wchar_t character;

	assert(left < NOTIFY_STATUS_SIZE);
	while (left > 0) {
		size_t count = mbrtowc(&character, status, left, &state);

		assert(count > 0 && count <= left);
		check_character(character);
		status += count;
		left -= count;
	}
}

static void check_message(const struct notify_message *message)
{
	bool extends = message->fields & NOTIFY_EXTEND;

	assert((message->fields & ~(uint32_t)FIELDS) == 0);
	assert(extends == (message->extend_ns != 0));
	assert(message->extend_ns != NSEC_NEVER);
	assert(message->extend_ns % NSEC_PER_USEC == 0);
	if (!(message->fields & NOTIFY_STATUS))
		assert(message->status[0] == '\0');
	if (message->refusal)
		assert(message->refusal[0] != '\0');
	check_status(message->status);
}

/* A clean text stays as it is. */
static void check_told_again(const struct notify_message *message)
{
	_cleanup_free_ char *line = fuzz_join("STATUS=", message->status);
	struct notify_message again = notify_read(line, strlen(line));

	assert(again.fields == NOTIFY_STATUS);
	assert(!again.refusal);
	assert(strcmp(again.status, message->status) == 0);
}

/* One line says one thing, or nothing, or is refused. */
static struct notify_message check_line(const char *line, size_t size)
{
	struct notify_message message = notify_read(line, size);

	check_message(&message);
	assert((message.fields & (message.fields - 1)) == 0);
	assert(message.fields == 0 || !message.refusal);
	if (!memchr(line, '=', size))
		assert(message.fields == 0 && !message.refusal);
	if (size >= 8 && memcmp(line, "MAINPID=", 8) == 0)
		assert(message.refusal);
	return message;
}

/* What the lines say, one after another: the last word counts, and the first
 * reason for a refusal. */
static struct notify_message check_lines(const char *data, size_t size)
{
	struct notify_message all = {.pid = SENDER};

	for (size_t start = 0; start <= size;) {
		const char *line = data + start;
		const char *stop = memchr(line, '\n', size - start);
		size_t length = stop ? (size_t)(stop - line) : size - start;
		struct notify_message one = check_line(line, length);

		all.fields |= one.fields;
		if (!all.refusal)
			all.refusal = one.refusal;
		if (one.fields & NOTIFY_EXTEND)
			all.extend_ns = one.extend_ns;
		if (one.fields & NOTIFY_STATUS)
			memcpy(all.status, one.status, sizeof(all.status));
		start += length + 1;
	}
	return all;
}

/* A newline or a NUL behind the last line, or both, says nothing. */
static void check_ends(const char *data, size_t size,
		       const struct notify_message *message)
{
	static const struct {
		const char *bytes;
		size_t size;
	} ends[] = {{"\n", 1}, {"\0", 1}, {"\n\0", 2}};
	_cleanup_free_ char *longer = malloc(size + 2);

	assert(longer);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		struct notify_message again;

		if (size > 0)
			memcpy(longer, data, size);
		memcpy(longer + size, ends[i].bytes, ends[i].size);
		again = notify_read(longer, size + ends[i].size);
		check_same(message, &again);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	assert(setlocale(LC_CTYPE, "C.UTF-8"));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct notify_message message = notify_read(text, size);
	struct notify_message again = notify_read(text, size);

	check_message(&message);
	check_same(&message, &again);
	if (size > 0 && text[size - 1] == '\0')
		size--;
	if (size > 0 && memchr(text, '\0', size)) {
		assert(message.fields == 0);
		assert(message.refusal);
		return 0;
	}
	again = check_lines(text, size);
	check_same(&message, &again);
	check_ends(text, size, &message);
	check_told_again(&message);
	return 0;
}
