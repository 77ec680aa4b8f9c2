/*
 * face.cc - the public headers and the face, read as C++20.
 */
#include "api/face.h"

#define CHECK_SIZE(type, bytes) static_assert(sizeof(type) == (bytes));
#define CHECK_FIELD(type, field, place) \
	static_assert(offsetof(type, field) == (place));
#define CHECK_VALUE(name, value) static_assert((name) == (value));
FACE_LAYOUT(CHECK_SIZE, CHECK_FIELD)
FACE_VALUES(CHECK_VALUE)

void face_of_cpp(struct face *ret_face)
{
#define TAKE_ADDRESS(name, type, arguments) ret_face->name = name;
	FACE_FUNCTIONS(TAKE_ADDRESS)
}
