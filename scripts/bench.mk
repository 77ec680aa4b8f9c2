# The benchmark: two floors, a worker without a C library, and a controller
# that compares muster with them (tools/bench/bench.c says how).

##  make bench           restart latency, system calls, idle, memory (3 minutes),
##                      and, as root, inits (some minutes more)
##                      BENCH_ROUNDS= BENCH_SAMPLES= BENCH_KILL=group|process

BENCH_BUILD := $(BUILD)/bench
BENCH_FLOOR_SOURCES := floor floor_ring floor_epoll floor_spawn
BENCH_SOURCES := bench session launch news restart restart_report calls trace \
	reload services forks forks_life peers peers_launch peers_watch flood \
	http wrk connections idle proc reference stats inits inits_life \
	inits_start inits_signals inits_memory inits_idle inits_storm
BENCH_FLOOR_OBJECTS := $(BENCH_FLOOR_SOURCES:%=$(BENCH_BUILD)/%.o) \
	$(BENCH_BUILD)/floor_child.o
BENCH_OBJECTS := $(BENCH_SOURCES:%=$(BENCH_BUILD)/%.o)
BENCH_PROGRAMS := $(BENCH_BUILD)/bench $(BENCH_BUILD)/floor \
	$(BENCH_BUILD)/worker $(BENCH_BUILD)/service $(BENCH_BUILD)/fork_floor \
	$(BENCH_BUILD)/inits_program $(BENCH_BUILD)/inits_minimal \
	$(BUILD)/examples/http

# What the bare floor is checked against, where it is there.
BENCH_PROBES := $(wildcard ../shared/probes/floor.c)
ifneq ($(BENCH_PROBES),)
BENCH_PROGRAMS += $(BENCH_BUILD)/reference/floor \
	$(BENCH_BUILD)/reference/tiny
endif

# One page of headers less for execve to map: it is the launcher that is to be
# seen.
BENCH_WORKER_FLAGS := -std=gnu11 $(WARNINGS) $(WERROR) -O2 -static -nostdlib \
	-ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables \
	-fcf-protection=none -Wl,-z,noseparate-code -Wl,--build-id=none -s

BENCH_BARE := $(BENCH_BUILD)/worker $(BENCH_BUILD)/inits_program \
	$(BENCH_BUILD)/inits_minimal

$(BENCH_BARE): $(BENCH_BUILD)/%: tools/bench/%.c tools/bench/page.h \
		tools/bench/inits_page.h tools/bench/call.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(BENCH_WORKER_FLAGS) -o $@ $<

$(BENCH_BUILD)/floor_child.o: tools/bench/floor_child.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CHILD_CFLAGS) -c -o $@ $<

$(BENCH_BUILD)/%.o: tools/bench/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -fPIE -c -o $@ $<

$(BENCH_BUILD)/floor: $(BENCH_FLOOR_OBJECTS) $(BUILD)/libbase.a
	$(Q)$(CC) -pie -o $@ $^ $(ALL_LDFLAGS) $(URING_LIBS)

# Each of its workers stamps a page that it shares with bench.
$(BENCH_BUILD)/service: $(BENCH_BUILD)/service.o $(BENCH_BUILD)/stamp.o \
		$(BUILD)/libmuster.a
	$(Q)$(CC) -pie -o $@ $^ $(ALL_LDFLAGS) $(URING_LIBS)

$(BENCH_BUILD)/fork_floor: $(BENCH_BUILD)/fork_floor.o \
		$(BENCH_BUILD)/fork_steps.o $(BUILD)/proc/fork_code.o \
		$(BENCH_BUILD)/floor_ring.o $(BENCH_BUILD)/stamp.o \
		$(BUILD)/libbase.a
	$(Q)$(CC) -pie -o $@ $^ $(ALL_LDFLAGS) $(URING_LIBS)

$(BENCH_BUILD)/bench: $(BENCH_OBJECTS) $(BUILD)/libbase.a
	$(Q)$(CC) -pie -o $@ $^ $(ALL_LDFLAGS)

$(BENCH_BUILD)/reference/floor: ../shared/probes/floor.c
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -w -o $@ $<

$(BENCH_BUILD)/reference/tiny: ../shared/probes/tiny.c
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -w -static -nostdlib -ffreestanding -fno-stack-protector \
		-fno-asynchronous-unwind-tables -Wl,-z,noseparate-code \
		-Wl,--build-id=none -s -o $@ $<

.PHONY: bench-programs
bench-programs: $(BENCH_PROGRAMS)

.PHONY: bench
bench: $(BUILD)/muster $(BENCH_PROGRAMS) $(BUILD)/examples/http
	-@$(MAKE) --no-print-directory static
	sh scripts/bench $(BUILD)
