/*
 * log_object.c - what all objects of a log begin with.
 */
#include "base/log_object.h"

void log_object_begin(struct log_object *ret_object, struct log_register *by,
		      enum log_level level, const char *event, uint64_t time_ns)
{
	struct json *json = &ret_object->json;
	char date[sizeof("2026-11-23T10:11:12.123456789Z")];
	struct text text;

	if (time_ns == 0 || time_ns != by->dated_ns)
		by->wall = wall_read();
	by->dated_ns = time_ns != 0 ? time_ns : by->wall.now_ns;
	text_init(&text, date, sizeof(date));
	wall_add(&text, wall_at(&by->wall, by->dated_ns));
	json_init(json, ret_object->line, sizeof(ret_object->line));
	json_add_u64(json, "seq", ++by->sequence);
	json_add_word(json, "time", date);
	json_add_u64(json, "time_ns", by->dated_ns);
	json_add_word(json, "level", log_level_name(level));
	json_add_word(json, "event", event);
}
