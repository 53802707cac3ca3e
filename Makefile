# Every target works from a fresh clone; `make` alone lists them.
PYTHON ?= python3
CORES  ?= 2
VENV   := .venv
BIN    := $(VENV)/bin
LOCK   := requirements.lock
SNAKEMAKE = PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/snakemake --cores $(CORES)
# The config of `check`, `figures`, `report` and `archive`: make figures CONFIG=config/yeast.yaml
CONFIG ?= config/config.yaml
# Of the simulations of `calibration`
SEED   ?= 7

.DEFAULT_GOAL := help
.PHONY: help install readable check demo yeast figures report archive test faults calibration lint docs site bench peers clean lock

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

install: $(BIN)/.installed  ## make .venv from the lock file and install the package into it

# Hashes are checked for everything but torch, whose builds differ by platform (its version is exact all the same). The
# lock file is complete, so nothing else is looked for: tangermeme would ask for a torch without a hash.
$(BIN)/.locked: $(LOCK)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cisgrammar needs Python 3.11 or newer: make PYTHON=python3.11 install")'
	$(PYTHON) -m venv $(VENV)
	grep -v '^torch==' $(LOCK) > $(VENV)/hashed.txt
	grep '^torch==' $(LOCK) > $(VENV)/torch.txt
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --only-binary :all: --no-binary connection-pool,immutables --requirement $(VENV)/hashed.txt
	$(BIN)/python -m pip install --quiet --requirement $(VENV)/torch.txt
	touch $@

$(BIN)/.installed: $(BIN)/.locked pyproject.toml $(shell find workflow/cisgrammar workflow/snakemake_logger_plugin_cisgrammar -type f -not -name '*.pyc')
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --force-reinstall .
	$(BIN)/python -m cisgrammar.binding.compile_ahead
	touch $@

# Snakemake answers a config that is not UTF-8 text with a traceback of its own.
readable: install
	@$(BIN)/python -m cisgrammar.config.read.yaml_file "$(CONFIG)"

check: install  ## say what CONFIG would run, how long about, and what is wrong with its inputs, in seconds: make check CONFIG=config/mine.yaml
	@$(BIN)/python -m cisgrammar.check "$(CONFIG)"
	@$(SNAKEMAKE) --configfile "$(CONFIG)" --dry-run --quiet rules --logger cisgrammar

demo: install  ## simulate a genome with known truth, run everything, print the headline (about 4.5 minutes on 2 idle cores)
	$(SNAKEMAKE) --logger cisgrammar

yeast: install  ## the real run: yeast ATAC-seq, with the data in CISGRAMMAR_DATA
	$(SNAKEMAKE) --configfile config/yeast.yaml --logger cisgrammar

figures: readable  ## draw the figures of CONFIG
	$(SNAKEMAKE) figures --configfile "$(CONFIG)"

report: readable  ## write the report of CONFIG
	$(SNAKEMAKE) report --configfile "$(CONFIG)"

archive: readable  ## pack code, config, manifests, tables, figures and report of CONFIG for a reviewer
	$(SNAKEMAKE) archive --configfile "$(CONFIG)"

# One thread a test and one process a core: torch's threads of two processes would wait for each other. Those that start
# a Slurm have the machine for themselves.
test: install  ## run the tests (about half an hour on 2 cores)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(CORES) --dist loadfile -m "not long and not slurm"
	$(BIN)/python -m pytest -m "slurm and not long"

faults: install  ## the long fault tests: 20 random kills, of them 8 on a real Slurm, and other long ones (8 minutes)
	CISGRAMMAR_KILLS=12 $(BIN)/python -m pytest tests/workflow/test_kill.py tests/files/test_disk_full.py tests/workflow/test_disk_full_run.py
	$(BIN)/python -m pytest -m long tests

# QUICK=1: a minute, with wider bars. Rates outside of their bars are named at the end, and end it with an error.
calibration: install  ## simulate p-values, intervals and gates under known truths: make calibration SEED=7 (45 minutes)
	OMP_NUM_THREADS=1 $(BIN)/python -m cisgrammar.calibration results/calibration.tsv --seed $(SEED) --processes $(CORES) $(if $(QUICK),--quick)

lint: install  ## formatting, style, types, workflow lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/mypy
	$(SNAKEMAKE) --lint
	$(SNAKEMAKE) --dry-run --quiet

docs: install  ## write the pages that are made of the code: config/README.md, docs/tables.md, docs/validation.md, docs/gallery.md, the tree in docs/architecture.md
	$(BIN)/python -m cisgrammar.config.page config/README.md
	$(BIN)/python -m cisgrammar.tables.dictionary docs/tables.md
	$(BIN)/python -m cisgrammar.calibration.page docs/calibration.tsv docs/validation.md
	$(BIN)/python -m cisgrammar.figures.gallery docs/gallery docs/gallery.md
	$(BIN)/python tests/helpers/package_tree.py

site: install  ## build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --site-dir site

# bpnet-lite asks for MACS3, which compiles for minutes and which a training step does not need. PyProBound is not on PyPI;
# where its repository cannot be reached, its rows are left out.
.venv-bench/.installed: $(LOCK)
	$(PYTHON) -m venv .venv-bench
	grep '^torch==' $(LOCK) > .venv-bench/torch.txt
	.venv-bench/bin/python -m pip install --quiet --requirement .venv-bench/torch.txt
	.venv-bench/bin/python -m pip install --quiet tangermeme==1.6.0 safetensors pydantic h5py
	.venv-bench/bin/python -m pip install --quiet --no-deps bpnet-lite==1.1.0 .
	.venv-bench/bin/python -m pip install --quiet logomaker biopython
	-.venv-bench/bin/python -m pip install --quiet --no-deps "pyprobound @ git+https://github.com/BussemakerLab/PyProBound@6f6ac76d6b2062360b0693edc474dd2e946b2b8a"
	touch $@

bench: install .venv-bench/.installed  ## timings beside the peers (figures so far: benchmarks/README.md)
	$(BIN)/python benchmarks/data_path.py
	.venv-bench/bin/python benchmarks/peers.py

# The lock's versions with the peers that PyPI has; PyProBound and BPReveal are compared through CISGRAMMAR_GOLDEN.
.venv-peers/.installed: $(LOCK) $(BIN)/.locked
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --require-hashes --no-deps --only-binary :all: --no-binary connection-pool,immutables --requirement $(VENV)/hashed.txt
	.venv-peers/bin/python -m pip install --quiet --requirement $(VENV)/torch.txt
	.venv-peers/bin/python -m pip install --quiet frame-alignment-checks==0.0.74
	touch $@

peers: .venv-peers/.installed  ## compare with frame-alignment-checks and tangermeme side by side, in .venv-peers
	.venv-peers/bin/python -m pip install --quiet --no-deps --no-build-isolation --force-reinstall .
	.venv-peers/bin/python -m pytest tests/peers

# torch is left out of the solution, also where others ask for it: its builds differ by platform.
lock:  ## solve requirements.in again into requirements.lock (needs uv)
	torchless=$$(mktemp) && none=$$(mktemp) && grep -v '^torch==' requirements.in > $$torchless && \
	echo "torch ; sys_platform == 'none'" > $$none && \
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --override $$none --no-emit-package torch $$torchless -o $(LOCK) && \
	grep '^torch==' requirements.in >> $(LOCK)

clean:  ## remove .venv and all that Snakemake wrote
	rm -rf $(VENV) results logs benchmarks/rules .snakemake
