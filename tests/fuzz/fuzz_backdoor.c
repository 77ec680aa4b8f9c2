/*
 * fuzz_backdoor.c - what a backdoor's client says: the same lines however the
 * bytes arrive, none too long, and what is said about a wrong one is a line
 * that a terminal can bear.
 */
#include "fuzz/fuzz.h"
#include "service/backdoor_line.h"

#define COMPLAINT_SIZE 1024

/* What came of an input: each verb, until a line is too long. */
struct outcome {
	bool is_long;
	size_t length;
	char *verbs;
};

static void check_complaint(const struct backdoor_command *command,
			    const struct text *complaint)
{
	bool is_wrong = command->verb == BACKDOOR_VERB_WRONG;

	assert(is_wrong == (complaint->length > 0));
	assert(!complaint->is_cut);
	for (size_t i = 0; i < complaint->length; i++) {
		assert(complaint->data[i] >= ' ');
		assert(complaint->data[i] <= '~');
	}
}

static enum backdoor_verb check_line(const char *line, size_t length)
{
	char words[COMPLAINT_SIZE];
	char before[BACKDOOR_LINE_MAX + 1];
	struct backdoor_command command;
	struct text complaint;

	assert(length <= BACKDOOR_LINE_MAX);
	assert(line[length] == '\0');
	assert(!memchr(line, '\n', length));
	memcpy(before, line, length + 1);
	text_init(&complaint, words, sizeof(words));
	command = backdoor_line_parse(line, length, &complaint);
	assert(memcmp(before, line, length + 1) == 0);
	assert(command.verb < BACKDOOR_VERBS);
	check_complaint(&command, &complaint);
	if (memchr(line, '\0', length))
		assert(command.verb == BACKDOOR_VERB_WRONG);
	if (command.verb == BACKDOOR_VERB_LOG) {
		assert(command.level < LOG_LEVELS);
		assert(strstr(line, log_level_name(command.level)));
	}
	return command.verb;
}

/* Obeys the lines that are there; false when one is too long. */
static bool obey(struct backdoor_input *input, struct outcome *outcome)
{
	char line[BACKDOOR_LINE_MAX + 1];
	enum backdoor_arrival arrival = backdoor_input_look(input);

	for (; arrival == BACKDOOR_ARRIVAL_LINE;
	     arrival = backdoor_input_look(input)) {
		size_t length = backdoor_input_take(input, line);

		outcome->verbs[outcome->length++] =
			(char)check_line(line, length);
	}
	return arrival == BACKDOOR_ARRIVAL_NONE;
}

/* chunk: how many bytes arrive at once. */
static struct outcome converse(const uint8_t *data, size_t size, size_t chunk)
{
	struct outcome outcome = {.verbs = malloc(size + 1)};
	struct backdoor_input input = {0};
	size_t count;

	assert(outcome.verbs);
	for (size_t at = 0; at < size; at += count) {
		size_t room = sizeof(input.data) - input.length;

		assert(room > 0); /* or the client is never read again */
		count = size - at < chunk ? size - at : chunk;
		count = count < room ? count : room;
		memcpy(input.data + input.length, data + at, count);
		input.length += count;
		if (!obey(&input, &outcome)) {
			outcome.is_long = true;
			break;
		}
	}
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t chunks[] = {1, 2, 7, 255, 257};
	struct outcome whole = converse(data, size, SIZE_MAX);

	for (size_t i = 0; i < ARRAY_LEN(chunks); i++) {
		struct outcome parts = converse(data, size, chunks[i]);

		assert(parts.is_long == whole.is_long);
		assert(parts.length == whole.length);
		assert(memcmp(parts.verbs, whole.verbs, whole.length) == 0);
		free(parts.verbs);
	}
	free(whole.verbs);
	return 0;
}
