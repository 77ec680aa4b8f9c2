# Tests mirror the house. Every tests/FLOOR/test_X.c is one cmocka program that
# links that floor and the ones below.

##  make test            every quick test
##  make test-FLOOR      those of one floor: base policy loop proc core ...

TEST_CFLAGS = $(filter-out -Wmissing-prototypes -Wnull-dereference,$(ALL_CFLAGS)) \
	-Itests
TEST_FLOORS := base policy kernel loop proc

test_programs = $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/$(1)/test_*.c))

define test_rules
$$(BUILD)/tests/$(1)/%: tests/$(1)/%.c $$(foreach f,$$(BELOW_$(1)),$$(BUILD)/lib$$(f).a)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(TEST_CFLAGS) -o $$@ $$< $$(filter %.a,$$^) $$(ALL_LDFLAGS) \
		-lcmocka $$(URING_LIBS)
.PHONY: test-$(1)
test-$(1): $$(call test_programs,$(1))
	sh scripts/run-tests $$^
endef
$(foreach f,$(TEST_FLOORS),$(eval $(call test_rules,$(f))))

# Core and the simulation run over tests/fakes, which stand in the place of loop
# and proc: only the plan is the real one. What lies beside a test_X.c without
# being one is linked to all of its folder.
FAKE_FLOORS := core sim

test_helpers = $(patsubst tests/%.c,$(BUILD)/tests/%.o,$(filter-out \
	tests/$(1)/test_%.c,$(wildcard tests/$(1)/*.c)))
FAKE_OBJECTS := $(call test_helpers,fakes) $(BUILD)/proc/plan.o \
	$(BUILD)/proc/moves.o $(BUILD)/proc/resolve.o $(BUILD)/proc/address.o \
	$(BUILD)/proc/privs.o

define fake_object_rules
$$(BUILD)/tests/$(1)/%.o: tests/$(1)/%.c
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(TEST_CFLAGS) -c -o $$@ $$<
endef
$(foreach f,fakes $(FAKE_FLOORS),$(eval $(call fake_object_rules,$(f))))

define fake_rules
$$(BUILD)/tests/$(1)/test_%: tests/$(1)/test_%.c $$(call test_helpers,$(1)) \
		$$(FAKE_OBJECTS) $$(foreach f,$$(BELOW_sim),$$(BUILD)/lib$$(f).a)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(TEST_CFLAGS) -o $$@ $$< $$(filter %.o %.a,$$^) \
		$$(ALL_LDFLAGS) -lcmocka
.PHONY: test-$(1)
test-$(1): $$(call test_programs,$(1))
	sh scripts/run-tests $$^
endef
$(foreach f,$(FAKE_FLOORS),$(eval $(call fake_rules,$(f))))

# The public face from outside: C11 and C++20 against libmuster.so, and what nm
# and the compilers say.
API_BUILD := $(BUILD)/tests/api
API_FLAGS := -Wall -Wextra $(WERROR) -Iinclude -Itests -MMD -MP
API_SANITIZE := $(filter -fsanitize% --coverage,$(CFLAGS_$(VARIANT)))
API_TESTS := $(API_BUILD)/test_api $(API_BUILD)/test_exports \
	$(API_BUILD)/test_headers $(API_BUILD)/test_pages

$(API_BUILD)/face.o: tests/api/face.cc
	@mkdir -p $(@D)
	$(Q)$(CXX) -std=c++20 -pedantic $(API_FLAGS) $(API_SANITIZE) -c -o $@ $<
$(API_BUILD)/test_api: tests/api/test_api.c $(API_BUILD)/face.o \
		$(BUILD)/libmuster.so
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -D_POSIX_C_SOURCE=200809L -pedantic $(API_FLAGS) \
		$(API_SANITIZE) -o $@ $< $(API_BUILD)/face.o $(ALL_LDFLAGS) \
		-L$(BUILD) -Wl,-rpath,'$$ORIGIN/../..' -lmuster -lcmocka
$(API_BUILD)/test_%: tests/api/test_%.sh $(BUILD)/libmuster.so \
		$(BUILD)/libmuster.a
	@mkdir -p $(@D)
	install -m 755 $< $@
.PHONY: test-api
test-api: $(API_TESTS)
	sh scripts/run-tests $(API_TESTS)

# What a service's program is seen to do from outside takes long.
SERVICE_STORIES := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard \
	tests/service/test_process_*.c))
SERVICE_QUICK := $(filter-out $(SERVICE_STORIES),$(call test_programs,service))

ALL_TESTS = $(foreach f,$(TEST_FLOORS) $(FAKE_FLOORS),$(call test_programs,$(f))) \
	$(SERVICE_QUICK) $(API_TESTS)

.PHONY: test
test: all $(ALL_TESTS)
	sh scripts/run-tests $(ALL_TESTS)

# The program from outside. What is neither a test nor worker*.c, which muster
# runs in them, helps all of them.
##  make test-tools      the program from outside: the issue's cases and faults
##  make test-tools-all  the same for every engine and spawn path

TOOLS_HELPERS := $(patsubst tests/%.c,$(BUILD)/tests/%.o,$(filter-out \
	tests/tools/test_%.c tests/tools/worker%,$(wildcard tests/tools/*.c)))
TOOLS_TESTS := $(call test_programs,tools)
.SECONDARY: $(TOOLS_HELPERS)

# It sees its signals as muster left them: no sanitizer's handlers in between.
$(BUILD)/tests/tools/worker: $(wildcard tests/tools/worker*.[ch])
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(TEST_CFLAGS)) -fno-sanitize=all \
		-o $@ $(filter %.c,$^)
$(BUILD)/tests/tools/%.o: tests/tools/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -c -o $@ $<
$(BUILD)/tests/tools/test_%: tests/tools/test_%.c $(TOOLS_HELPERS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $< $(filter %.o %.a,$^) $(ALL_LDFLAGS) \
		-lcmocka
# What reads the command lines of other inits does nothing but that: it is
# called, and not run.
PERSONALITY_TESTS := $(filter %/test_personality %/test_personality_options,\
	$(TOOLS_TESTS))
$(PERSONALITY_TESTS): TEST_CFLAGS += -Itools
$(PERSONALITY_TESTS): $(patsubst %,$(BUILD)/tools/%.o,demand personalities \
	personality personality_say signals stringlist) $(BUILD)/libbase.a

.PHONY: test-tools-programs
test-tools-programs: $(BUILD)/muster $(BUILD)/tests/tools/worker $(TOOLS_TESTS) \
		static-tests
.PHONY: test-tools
test-tools: test-tools-programs
	sh scripts/run-tests $(TOOLS_TESTS)
.PHONY: test-tools-all
test-tools-all: test-tools-programs
	failed=0; \
	for engine in ring epoll signal; do for spawn in fast vfork fork; do \
		echo "engine $$engine, spawn $$spawn"; \
		MUSTER_TEST_ENGINE=$$engine MUSTER_TEST_SPAWN=$$spawn \
			sh scripts/run-tests $(TOOLS_TESTS) || failed=1; \
	done; done; exit $$failed

# Services: what test_process_X.c tells are stories of tests/service/program.c,
# on the stage of tests/tools; the rest are quick tests like any other's.
##  make test-stories      launchers of services as whole programs
##  make test-service-all  the same for every engine

SERVICE_PROGRAM := $(BUILD)/tests/service/program
STORY_HELPERS := $(BUILD)/tests/service/story.o $(TOOLS_HELPERS)
SERVICE_HELPERS := $(filter-out $(SERVICE_PROGRAM)% %/story.o,$(call \
	test_helpers,service))
SERVICE_LIBS := $(foreach f,$(BELOW_service),$(BUILD)/lib$(f).a)
.SECONDARY: $(STORY_HELPERS) $(SERVICE_HELPERS)

# It takes the place of fork(2), to fail or to wait in the child, and of
# pthread_create(3), to fail.
$(SERVICE_PROGRAM): $(wildcard tests/service/program*.[ch]) \
		$(BUILD)/libmuster.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(TEST_CFLAGS)) -Wl,--wrap=fork \
		-Wl,--wrap=pthread_create -o $@ $(filter %.c %.a,$^) \
		$(ALL_LDFLAGS) $(URING_LIBS) -lpthread
$(BUILD)/tests/service/%.o: tests/service/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -c -o $@ $<
$(BUILD)/tests/service/test_%: tests/service/test_%.c $(SERVICE_HELPERS) \
		$(SERVICE_LIBS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $< $(filter %.o %.a,$^) \
		$(ALL_LDFLAGS) -lcmocka $(URING_LIBS) -lpthread
$(BUILD)/tests/service/test_process_%: tests/service/test_process_%.c \
		$(STORY_HELPERS) | $(SERVICE_PROGRAM) $(BUILD)/muster
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $< $(filter %.o,$^) $(ALL_LDFLAGS) \
		-lcmocka

.PHONY: test-service
test-service: $(SERVICE_QUICK) $(SERVICE_STORIES)
	sh scripts/run-tests $(SERVICE_QUICK) $(SERVICE_STORIES)
# Programs that fork while they have threads are nothing for the sanitizer of
# threads; the launcher that runs services in its own process is.
.PHONY: test-service-quick
test-service-quick: $(SERVICE_QUICK)
	sh scripts/run-tests $(SERVICE_QUICK)
	@echo "left out: test_process_*, whose programs fork"
.PHONY: test-stories
test-stories: $(SERVICE_STORIES)
	sh scripts/run-tests $(SERVICE_STORIES)
.PHONY: test-service-all
test-service-all: $(SERVICE_STORIES)
	failed=0; \
	for engine in ring epoll signal; do \
		echo "engine $$engine"; \
		MUSTER_TEST_ENGINE=$$engine \
			sh scripts/run-tests $(SERVICE_STORIES) || failed=1; \
	done; exit $$failed

# The examples from outside, with the same helpers.
##  make test-examples   services in C live, serve and fail no request

EXAMPLES_TESTS := $(call test_programs,examples) \
	$(patsubst tests/%.sh,$(BUILD)/tests/%,$(wildcard tests/examples/*.sh))
EXAMPLES_HELPERS := $(TOOLS_HELPERS)

$(BUILD)/tests/examples/client: tests/examples/client.c $(BUILD)/libbase.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $< $(filter %.a,$^) $(ALL_LDFLAGS)
$(BUILD)/tests/examples/test_%: tests/examples/test_%.c $(EXAMPLES_HELPERS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $< $(filter %.o,$^) $(ALL_LDFLAGS) -lcmocka
$(BUILD)/tests/examples/test_%: tests/examples/test_%.sh
	@mkdir -p $(@D)
	install -m 755 $< $@

.PHONY: test-examples-programs
test-examples-programs: examples $(BUILD)/muster \
		$(BUILD)/tests/examples/client $(EXAMPLES_TESTS)
.PHONY: test-examples
test-examples: all test-examples-programs
	sh scripts/run-tests $(EXAMPLES_TESTS)

.PHONY: build-tests
build-tests: all $(ALL_TESTS) $(SERVICE_STORIES) test-tools-programs \
		test-examples-programs
