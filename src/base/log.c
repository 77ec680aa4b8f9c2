/*
 * log.c - one sink for lines, that never blocks its writer.
 *
 * The buffer holds whole lines, except that the first may have been begun on
 * the sink already (is_mid_line): its rest is never given up, or the next line
 * would be glued to it.
 *
 * Once a line was dropped, all are, until half of the buffer is free: few long
 * gaps are easier to read than many short ones. Then a notice stands exactly
 * where the lines are missing. At most one notice is in the buffer, so that
 * its count can be taken back when the buffer is lost.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/log_sink.h"
#include "base/text.h"
#include "base/unforked.h"

#define LOG_RESUME_LENGTH (LOG_BUFFER_SIZE / 2)
/* Beyond it the next line may not fit. */
#define LOG_FULL_LENGTH (LOG_BUFFER_SIZE - (size_t)2 * LOG_OBJECT_SIZE)

/* The text is written behind the buffer's content and belongs to it only once
 * log_end has seen that it fits. */
static void log_begin(const struct log *log, enum log_level level,
		      struct text *ret_text)
{
	text_init(ret_text, log->buffer + log->length,
		  LOG_BUFFER_SIZE - log->length);
	if (log->prefix)
		text_add(ret_text, log->prefix);
	if (level == LOG_NOTICE || level == LOG_INFO)
		return;
	text_add(ret_text, log_level_name(level));
	text_add(ret_text, ": ");
}

static bool log_end(struct log *log, struct text *text)
{
	text_disarm(text);
	text_add(text, "\n");
	if (text->is_cut)
		return false;
	log->length += text->length;
	return true;
}

/* False when it does not fit. */
static bool log_end_object(struct log *log, struct log_object *object)
{
	struct text text;

	json_end(&object->json);
	text_init(&text, log->buffer + log->length,
		  LOG_BUFFER_SIZE - log->length);
	text_add_bytes(&text, object->line, object->json.text.length);
	return log_end(log, &text);
}

static bool log_tell_object(struct log *log)
{
	struct log_object object;

	log_object_begin(&object, &log->objects, LOG_WARNING, "dropped", 0);
	json_add_u64(&object.json, "count", log->dropped);
	return log_end_object(log, &object);
}

static bool log_tell_line(struct log *log)
{
	struct text text;

	log_begin(log, LOG_WARNING, &text);
	text_add(&text, "log lines dropped: ");
	text_add_u64(&text, log->dropped);
	return log_end(log, &text);
}

/* Tells how many lines are missing, if any are and the reader has moved. */
static void log_tell(struct log *log)
{
	if (log->dropped == 0 || log->notice_end > 0 ||
	    log->length > LOG_RESUME_LENGTH)
		return;
	if (!(log->is_json ? log_tell_object(log) : log_tell_line(log)))
		return; /* the prefix alone is too long */
	log->notice_end = log->length;
	log->notice_count = log->dropped;
	log->dropped = 0;
}

/* How much to hand over at once. A pipe takes up to PIPE_BUF bytes whole or
 * not at all, so whole lines up to there are never mixed with those of the
 * workers, who write to the same pipe. A longer line has no such luck. */
static size_t log_slice(const struct log *log, size_t done)
{
	const char *start = log->buffer + done;
	size_t length = log->length - done;
	const char *newline;

	if (log->method == LOG_METHOD_DIRECT || length <= PIPE_BUF)
		return length;
	newline = memrchr(start, '\n', PIPE_BUF);
	return newline ? (size_t)(newline + 1 - start) : PIPE_BUF;
}

static void log_consume(struct log *log, size_t count)
{
	if (count == 0)
		return;
	log->is_mid_line = log->buffer[count - 1] != '\n';
	log->length -= count;
	memmove(log->buffer, log->buffer + count, log->length);
	log->notice_end -= count < log->notice_end ? count : log->notice_end;
}

static size_t line_length(const char *text, size_t length)
{
	const char *newline = memchr(text, '\n', length);

	return newline ? (size_t)(newline - text) + 1 : length;
}

static size_t count_lines(const char *text, size_t length)
{
	size_t done;
	size_t count = 0;

	for (done = 0; done < length; count++)
		done += line_length(text + done, length - done);
	return count;
}

/* Gives up the lines that are not begun. A notice among them takes its count
 * back. */
static void log_discard(struct log *log)
{
	size_t kept = 0;

	if (log->is_mid_line)
		kept = line_length(log->buffer, log->length);
	log->dropped += count_lines(log->buffer + kept, log->length - kept);
	if (log->notice_end > kept) {
		log->dropped += log->notice_count - 1;
		log->notice_end = 0;
	}
	log->length = kept;
}

/* As log_flush, without telling of dropped lines. */
static int log_drain(struct log *log)
{
	size_t done = 0;
	int r = 0;

	while (r == 0 && done < log->length) {
		ssize_t n = log_sink_write(log, log->buffer + done,
					   log_slice(log, done));

		if (n > 0)
			done += (size_t)n;
		else if (n == 0)
			r = -EIO; /* or this would never end */
		else if (errno == EAGAIN)
			r = 1;
		else if (errno != EINTR)
			r = -errno;
	}
	log_consume(log, done);
	if (r < 0)
		log_discard(log);
	return r;
}

/* Whether a line of this level is to be written now. A turn that has more to
 * say than the buffer holds loses nothing as long as the reader takes it; a
 * reader who does not is asked for each line until the buffer is full, and then
 * only by the next flush. */
static bool log_admits(struct log *log, enum log_level level)
{
	if (log->fd < 0 || level > log->level)
		return false;
	log_tell(log);
	if (log->dropped == 0 && log->length > LOG_FULL_LENGTH)
		(void)log_drain(log); /* what is lost has been counted */
	if (log->dropped == 0)
		return true;
	log->dropped++;
	log->objects.sequence++;
	return false;
}

int log_init(struct log *log, int fd, enum log_level level, const char *prefix)
{
	/* What is in it is nothing for a child (log_forget). */
	char *buffer = unforked_new_wiped(1, LOG_BUFFER_SIZE);

	if (!buffer)
		return -ENOMEM;
	*log = LOG_NULL;
	log->buffer = buffer;
	log->level = level;
	log->prefix = prefix;
	log_sink_attach(log, fd);
	return 0;
}

void log_fini(struct log *log)
{
	(void)log_flush(log); /* what the sink does not take now is lost */
	if (log->is_own)
		(void)close(log->fd); /* the caller's is still open */
	(void)unforked_free(log->buffer, 1, LOG_BUFFER_SIZE);
	*log = LOG_NULL;
}

void log_forget(struct log *log)
{
	log->length = 0;
	log->dropped = 0;
	log->notice_end = 0;
	log->is_mid_line = false;
}

bool log_open_object(struct log *log, enum log_level level, const char *event,
		     uint64_t time_ns, struct log_object *ret_object)
{
	if (!log_admits(log, level))
		return false;
	log_object_begin(ret_object, &log->objects, level, event, time_ns);
	return true;
}

void log_close_object(struct log *log, struct log_object *object)
{
	if (!log_end_object(log, object))
		log->dropped++;
}

static void log_say_object(struct log *log, enum log_level level,
			   const struct text *message)
{
	struct log_object object;

	log_object_begin(&object, &log->objects, level, "log", 0);
	json_add_string(&object.json, "message", message->data, SIZE_MAX);
	object.json.was_cut |= message->is_cut;
	log_close_object(log, &object);
}

/* Of its own, for its buffer: a stack that grows by a page touches it. */
static void log_line_object(struct log *log, enum log_level level,
			    const char *line, size_t length)
{
	char message[LOG_OBJECT_SIZE];
	struct text text;

	text_init(&text, message, sizeof(message));
	text_add_bytes(&text, line, length);
	log_say_object(log, level, &text);
}

void log_line(struct log *log, enum log_level level, const char *line,
	      size_t length)
{
	struct text text;

	if (!log_admits(log, level))
		return;
	if (log->is_json) {
		log_line_object(log, level, line, length);
		return;
	}
	log_begin(log, level, &text);
	text_add_bytes(&text, line, length);
	if (!log_end(log, &text))
		log->dropped++;
}

void log_format(struct log *log, enum log_level level, const char *format, ...)
{
	char line[LOG_OBJECT_SIZE];
	struct text text;
	va_list arguments;

	if (!log_admits(log, level))
		return;
	if (log->is_json)
		text_init(&text, line, sizeof(line));
	else
		log_begin(log, level, &text);
	va_start(arguments, format);
	text_vformat(&text, format, arguments);
	va_end(arguments);
	if (log->is_json)
		log_say_object(log, level, &text);
	else if (!log_end(log, &text))
		log->dropped++;
}

int log_flush(struct log *log)
{
	int r = log_drain(log);

	if (r != 0 || log->dropped == 0)
		return r;
	log_tell(log); /* no line came that would have brought it along */
	return log_drain(log);
}

int log_flush_slowly(struct log *log, int limit_ms)
{
	struct pollfd room = {.fd = log->fd, .events = POLLOUT};
	int r = log_flush(log);

	/* Each round takes a page at least; a sink that says it has room and
	 * has none does not keep us for ever. */
	for (size_t i = 0; r > 0 && i < LOG_BUFFER_SIZE / 64; i++) {
		if (poll(&room, 1, limit_ms) != 1)
			break;
		r = log_flush(log);
	}
	return r;
}

int log_fd(const struct log *log)
{
	return log->fd;
}
