# INPUTS   nothing: it stands before the config is read
# OUTPUTS  CHECKOUT, and the checkout's package to import from; an error of a Snakemake that is too old

import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

min_version("9.27.1")

# The checkout's package, whatever the entry and whatever is installed: its jobs are compared with it.
CHECKOUT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
sys.path.insert(0, str(CHECKOUT / "workflow"))

from cisgrammar.run import beginning
