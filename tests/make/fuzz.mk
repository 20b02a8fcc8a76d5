# make fuzz: every tests/fuzz/fuzz_*.c for a minute; make fuzz-check: for ten seconds each. Under ASan and UBSan, by clang's libFuzzer.
# What was found to reach new code is kept in build/fuzz/corpus/; an input that breaks something becomes build/fuzz/crash-*. Seeds, if there are
# any, are in tests/fuzz/seeds/<fuzzer>/, words in tests/fuzz/<fuzzer>.dict.
FUZZ_CC ?= clang
FUZZ_SECONDS ?= 60
FUZZ_SAN := -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=undefined
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(FUZZ_SRC))
FUZZ_FLAGS := -std=c11 -D_GNU_SOURCE -Iinclude -Isrc $(FUZZ_SAN) $(PKG_CFLAGS)

.PHONY: fuzz fuzz-check fuzzers
fuzzers: $(FUZZERS)

build/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "fuzz cc $<"
	@$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined -MMD -MP -c -o $@ $<
build/fuzz/libnudge.a: $(patsubst %.c,build/fuzz/obj/%.o,$(LIB_SRC))
	@rm -f $@ && ar rcs $@ $^
build/fuzz/fuzz_%: build/fuzz/obj/tests/fuzz/fuzz_%.o build/fuzz/libnudge.a
	@echo "fuzz ld $@"
	@$(FUZZ_CC) $(FUZZ_SAN) -fsanitize=fuzzer,address,undefined -o $@ $^ $(ALL_LDLIBS)

# One after the other, so that each has the machine for its time; all are tried, and one that fails fails the whole.
fuzz: fuzzers
	@failed=; for f in $(notdir $(FUZZERS)); do \
		mkdir -p build/fuzz/corpus/$$f; seeds=; words=; \
		test ! -d tests/fuzz/seeds/$$f || seeds=tests/fuzz/seeds/$$f; \
		test ! -f tests/fuzz/$$f.dict || words=-dict=tests/fuzz/$$f.dict; \
		echo "$$f: $(FUZZ_SECONDS) s"; \
		build/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -max_len=8192 $$words -print_final_stats=1 \
			-artifact_prefix=build/fuzz/crash-$$f- build/fuzz/corpus/$$f $$seeds > build/fuzz/$$f.log 2>&1 \
			|| { failed="$$failed $$f"; tail -40 build/fuzz/$$f.log; }; \
		grep -h "number_of_executed_units" build/fuzz/$$f.log || true; \
	done; test -z "$$failed" || { echo "failed:$$failed"; exit 1; }

fuzz-check:
	@$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=10
