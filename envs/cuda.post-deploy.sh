#!/usr/bin/env bash
# The package itself, from the checkout that the workflow was started in (or CISGRAMMAR_SOURCE): no channel has it.
set -euo pipefail
python -m pip install --quiet --no-deps --no-build-isolation --no-index "${CISGRAMMAR_SOURCE:-.}"
