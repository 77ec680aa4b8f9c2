/*
 * speak.c - lines to a function or to standard error. Decides nothing but
 * whether a line of this level is wanted.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "service/speak.h"

#define SPEAK_LINE 2048
/* Who is about to end lets a slow reader have the last lines. */
#define SPEAK_LAST_WORDS_MS 200

static const enum log_level speak_levels[MUSTER_LOG_LEVELS] = {
	[MUSTER_LOG_DEFAULT] = LOG_INFO,    [MUSTER_LOG_ERROR] = LOG_ERROR,
	[MUSTER_LOG_WARNING] = LOG_WARNING, [MUSTER_LOG_INFO] = LOG_INFO,
	[MUSTER_LOG_DEBUG] = LOG_DEBUG,
};

int speak_open(struct speaker *speaker,
	       const struct muster_launcher_options *options)
{
	*speaker = (struct speaker){
		.log = LOG_NULL,
		.level = options->log_level == MUSTER_LOG_DEFAULT
				 ? MUSTER_LOG_INFO
				 : options->log_level,
		.take = options->log,
		.data = options->log_data,
	};
	if (speaker->take)
		return 0;
	return log_init(&speaker->log, STDERR_FILENO,
			speak_levels[speaker->level], "");
}

void speak_close(struct speaker *speaker)
{
	if (!speaker->take)
		(void)log_flush_slowly(&speaker->log, SPEAK_LAST_WORDS_MS);
	log_fini(&speaker->log);
}

void speak_anew(const struct speaker *launchers, struct speaker *ret_speaker)
{
	*ret_speaker = *launchers;
	log_forget(&ret_speaker->log);
}

void speak_line(struct speaker *speaker, enum muster_log_level level,
		const char *line)
{
	if (level > speaker->level)
		return;
	if (speaker->take)
		speaker->take(speaker->data, level, line);
	else
		log_line(&speaker->log, speak_levels[level], line,
			 strlen(line));
}

void speak(struct speaker *speaker, enum muster_log_level level,
	   const char *format, ...)
{
	char line[SPEAK_LINE];
	va_list arguments;

	if (level > speaker->level)
		return;
	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments); /* or cut */
	va_end(arguments);
	speak_line(speaker, level, line);
}

int speak_flush(struct speaker *speaker)
{
	return speaker->take ? 0 : log_flush(&speaker->log);
}

void speak_set_level(struct speaker *speaker, enum muster_log_level level)
{
	speaker->level = level;
	speaker->log.level = speak_levels[level];
}
