# Tests and checks. A section is a folder of tests/ with test_*.py in it, or "unit"; the longest comes first. TEST_SCOPE=quick: fewer rounds of the same.
include tests/make/run.mk
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
TEST_SCOPE ?= full
SECTIONS := integration unit $(filter-out integration,$(sort $(patsubst tests/%/,%,$(dir $(wildcard tests/*/test_*.py)))))
SCOPE_quick := NUDGE_PEOPLE=40 NUDGE_CRASH_ROUNDS=1
# One more at a time than there are processors, for most of a test's time is waiting.
SECTIONS_RUN = $(SCOPE_$(TEST_SCOPE)) $(PYTHON) tests/make/sections.py --build $(B) --jobs $$(($(JOBS) + 1))
BUILD_ALL = $(MAKE) --no-print-directory -j $(JOBS)
TESTED := nudged nudgectl
CHECKED_C = $(LIB_SRC) $(DAEMON_SRC) $(CTL_SRC)

.SECONDARY: # objects stay
.PHONY: test-builds asan-run compile_commands

test-builds: test-deps
	@$(BUILD_ALL) $(TESTED:%=build/%) units compare-probes push-probes admin-probes
	@$(BUILD_ALL) KIND=crash build/crash/nudged
test: test-builds
	@rm -f build/results.tsv
	@$(SECTIONS_RUN) $(SECTIONS)
unit: test-deps
	@$(BUILD_ALL) units
	@$(SECTIONS_RUN) unit
integration: test-builds
	@$(SECTIONS_RUN) integration

# Under ASan and UBSan; that build has the crash points too, so it stands in for the crash build as well. Installing is not tested again.
asan: test-deps
	@$(BUILD_ALL) KIND=asan asan-run
asan-run: $(TESTED:%=$(B)/%) units compare-probes push-probes admin-probes
	@ln -sfn . $(B)/crash
	@ASAN_OPTIONS=abort_on_error=0:detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 $(SECTIONS_RUN) $(filter-out ops oracle,$(SECTIONS))

arrows:
	@$(PYTHON) tests/arrows.py

lint: lint-deps
	@$(PYTHON) tests/make/lint.py $(JOBS) '-std=c11 -D_GNU_SOURCE -Iinclude $(PKG_CFLAGS)' $(CHECKED_C)
	@cppcheck --quiet -j $(JOBS) --std=c11 --enable=warning,performance,portability --error-exitcode=1 --inline-suppr \
		--library=posix --library=tests/make/cppcheck.xml --suppressions-list=tests/make/cppcheck.txt -D_GNU_SOURCE -Iinclude src

# The lines that are changed and not committed yet: tables that are laid out by hand stay as they are.
format: lint-deps
	@git clang-format --quiet --extensions c,h

# For editors and clangd: `make compile_commands.json`.
compile_commands.json: $(CHECKED_C) $(UNIT_SRC)
	@$(PYTHON) tests/make/compile_commands.py '$(CC) $(ALL_CFLAGS)' $^ > $@

bench: bench-deps
	@$(BUILD_ALL) $(TESTED:%=build/%) push-probes
	@$(PYTHON) tests/bench/drain.py $(if $(PEER),--peer $(PEER))
