# INPUTS   nothing: it stands before the config is read
# OUTPUTS  CHECKOUT, and the checkout's package to import from

import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

# The checkout's package, whatever the entry and whatever is installed: its jobs are compared with it.
CHECKOUT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
sys.path.insert(0, str(CHECKOUT / "workflow"))

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.read.yaml_file import check_text


def readable(path):
    """The path of a config, of which Snakemake would say in a traceback that it is no UTF-8 text."""
    try:
        check_text(path)
    except ConfigError as error:
        raise WorkflowError(str(error)) from None
    return path
