# The examples of tools/examples, as a user of the installed library builds
# them: public headers, libmuster.a, no macro of ours.

##  make examples        services in C to copy from (tools/examples)

EXAMPLES_BUILD := $(BUILD)/examples
EXAMPLES := $(patsubst %,$(EXAMPLES_BUILD)/%,hello http http-exec loop two)
EXAMPLES_FLAGS = -std=gnu11 $(filter-out -Wnull-dereference,$(WARNINGS)) \
	$(WERROR) $(CFLAGS_$(VARIANT)) -Iinclude -MMD -MP $(CFLAGS)

$(EXAMPLES_BUILD)/%.o: tools/examples/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(EXAMPLES_FLAGS) -c -o $@ $<

$(EXAMPLES_BUILD)/http $(EXAMPLES_BUILD)/http-exec: \
	$(EXAMPLES_BUILD)/http_handler.o
$(EXAMPLES_BUILD)/loop: EXAMPLES_LIBS := -luv

# It needs no library of ours.
$(EXAMPLES_BUILD)/http-exec: $(EXAMPLES_BUILD)/http_exec.o
	$(Q)$(CC) -o $@ $(filter %.o,$^) $(ALL_LDFLAGS) $(URING_LIBS)
$(EXAMPLES_BUILD)/%: $(EXAMPLES_BUILD)/%.o $(BUILD)/libmuster.a
	$(Q)$(CC) -o $@ $(filter %.o,$^) $(BUILD)/libmuster.a $(ALL_LDFLAGS) \
		$(URING_LIBS) $(EXAMPLES_LIBS)
.SECONDARY: $(EXAMPLES:%=%.o)

.PHONY: examples
examples: $(EXAMPLES)
