"""What a section of the config says of what it refuses."""

import pytest
from pydantic import ValidationError

from cisgrammar.config.fields import problems


def refusal(section, given) -> str:
    """The faults of `given`, each of which is one line; fails if it is taken."""
    with pytest.raises(ValidationError) as error:
        section.model_validate(given)
    lines = problems(error.value)
    assert not any("\n" in line for line in lines)
    return "; ".join(lines)
