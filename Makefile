# make            builds build/nudged and build/nudgectl (missing Debian packages are installed first)
# make run        the whole thing, live, on sample data; Ctrl-C ends it. REDIS=redis://host:port/db CAMPAIGNS=folder
# make test       all tests                       make asan     the tests under ASan and UBSan
# make lint       clang-tidy and cppcheck         make arrows   the rooms' directions
# make fuzz       each fuzzer for a minute        make bench    the drain benchmark; PEER=folder
# make format     the changed lines               make schema   conf/nudged.schema.json from the table of options
# make install    DESTDIR=… PREFIX=…              make uninstall · clean · compile_commands.json

PREFIX ?= /usr/local
DESTDIR ?=
SYSCONFDIR ?= /etc
UNITDIR ?= $(if $(filter /usr,$(PREFIX)),/lib/systemd/system,$(SYSCONFDIR)/systemd/system)

# The kind of build: "" (optimised), "asan", "crash" (with crash points). Each has a folder of its own.
KIND ?=
B := build$(if $(KIND),/$(KIND))

CC ?= cc
OPT_ := -O2 -g
OPT_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -DNUDGE_CRASH_POINTS
OPT_crash := -O2 -g -DNUDGE_CRASH_POINTS
CFLAGS ?= $(OPT_$(KIND))
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Werror=implicit
LIBS := libevent libevent_openssl hiredis libcurl jansson libcrypto libssl libsystemd
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(WARN) -Iinclude $(CFLAGS) $(PKG_CFLAGS) $(CPPFLAGS)
PKG_CFLAGS := $(shell pkg-config --cflags $(LIBS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(LIBS) 2>/dev/null)
ALL_LDLIBS = $(PKG_LIBS) -lm $(LDFLAGS)

ROOMS := base model rules engine conf store push admin
LIB_SRC := $(sort $(foreach r,$(ROOMS),$(wildcard src/$(r)/*.c)))
DAEMON_SRC := $(sort $(wildcard src/daemon/*.c))
CTL_SRC := $(sort $(wildcard src/ctl/*.c))
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
UNITS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRC))

.PHONY: all deps test unit integration asan lint format arrows bench run install uninstall clean
all: deps
	@$(MAKE) --no-print-directory $(B)/nudged $(B)/nudgectl
include tests/make/deps.mk
include tests/make/checks.mk
-include tests/make/compare.mk tests/make/push.mk tests/make/admin.mk tests/make/install.mk tests/make/fuzz.mk

$(B)/libnudge.a: $(call obj,$(LIB_SRC))
	@rm -f $@ && ar rcs $@ $^
$(B)/nudged: $(call obj,$(DAEMON_SRC)) $(B)/libnudge.a
	@echo "ld $@"
	@$(CC) $(ALL_CFLAGS) -o $@ $^ $(ALL_LDLIBS)
$(B)/nudgectl: $(call obj,$(CTL_SRC)) $(B)/libnudge.a
	@echo "ld $@"
	@$(CC) $(ALL_CFLAGS) -o $@ $^ $(ALL_LDLIBS)
$(B)/unit/%: $(B)/obj/tests/unit/%.o $(B)/libnudge.a
	@mkdir -p $(@D)
	@echo "ld $@"
	@$(CC) $(ALL_CFLAGS) -o $@ $^ $(ALL_LDLIBS) -lcmocka
$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "cc $<"
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
-include $(shell find build -name '*.d' 2>/dev/null)

help:
	@sed -n 's/^# make/make/p' Makefile
units: $(UNITS)
.PHONY: units help

clean:
	rm -rf build compile_commands.json
