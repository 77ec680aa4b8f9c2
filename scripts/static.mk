# One program without a dynamic linker, for images that have no C library or
# another one, and for the first moment: signals are blocked by its first system
# call (tools/entry_x86_64.S). With musl where its compiler is there, since it
# is small, else with the static glibc. What is compiled lies in a variant of
# its own.

##  make static          build/muster-init, one static program, with musl where
##                       musl-gcc is (Debian: musl-tools), else with glibc

MUSL_CC ?= musl-gcc
STATIC_VARIANT = $(if $(shell command -v $(MUSL_CC) 2>/dev/null),musl,glibc)
STATIC_CC_musl = $(MUSL_CC)
STATIC_CC_glibc = gcc
STATIC_PROGRAM := build/muster-init

.PHONY: static
static:
	@variant=$(STATIC_VARIANT) && \
	$(MAKE) --no-print-directory VARIANT=$$variant CC="$(STATIC_CC_$(STATIC_VARIANT))" \
		build/$$variant/muster-init && \
	install -C -m 755 build/$$variant/muster-init $(STATIC_PROGRAM) && \
	echo "$(STATIC_PROGRAM): static, with $$variant"

# What archives made for glibc call is seen apart from the program.
.PHONY: static-tests
static-tests: static
	@if [ $(STATIC_VARIANT) = musl ]; then \
		$(MAKE) --no-print-directory VARIANT=musl CC="$(MUSL_CC)" \
			build/musl/tests/borrowed; \
	fi

ifneq ($(filter $(VARIANT),musl glibc),)

# A library made for another C library is found by its path. Its headers and
# the kernel's are looked for in a folder of links, for glibc's, which lie
# beside them, must not be found.
STATIC_HEADERS := build/musl/include
STATIC_HOST = $(shell gcc -dumpmachine)
STATIC_LIBS = $(wildcard $(foreach l,uring inih cap,$(shell gcc \
	-print-file-name=lib$(l).a)))
STATIC_BORROWED_musl := $(BUILD)/libborrowed.a
STATIC_FLOORS := core loop proc policy base
STATIC_ENTRY := $(patsubst tools/%.S,$(BUILD)/tools/%.o,$(wildcard \
	tools/entry_$(firstword $(subst -, ,$(shell gcc -dumpmachine))).S))
# Pages that are not there cost nothing: no room between the segments, nothing
# that nobody calls, no tables for who unwinds the stack.
STATIC_STRIP := -s
STATIC_ORDER_musl := tools/static/order.ld
STATIC_LDFLAGS = -static -no-pie $(STATIC_STRIP) -Wl,--gc-sections \
	-Wl,--build-id=none -Wl,-z,noseparate-code -Wl,-z,norelro \
	$(STATIC_ENTRY:%=-Wl,-e,entry_start) $(STATIC_ORDER_$(VARIANT):%=-Wl,-T,%)

$(STATIC_HEADERS)/linked: scripts/static.mk
	@mkdir -p $(@D)
	$(Q)cd $(@D) && ln -sf /usr/include/linux /usr/include/asm-generic \
		/usr/include/liburing /usr/include/liburing.h \
		/usr/include/ini.h /usr/include/$(STATIC_HOST)/asm . && \
	mkdir -p sys && ln -sf /usr/include/sys/capability.h sys && \
	touch linked

ifeq ($(VARIANT),musl)
$(LIBRARY_OBJECTS) $(TOOL_OBJECTS) $(BUILD)/tools/static/borrowed.o \
		$(BUILD)/tests/borrowed: | $(STATIC_HEADERS)/linked
endif

$(BUILD)/tools/%.o: tools/%.S
	@mkdir -p $(@D)
	$(Q)$(CC) -c -o $@ $<

$(BUILD)/muster-init: $(TOOL_OBJECTS) $(STATIC_ENTRY) $(STATIC_ORDER_$(VARIANT)) \
		$(STATIC_FLOORS:%=$(BUILD)/lib%.a) $(STATIC_BORROWED_$(VARIANT))
	$(Q)$(CC) $(STATIC_LDFLAGS) $(LDFLAGS) -o $@ \
		$(filter-out %/libborrowed.a %.ld,$^) $(STATIC_LIBS) \
		$(filter %/libborrowed.a,$^)

$(BUILD)/libborrowed.a: $(BUILD)/tools/static/borrowed.o
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# The compiler knows these functions and what is wrong with calling them so.
$(BUILD)/tests/borrowed: tests/static/borrowed.c $(BUILD)/libborrowed.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(ALL_CFLAGS)) -fno-builtin -static \
		-o $@ $< \
		$(STATIC_LIBS) $(filter %.a,$^)

endif
