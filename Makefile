# SPDX-License-Identifier: BSD-3-Clause
# The targets that one guesses. CMake does the work: `cmake --list-presets` shows the builds.
SHELL  := /bin/bash
prefix ?= /usr/local
BUILD  := build/release
# Any other sound: make run SOUND=my.wav
SOUND  ?=

.DEFAULT_GOAL := all
.NOTPARALLEL:
.PHONY: all run test bench check-sanitizers install format deps clean help

all: ## build into build/release
	@command -v cmake >/dev/null && command -v ninja >/dev/null || { echo "cmake or ninja is missing: make deps installs what is needed"; exit 1; }
	@scripts/build.sh release -DTACTUS_TESTS=OFF

run: ## install what is missing, build, and play a real sound through real plugins
	@scripts/install-deps.sh build audio example
	@scripts/build.sh release -DTACTUS_TESTS=OFF
	@mkdir -p out
	$(BUILD)/bin/tactus run examples/voice.yaml $(if $(SOUND),--in $(SOUND)) --out out/voice.wav
	@echo "The result is out/voice.wav."

test: ## install what is missing, build, and run all tests and checks
	@scripts/install-deps.sh
	@scripts/build.sh release -DTACTUS_TESTS=ON
	@scripts/test.sh $(BUILD)

bench: ## install what is missing, build, and measure the speed with and without walls
	@scripts/install-deps.sh
	@scripts/build.sh release -DTACTUS_TESTS=OFF
	@bench/speed.sh $(BUILD)/bin/tactus

check-sanitizers: ## build with the address, undefined behaviour and thread sanitizers, and test
	@scripts/install-deps.sh
	@scripts/build.sh asan
	@scripts/test.sh build/asan
	@scripts/build.sh tsan
	@scripts/test.sh build/tsan

install: ## build without the tests and install (prefix=/usr/local, DESTDIR=)
	@scripts/build.sh release -B build/install -DTACTUS_TESTS=OFF -DCMAKE_INSTALL_PREFIX=$(prefix)
	DESTDIR=$(DESTDIR) cmake --install build/install

format: ## let clang-format put every source into shape
	find include src tool test examples bench -name '*.[ch]' -print0 | xargs -0 clang-format -i

deps: ## install what is missing for all of this (apt)
	@scripts/install-deps.sh

clean: ## remove build/; what was played stays in out/
	rm -rf build

help: ## this list
	@awk -F': ## ' '/^[a-z-]+: ## / { printf "make %-18s %s\n", $$1, $$2 }' Makefile
