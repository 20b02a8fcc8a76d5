# The small programs that the comparisons in tests/compare ask, one for each of their *_probe.c.
PROBE_SRC := $(sort $(wildcard tests/compare/*_probe.c))
PROBES := $(patsubst tests/compare/%.c,$(B)/compare/%,$(PROBE_SRC))

$(B)/compare/%: $(B)/obj/tests/compare/%.o $(B)/libnudge.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $^ $(ALL_LDLIBS)

compare-probes: $(PROBES)
.PHONY: compare-probes
