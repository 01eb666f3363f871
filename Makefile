# Thin: the work is done by tools/setup.sh and the CMake presets. `make help` lists what there is.
JOBS ?= $(shell nproc)
PROGRAM := build/release/bin/hashlens
PARTS := .deps/models/efficientnet-lite0-parts
MODEL := build/release/share/hashlens/models/efficientnet-lite0
BACKBONE := build/release/share/hashlens/backbones/efficientnet-lite0.safetensors
BUILD := cmake --build --preset release -j $(JOBS) --target
# The pictures of `make demo`; a folder of your own works too: make demo IMAGES=~/Pictures
IMAGES ?=
STAMPS := .deps/demo/stamps
# `make test MODULE_TESTS=0` leaves out the tests of single modules, which .ci/run runs under sanitizers.
MODULE_TESTS ?= 1
# `make test-all LONG_TESTS=0` leaves out those of several minutes: training from end to end, which tools/check_all.sh runs.
LONG_TESTS ?= 1
empty :=
space := $(empty) $(empty)
# left_out(LABELS): the option of ctest that leaves out these labels and those of the variables above.
left_out = $(if $(strip $(1) $(WITHOUT)),-LE '$(subst $(space),|,$(strip $(1) $(WITHOUT)))')
WITHOUT = $(if $(filter 0,$(MODULE_TESTS)),module) $(if $(filter 0,$(LONG_TESTS)),long)

# Where `make install` puts hashlens; a package is made with DESTDIR beside it.
PREFIX ?= /usr/local

# ninja works in parallel by itself; two of them must not work in one folder.
.NOTPARALLEL:
.PHONY: default all help setup program model train install deb test-programs test test-all demo paper docs check clean

default: model ## set up, build the program build/release/bin/hashlens, make its model (the default)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

setup: ## install what building and running the program needs (root or sudo for the packages of the system)
	@tools/setup.sh

# configure(OPTIONS): what OPTIONS turn on stays on for later.
configure = @tools/configure.sh $(1)

# Once `make train` was asked for, what trains is kept as new as the program.
TRAINS = $(shell grep -qs '^HASHLENS_TRAIN:BOOL=ON' build/release/CMakeCache.txt && echo hashlens-train)

program: setup ## build build/release/bin/hashlens only
	$(call configure)
	@$(BUILD) hashlens $(TRAINS)

# The package is made anew when its parts have changed; `model pack` puts it in place whole or not at all.
model: program ## make the model package that the program uses
	@test $(MODEL)/model.json -nt $(PARTS)/parts.json || \
	  { rm -rf $(MODEL) && $(PROGRAM) model pack $(PARTS) -o $(MODEL); }
	@test $(BACKBONE) -nt $(PARTS)/parts.json || install -D -m 644 $(PARTS)/weights.safetensors $(BACKBONE)

train: model ## build build/release/bin/hashlens-train, which `hashlens train` runs; needs libtorch, 1 GB of packages
	@tools/setup.sh --train
	$(call configure,HASHLENS_TRAIN)
	@$(BUILD) hashlens-train

all: train ## build everything: program, training, library, man pages, tests
	@tools/setup.sh --tests
	$(call configure,HASHLENS_TESTS)
	@$(BUILD) all hashlens_module_tests hashlens_kernel_tests hashlens_plain_tests hashlens_train_tests

install: model ## put program, library, headers, model, man pages and completions below PREFIX (/usr/local)
	@$(BUILD) hashlens_shared hashlens_manual
	@cmake --install build/release --prefix "$(PREFIX)"

deb: train ## make Debian packages in build/release/packages
	@tools/setup.sh --package
	@$(BUILD) hashlens_shared hashlens_manual
	@cd build/release && rm -rf packages && cpack -G DEB
	@packaging/check_contents.sh build/release/packages

# What tests need, built; without the module tests where MODULE_TESTS is 0.
test-programs: model
	@tools/setup.sh --tests
	$(call configure,HASHLENS_TESTS)
	@$(BUILD) all hashlens_kernel_tests hashlens_plain_tests $(if $(filter-out 0,$(MODULE_TESTS)),hashlens_module_tests)

test: test-programs ## build and run every test but those of training
	@tools/run_tests.sh $(call left_out,train)

test-all: train test-programs ## build and run every test
	@$(BUILD) hashlens_train_tests
	@tools/run_tests.sh $(call left_out)

demo: model ## index and search example pictures, or those of IMAGES=folder
	@$(if $(IMAGES),,tools/fetch_demo_pictures.sh $(STAMPS))
	@tools/demo.sh "$(or $(IMAGES),$(STAMPS))"

# What bench/paper.py is told, such as PAPER="--data mnist=FOLDER --time-budget 30m".
PAPER ?=
paper: train ## learn, judge and write build/paper/index.html, the paper's tables; takes hours
	@tools/setup.sh --bench --baselines
	$(call configure)
	@$(BUILD) hashlens hashlens-train
	@.deps/venv/bin/python bench/paper.py $(PAPER)

docs: model ## build the documentation site in build/site
	@tools/setup.sh --docs
	@NO_MKDOCS_2_WARNING=1 .deps/venv/bin/python -m mkdocs build --strict
	@tools/check_site.py build/site
	@echo "build/site/index.html"

check: ## the gates of tools/check.sh
	@tools/setup.sh --check
	@tools/check.sh

clean: ## remove everything that was built, but not what setup installed in .deps
	rm -rf build demo.html
