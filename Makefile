# muster - build, test, lint, install. `make help` lists the targets.
#
# One archive per floor (src/README.md); a floor's tests link that floor and the
# ones below, so an upward call does not link. VARIANT=asan builds the same tree
# with sanitizers beside the normal one, VARIANT=tsan with the one for threads,
# VARIANT=cov with coverage; musl and glibc are those of `make static`.

VERSION := 0.1.0
SOVERSION := 0

CC ?= gcc
CXX ?= g++
AR ?= ar
OBJCOPY ?= objcopy
VARIANT ?= opt
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
DESTDIR ?=
BUILD := build/$(VARIANT)

# make V=1 shows the commands, make -s nothing, make what is being made.
V ?= 0
ifeq ($(findstring s,$(firstword -$(MAKEFLAGS))),s)
Q_0 = @
else
Q_0 = @echo "  $(@:build/%=%)";
endif
Q_1 =
Q = $(Q_$(V))

WARNINGS := -Wall -Wextra -Wshadow -Wundef -Wvla -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual \
	-Wcast-align=strict -Wwrite-strings -Wconversion -Wsign-conversion \
	-Wformat=2 -Wimplicit-fallthrough -Wswitch-enum -Wnull-dereference \
	-Wduplicated-cond -Wduplicated-branches -Wlogical-op
WERROR ?= -Werror
HARDEN := -fstack-protector-strong -fstack-clash-protection -fPIC

CFLAGS_opt := -O2 -g $(HARDEN) -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
CFLAGS_asan := -O1 -g -fPIC -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all
CFLAGS_tsan := -O1 -g -fPIC -fno-omit-frame-pointer -fsanitize=thread
CFLAGS_cov := -O0 -g -fPIC --coverage
# Canaries where there are buffers: -strong, which guards each local variable
# with an address, too, would make it 9 KiB larger.
CFLAGS_static := -Oz -fno-pie -fstack-protector \
	-fstack-clash-protection -ffunction-sections -fdata-sections \
	-fno-asynchronous-unwind-tables
CFLAGS_glibc := $(CFLAGS_static) -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
CFLAGS_musl := $(CFLAGS_static)
HEADERS_musl := -isystem build/musl/include
LDFLAGS_opt := -Wl,-z,relro,-z,now
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_tsan := -fsanitize=thread
LDFLAGS_cov := --coverage

ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -DMUSTER_VERSION='"$(VERSION)"' \
	-fvisibility=hidden $(WARNINGS) $(WERROR) $(CFLAGS_$(VARIANT)) \
	-Iinclude -Isrc $(HEADERS_$(VARIANT)) -MMD -MP $(CFLAGS)
ALL_LDFLAGS := $(LDFLAGS_$(VARIANT)) $(LDFLAGS)

# The child between clone and exec: no sanitizer, no canary, no library call.
# It shares the launcher's memory, so nothing in it may touch what is per
# thread. `make lint` checks that `nm -u` of it is empty.
CHILD_CFLAGS := -std=gnu11 -D_GNU_SOURCE $(WARNINGS) $(WERROR) -O2 -g -fPIC \
	-fvisibility=hidden -ffreestanding -fno-stack-protector \
	-U_FORTIFY_SOURCE -fno-tree-loop-distribute-patterns \
	-fcf-protection=none -fno-sanitize=all -Iinclude -Isrc -MMD -MP \
	$(HEADERS_$(VARIANT))

TOOL_PIE := $(if $(filter $(VARIANT),musl glibc),-fno-pie,-fPIE)

FLOORS := base policy loop proc core service
URING_LIBS := -luring
# The program alone reads configuration files and names of capabilities.
TOOL_LIBS := -linih -lcap

floor_objects = $(patsubst src/%.c,$(BUILD)/%.o,$(wildcard src/$(1)/*.c))
floor_archive = $(BUILD)/lib$(1).a
TOOL_OBJECTS := $(patsubst tools/%.c,$(BUILD)/tools/%.o,$(wildcard tools/*.c))
# What a forked child runs before its service's start() comes first in the
# library: code is mapped in windows of 64 KiB, and each is a fault in each
# child (src/README.md, Functions). What it runs at its end lies behind it.
FORKED := proc/fork core/slot_launch core/born core/pidfds core/workers \
	core/slot proc/spawn proc/parent base/fd base/text loop/loop loop/sigfd loop/clock \
	policy/route service/forked service/runner service/runner_signals \
	service/runner_parent service/services service/services_idle \
	service/unit service/worker service/runner_step \
	service/runner_deadline service/speak service/doors \
	service/upstream base/log base/log_sink service/backdoor
FORKED_OBJECTS := $(FORKED:%=$(BUILD)/%.o)
ALL_OBJECTS := $(foreach f,$(FLOORS),$(call floor_objects,$(f)))
LIBRARY_OBJECTS := $(FORKED_OBJECTS) \
	$(filter-out $(FORKED_OBJECTS),$(ALL_OBJECTS))

# What each floor's tests may link: itself and those below.
BELOW_base := base
BELOW_kernel := base
BELOW_policy := policy base
BELOW_loop := loop base
BELOW_proc := proc base
BELOW_core := core loop proc policy base
BELOW_service := service core loop proc policy base
BELOW_sim := core policy base

# Manual pages, each beside what it describes.
PAGES := $(wildcard include/*.[37] tools/*.[15])

.PHONY: all
all: $(BUILD)/muster $(BUILD)/libmuster.a $(BUILD)/libmuster.so

define floor_rules
$(call floor_archive,$(1)): $(call floor_objects,$(1))
	@rm -f $$@
	$(Q)$(AR) rcs $$@ $$^
endef
$(foreach f,$(FLOORS),$(eval $(call floor_rules,$(f))))

$(BUILD)/proc/child.o $(BUILD)/proc/child_privs.o: $(BUILD)/%.o: src/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CHILD_CFLAGS) -c -o $@ $<

$(BUILD)/%.o: src/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/tools/%.o: tools/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(TOOL_PIE) -c -o $@ $<

# The library: one relocatable object in which every name but the public ones
# is local, so that nothing of ours can clash with the caller's program.
$(BUILD)/libmuster.o: $(LIBRARY_OBJECTS) src/libmuster.map
	$(Q)$(CC) -r -nostdlib -o $@ $(LIBRARY_OBJECTS)
	$(Q)$(OBJCOPY) --localize-hidden $@

$(BUILD)/libmuster.a: $(BUILD)/libmuster.o
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/libmuster.so.$(VERSION): $(LIBRARY_OBJECTS) src/libmuster.map
	$(Q)$(CC) -shared -o $@ $(LIBRARY_OBJECTS) $(ALL_LDFLAGS) \
		-Wl,-soname,libmuster.so.$(SOVERSION) \
		-Wl,--version-script=src/libmuster.map $(SO_DEFS_$(VARIANT)) \
		$(URING_LIBS)
SO_DEFS_opt := -Wl,-z,defs

$(BUILD)/libmuster.so: $(BUILD)/libmuster.so.$(VERSION)
	ln -sf libmuster.so.$(VERSION) $(BUILD)/libmuster.so.$(SOVERSION)
	ln -sf libmuster.so.$(SOVERSION) $@

# The program is the library's first customer: it links the public archive and
# base, nothing else of ours.
$(BUILD)/muster: $(TOOL_OBJECTS) $(BUILD)/libmuster.a $(BUILD)/libbase.a
	$(Q)$(CC) -pie -o $@ $^ $(ALL_LDFLAGS) $(URING_LIBS) $(TOOL_LIBS)

include scripts/static.mk
include scripts/examples.mk
include tests/tests.mk
include tests/oci/oci.mk
include tests/fuzz/fuzz.mk
include scripts/targets.mk
include scripts/bench.mk
-include scripts/demo.mk

.PHONY: help
help:
	@sed -n 's/^##  *//p' Makefile tests/tests.mk tests/oci/oci.mk \
		tests/fuzz/fuzz.mk scripts/*.mk

##  make                 the program, libmuster.a, libmuster.so
##  make install         DESTDIR= PREFIX=/usr/local; muster-init, too, once made
##  make uninstall       the same
##  make clean

.PHONY: install
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBDIR)/pkgconfig \
		$(DESTDIR)$(PREFIX)/include/muster
	install -m 755 $(BUILD)/muster $(DESTDIR)$(PREFIX)/bin/
	if [ -x $(STATIC_PROGRAM) ]; then \
		install -m 755 $(STATIC_PROGRAM) $(DESTDIR)$(PREFIX)/bin/; \
	fi
	install -m 644 $(BUILD)/libmuster.a $(DESTDIR)$(LIBDIR)/
	install -m 755 $(BUILD)/libmuster.so.$(VERSION) $(DESTDIR)$(LIBDIR)/
	ln -sf libmuster.so.$(VERSION) \
		$(DESTDIR)$(LIBDIR)/libmuster.so.$(SOVERSION)
	ln -sf libmuster.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libmuster.so
	install -m 644 include/muster/*.h $(DESTDIR)$(PREFIX)/include/muster/
	sh scripts/pages install $(DESTDIR)$(PREFIX)/share/man $(PAGES)
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|' \
		-e 's|@VERSION@|$(VERSION)|' src/muster.pc.in \
		>$(DESTDIR)$(LIBDIR)/pkgconfig/muster.pc

# The directories may be others', too.
.PHONY: uninstall
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/muster \
		$(DESTDIR)$(PREFIX)/bin/muster-init \
		$(DESTDIR)$(LIBDIR)/libmuster.* \
		$(DESTDIR)$(LIBDIR)/pkgconfig/muster.pc
	rm -rf $(DESTDIR)$(PREFIX)/include/muster
	sh scripts/pages uninstall $(DESTDIR)$(PREFIX)/share/man $(PAGES)

.PHONY: clean
clean:
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
