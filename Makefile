# Thin: the work is done by tools/setup.sh and the CMake presets. `make help` lists what there is.
JOBS ?= $(shell nproc)
PROGRAM := build/release/bin/hashlens
PARTS := .deps/models/efficientnet-lite0-parts
MODEL := build/release/share/hashlens/models/efficientnet-lite0
BACKBONE := build/release/share/hashlens/backbones/efficientnet-lite0.safetensors
# The pictures of `make demo`; a folder of your own works too: make demo IMAGES=~/Pictures
IMAGES ?=
STAMPS := .deps/demo/stamps

# Where `make install` puts hashlens; a package is made with DESTDIR beside it.
PREFIX ?= /usr/local

.PHONY: all help setup configure program model install deb test demo docs check clean

all: model ## set up, build build/release/bin/hashlens and make its model (the default)

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

setup: ## install what building and running needs (root or sudo for the packages of the system)
	@tools/setup.sh

configure: setup
	@test build/release/build.ninja -nt CMakePresets.json || cmake --preset release

program: configure ## build build/release/bin/hashlens only
	@cmake --build --preset release -j $(JOBS) --target hashlens

# The package is made anew when its parts have changed; `model pack` puts it in place whole or not at all.
model: program ## make the model package that the program uses
	@test $(MODEL)/model.json -nt $(PARTS)/parts.json || \
	  { rm -rf $(MODEL) && $(PROGRAM) model pack $(PARTS) -o $(MODEL); }
	@test $(BACKBONE) -nt $(PARTS)/parts.json || install -D -m 644 $(PARTS)/weights.safetensors $(BACKBONE)

install: model ## put program, library, headers, model, man pages and completions below PREFIX (/usr/local)
	@cmake --build --preset release -j $(JOBS) --target hashlens_shared hashlens_manual
	@cmake --install build/release --prefix "$(PREFIX)"

deb: model ## make Debian packages in build/release/packages
	@tools/setup.sh --package
	@cmake --build --preset release -j $(JOBS) --target hashlens_shared hashlens_manual
	@cd build/release && rm -rf packages && cpack -G DEB
	@packaging/check_contents.sh build/release/packages

test: model ## build and run every test
	@cmake --build --preset release -j $(JOBS)
	@ctest --preset release -j $(JOBS)

demo: model ## index and search example pictures, or those of IMAGES=folder
	@$(if $(IMAGES),,tools/fetch_demo_pictures.sh $(STAMPS))
	@tools/demo.sh "$(or $(IMAGES),$(STAMPS))"

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
