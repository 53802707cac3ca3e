"""The models page of frame-alignment-checks: `import cisgrammar.splice.compat as fac` runs what is written there.

`fac.ModelToAnalyze` is the model of all analyses here, and `fac.models.calibration_accuracy_and_thresholds` needs no
genes: a few of the fly travel with the package. Contexts count the bases of both sides together, as that tool's code
does.
"""

from cisgrammar.splice.compat import models as models
from cisgrammar.splice.compat.adapters import ChannelsFirst as ChannelsFirst
from cisgrammar.splice.compat.adapters import FromProbabilities as FromProbabilities
from cisgrammar.splice.compat.adapters import Tempered as Tempered
from cisgrammar.splice.compat.repairs import AToT as AToT
from cisgrammar.splice.models.model import ModelToAnalyze as ModelToAnalyze
