# Fuzzers: tests/fuzz/fuzz_X.c states what must hold for every input, libFuzzer
# looks for one that breaks it, and the inputs that are kept lie in
# tests/fuzz/corpus/X. What is fuzzed is compiled once more by clang, which
# watches where an input leads.

##  make fuzz-corpus     every fuzzer over its committed inputs, once
##  make fuzz            every fuzzer for FUZZ_SECONDS=60; FUZZERS="config ..."
##                       new inputs go to build/fuzz/corpus-X

CC_FUZZ ?= clang
FUZZ_SECONDS ?= 60
FUZZERS ?= $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ := build/fuzz

FUZZ_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_CFLAGS := -std=gnu11 -D_GNU_SOURCE -DMUSTER_VERSION='"$(VERSION)"' \
	$(filter-out -Wcast-align=strict -Wduplicated-cond \
	-Wduplicated-branches -Wlogical-op -Wmissing-prototypes,$(WARNINGS)) \
	$(WERROR) -O1 -g -fno-omit-frame-pointer $(FUZZ_SANITIZE) \
	-Iinclude -Isrc -Itests -MMD -MP

# What each one is about, and nothing else, so that it can open nothing: files
# of the tools and of the rooms. Base is below all of them.
FUZZ_SOURCES_address := src/proc/address.c
FUZZ_SOURCES_backdoor := src/service/backdoor_line.c
FUZZ_SOURCES_config := $(patsubst %,tools/%.c,addresses capabilities complaint \
	config config_order config_read config_value digest inherit \
	notify_address rights service settings settings_init \
	settings_launcher settings_life settings_limits settings_privileges \
	settings_service signals stringlist variables words) src/core/names.c src/core/check.c \
	src/core/privileges.c src/core/spec_check.c src/core/spec_copy.c \
	src/policy/exit.c src/proc/address.c \
	tests/fuzz/declared.c tests/fuzz/files.c tests/fuzz/rewrite.c
FUZZ_LIBS_config := $(TOOL_LIBS)
FUZZ_SOURCES_notify := src/proc/message.c
FUZZ_SOURCES_number :=
FUZZ_SOURCES_signal :=

FUZZ_WATCH := -fsanitize=fuzzer-no-link \
	-fsanitize-coverage-ignorelist=tests/fuzz/unwatched

fuzz_objects = $(patsubst src/%.c,$(FUZZ)/%.o,$(wildcard src/base/*.c)) \
	$(patsubst src/%.c,$(FUZZ)/%.o,$(filter src/%,$(FUZZ_SOURCES_$(1)))) \
	$(patsubst %.c,$(FUZZ)/%.o,$(filter-out src/%,$(FUZZ_SOURCES_$(1))))
FUZZ_PROGRAMS := $(FUZZERS:%=$(FUZZ)/fuzz_%)

$(FUZZ)/%.o: src/%.c
	@mkdir -p $(@D)
	$(Q)$(CC_FUZZ) $(FUZZ_CFLAGS) $(FUZZ_WATCH) -c -o $@ $<
$(FUZZ)/tools/%.o: tools/%.c
	@mkdir -p $(@D)
	$(Q)$(CC_FUZZ) $(FUZZ_CFLAGS) $(FUZZ_WATCH) -c -o $@ $<
$(FUZZ)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(Q)$(CC_FUZZ) $(FUZZ_CFLAGS) -Itools -c -o $@ $<

define fuzz_rules
$(FUZZ)/fuzz_$(1): $(FUZZ)/tests/fuzz/fuzz_$(1).o $$(call fuzz_objects,$(1))
	$$(Q)$$(CC_FUZZ) $(FUZZ_SANITIZE) -fsanitize=fuzzer -o $$@ $$^ \
		$$(FUZZ_LIBS_$(1))
endef
$(foreach f,$(FUZZERS),$(eval $(call fuzz_rules,$(f))))
.SECONDARY: $(FUZZERS:%=$(FUZZ)/tests/fuzz/fuzz_%.o)

.PHONY: fuzz-programs
fuzz-programs: $(FUZZ_PROGRAMS)
.PHONY: fuzz-corpus
fuzz-corpus: fuzz-programs
	sh scripts/run-fuzz $(FUZZ_PROGRAMS)
.PHONY: fuzz
fuzz: fuzz-programs
	sh scripts/run-fuzz -t $(FUZZ_SECONDS) $(FUZZ_PROGRAMS)

-include $(shell find $(FUZZ) -name '*.d' 2>/dev/null)
