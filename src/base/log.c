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
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"

#define LOG_RESUME_LENGTH (LOG_BUFFER_SIZE / 2)

static const char *const level_names[] = {
	[LOG_ERROR] = "error",	 [LOG_WARNING] = "warning",
	[LOG_NOTICE] = "notice", [LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

_Static_assert(ARRAY_LEN(level_names) == LOG_LEVELS, "a level has no name");

/* A terminal, but not the master's side of one: that cannot be opened anew,
 * its name makes another terminal. */
static bool is_terminal(int fd)
{
	unsigned int number;

	return isatty(fd) && ioctl(fd, TIOCGPTN, &number) < 0;
}

/*
 * A description of our own for the same pipe or terminal. Fails without /proc,
 * for a sink that belongs to another user, and for a named pipe nobody reads.
 * A reading end is not turned into a writing one.
 */
static int log_reopen(int fd)
{
	char path[sizeof("/proc/self/fd/") + 20];
	int flags = fcntl(fd, F_GETFL);
	struct text text;

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return -1;
	text_init(&text, path, sizeof(path));
	text_add(&text, "/proc/self/fd/");
	text_add_i64(&text, fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static void log_attach(struct log *log, int fd)
{
	struct stat status;
	int own = -1;

	if (fstat(fd, &status) < 0)
		return; /* closed: drop everything, as for -1 */
	log->fd = fd;
	log->method = LOG_METHOD_POLL;
	/* Major 1: /dev/null and its like, which make nobody wait. */
	if (S_ISREG(status.st_mode) ||
	    (S_ISCHR(status.st_mode) && major(status.st_rdev) == 1))
		log->method = LOG_METHOD_DIRECT;
	else if (S_ISSOCK(status.st_mode))
		log->method = LOG_METHOD_SOCKET;
	else if (S_ISFIFO(status.st_mode) || is_terminal(fd))
		own = log_reopen(fd);
	if (own >= 0) {
		log->fd = own;
		log->is_own = true;
		log->method = LOG_METHOD_NONBLOCK;
	}
}

/* The text is written behind the buffer's content and belongs to it only once
 * log_end has seen that it fits. */
static void log_begin(const struct log *log, enum log_level level,
		      struct text *ret_text)
{
	text_init(ret_text, log->buffer + log->length,
		  LOG_BUFFER_SIZE - log->length);
	if (log->form)
		return;
	if (log->prefix)
		text_add(ret_text, log->prefix);
	if (level == LOG_NOTICE || level == LOG_INFO)
		return;
	text_add(ret_text, level_names[level]);
	text_add(ret_text, ": ");
}

/* What came from a worker or from outside may not end the line early and not
 * speak to the terminal. */
static void log_disarm(char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			text[i] = '?';
	}
}

static bool log_end(struct log *log, struct text *text)
{
	log_disarm(text->data, text->length);
	text_add(text, "\n");
	if (text->is_cut)
		return false;
	log->length += text->length;
	return true;
}

/* Tells how many lines are missing, if any are and the reader has moved. */
static void log_tell(struct log *log)
{
	struct text text;

	if (log->dropped == 0 || log->notice_end > 0 ||
	    log->length > LOG_RESUME_LENGTH)
		return;
	log_begin(log, LOG_WARNING, &text);
	text_add(&text,
		 log->form ? log->form->before_dropped : "log lines dropped: ");
	text_add_u64(&text, log->dropped);
	if (log->form)
		text_add(&text, log->form->after_dropped);
	if (!log_end(log, &text))
		return; /* the prefix alone is too long */
	log->notice_end = log->length;
	log->notice_count = log->dropped;
	log->dropped = 0;
}

/* Whether a line of this level is to be written now. */
static bool log_admits(struct log *log, enum log_level level)
{
	if (log->fd < 0 || level > log->level)
		return false;
	log_tell(log);
	if (log->dropped == 0)
		return true;
	log->dropped++;
	return false;
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

static bool log_may_write(int fd)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};
	int ready = poll(&room, 1, 0);

	if (ready == 0)
		errno = EAGAIN;
	return ready > 0; /* or broken, which the write will say */
}

/* As write(2), but never blocks; what cannot be written now is EAGAIN. */
static ssize_t log_write(const struct log *log, const char *data, size_t length)
{
	if (log->method == LOG_METHOD_SOCKET)
		return send(log->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (log->method == LOG_METHOD_POLL && !log_may_write(log->fd))
		return -1;
	return write(log->fd, data, length);
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
		ssize_t n = log_write(log, log->buffer + done,
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

int log_init(struct log *log, int fd, enum log_level level, const char *prefix)
{
	char *buffer = malloc(LOG_BUFFER_SIZE);

	if (!buffer)
		return -ENOMEM;
	*log = LOG_NULL;
	log->buffer = buffer;
	log->level = level;
	log->prefix = prefix;
	log_attach(log, fd);
	return 0;
}

void log_fini(struct log *log)
{
	(void)log_flush(log); /* what the sink does not take now is lost */
	if (log->is_own)
		(void)close(log->fd); /* the caller's is still open */
	free(log->buffer);
	*log = LOG_NULL;
}

void log_line(struct log *log, enum log_level level, const char *line,
	      size_t length)
{
	struct text text;

	if (!log_admits(log, level))
		return;
	log_begin(log, level, &text);
	text_add_bytes(&text, line, length);
	if (!log_end(log, &text))
		log->dropped++;
}

void log_format(struct log *log, enum log_level level, const char *format, ...)
{
	struct text text;
	va_list arguments;

	if (!log_admits(log, level))
		return;
	log_begin(log, level, &text);
	va_start(arguments, format);
	text_vformat(&text, format, arguments);
	va_end(arguments);
	if (!log_end(log, &text))
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

int log_level_parse(const char *string, enum log_level *ret_level)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(level_names); i++)
		if (strcmp(string, level_names[i]) == 0) {
			*ret_level = (enum log_level)i;
			return 0;
		}
	return -EINVAL;
}

const char *log_level_name(enum log_level level)
{
	return level_names[level];
}
