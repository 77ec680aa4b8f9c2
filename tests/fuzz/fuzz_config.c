/*
 * fuzz_config.c - configuration files, as `muster run --check` reads them: a
 * file is without fault or each fault is one whole line that names its place,
 * what does not matter in a file does not, and what is without fault can be
 * built (declared.h) and means the same when it is written again (rewrite.h).
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#include "fuzz/declared.h"
#include "fuzz/files.h"
#include "fuzz/fuzz.h"
#include "fuzz/rewrite.h"

/* A file that is no longer has no line that is too long. */
#define CONFIG_LINE_MAX 65534U
/* A complaint that is longer has lost its end. */
#define COMPLAINT_LENGTH_MAX 1022U

static const char byte_order_mark[] = "\xef\xbb\xbf";

/* What came of a file. */
struct verdict {
	int r;
	unsigned int faults;
	struct digest digest;
	char *said;	 /* line by line */
	char *rewritten; /* the same file in other words, when r is 0 */
	size_t rewritten_length;
};

int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Its buffer is where what is said is read; nothing is written. */
static struct log config_log;

static char *take_said(void)
{
	char *said = strndup(config_log.buffer, config_log.length);

	assert(said);
	assert(strlen(said) == config_log.length);
	assert(config_log.dropped == 0);
	config_log.length = 0;
	return said;
}

/* The last line has an end or is not empty. */
static uint32_t count_lines(const char *data, size_t size)
{
	uint32_t lines = size > 0 && data[size - 1] != '\n';

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	return lines;
}

static struct verdict config_judge(const char *data, size_t size)
{
	const struct inherited inherited = {0};
	struct complaints complaints = {
		.log = &config_log,
		.file = FILES_CONFIG,
	};
	struct config config = {0};
	struct verdict verdict = {0};

	files_set(data, size);
	verdict.r = config_check(&config, &inherited, &complaints);
	verdict.faults = complaints.count;
	if (verdict.r == 0) {
		verdict.digest = declared_check(
			&config, size, count_lines(data, size), &complaints);
		verdict.rewritten =
			rewrite_config(&config, &verdict.rewritten_length);
	}
	config_fini(&config);
	verdict.said = take_said();
	return verdict;
}

static void verdict_fini(struct verdict *verdict)
{
	free(verdict->said);
	free(verdict->rewritten);
}

/* "FILE: what" or "FILE:LINE: what". */
static void check_complaint(const char *line, size_t length, uint32_t lines)
{
	static const char head[] = "error: " FILES_CONFIG ":";
	const char *rest = line + strlen(head);
	uint32_t number = 0;

	assert(length > strlen(head));
	assert(length <= strlen("error: ") + COMPLAINT_LENGTH_MAX);
	assert(strncmp(line, head, strlen(head)) == 0);
	assert(line[length - 1] != ' ');
	assert(line[length - 1] != ':');
	if (isdigit((unsigned char)*rest)) {
		while (isdigit((unsigned char)*rest))
			number = number * 10 + (uint32_t)(*rest++ - '0');
		assert(*rest++ == ':');
		assert(number > 0);
		assert(number <= lines);
	}
	assert(*rest++ == ' ');
	assert(rest < line + length);
	for (; rest < line + length; rest++)
		assert(!iscntrl((unsigned char)*rest) || *rest == '\t');
}

/* A line for each fault, and one more for those that are too many. */
static void check_said(const struct verdict *verdict, uint32_t lines)
{
	const char *line = verdict->said;
	unsigned int count = 0;

	for (; *line; count++) {
		size_t length = strcspn(line, "\n");

		assert(line[length] == '\n');
		check_complaint(line, length, lines);
		line += length + 1;
	}
	if (verdict->faults > COMPLAINTS_MAX)
		assert(count == COMPLAINTS_MAX + 1);
	else
		assert(count == verdict->faults);
}

/* Another file that says the same; with its lines at the same place, or not. */
static void check_alike(const struct verdict *verdict, const char *data,
			size_t size, bool is_in_place)
{
	struct verdict other = config_judge(data, size);

	assert(other.r == verdict->r);
	assert(other.faults == verdict->faults);
	assert(digest_equal(other.digest, verdict->digest));
	if (is_in_place)
		assert(strcmp(other.said, verdict->said) == 0);
	verdict_fini(&other);
}

static void check_with_comments(const struct verdict *verdict, const char *data,
				size_t size, bool has_mark)
{
	static const char first[] = "# first\n \n";
	static const char last[] = "\n \n; last";
	_cleanup_free_ char *longer =
		malloc(sizeof(first) + size + sizeof(last));
	size_t length = strlen(first);

	assert(longer);
	memcpy(longer, first, length);
	memcpy(longer + length, data, size);
	memcpy(longer + length + size, last, sizeof(last));
	if (!has_mark)
		check_alike(verdict, longer, length + size, false);
	check_alike(verdict, longer + length, size + strlen(last), true);
}

static void check_with_mark(const struct verdict *verdict, const char *data,
			    size_t size)
{
	size_t length = strlen(byte_order_mark);
	_cleanup_free_ char *longer = malloc(length + size + 1);

	assert(longer);
	memcpy(longer, byte_order_mark, length);
	memcpy(longer + length, data, size);
	check_alike(verdict, longer, length + size, true);
}

static void check_with_carriage_returns(const struct verdict *verdict,
					const char *data, size_t size)
{
	_cleanup_free_ char *longer = malloc(size * 2 + 1);
	size_t length = 0;

	assert(longer);
	for (size_t i = 0; i < size; i++) {
		if (data[i] == '\n')
			longer[length++] = '\r';
		longer[length++] = data[i];
	}
	check_alike(verdict, longer, length, true);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	(void)argc;
	(void)argv;
	assert(fd >= 0);
	assert(log_init(&config_log, fd, LOG_ERROR, NULL) == 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *data = size > 0 ? (const char *)bytes : "";
	bool has_mark =
		size >= strlen(byte_order_mark) &&
		memcmp(data, byte_order_mark, strlen(byte_order_mark)) == 0;
	struct verdict verdict = config_judge(data, size);

	assert(verdict.r == 0 || verdict.r == -EINVAL);
	assert((verdict.r == 0) == (verdict.faults == 0));
	check_said(&verdict, count_lines(data, size));
	check_alike(&verdict, data, size, true);
	if (!has_mark)
		check_with_mark(&verdict, data, size);
	check_with_comments(&verdict, data, size, has_mark);
	check_with_carriage_returns(&verdict, data, size);
	if (verdict.r == 0 && verdict.rewritten_length <= CONFIG_LINE_MAX)
		check_alike(&verdict, verdict.rewritten,
			    verdict.rewritten_length, false);
	verdict_fini(&verdict);
	return 0;
}
