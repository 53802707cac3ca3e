"""The covariance of a fit comes back beside the model that it is of."""

import numpy as np
import pytest

from cisgrammar.binding.evaluate.covariance_file import read_covariance, write_covariance
from cisgrammar.binding.likelihood.standard_errors import covariance
from cisgrammar.binding.model_file import load_binding, write_binding
from cisgrammar.binding.reads.count_table import Flanks
from toy_binding import drawn, factors_of, fitted, monomer


def test_errors_of_a_loaded_model_are_those_of_the_fit(tmp_path):
    model = monomer()
    fit = fitted(model, drawn(model, 2000, 10, seed=1))
    known = covariance(fit)
    write_covariance(tmp_path / "covariance.h5", known, fit)
    flanks = {name: Flanks("", "") for name in fit.experiments}
    write_binding(tmp_path / "model.safetensors", fit.experiments, factors_of(model), flanks, {})
    loaded = load_binding(tmp_path / "model.safetensors")
    again = read_covariance(tmp_path / "covariance.h5", loaded)
    np.testing.assert_array_equal(again.matrix, known.matrix)
    psams = [next(iter(factors_of(m).values())) for m in (model, next(iter(loaded.experiments.values())))]

    def slope(psam):
        return lambda: psam.get_filter(0)[0, 0].detach().numpy() - psam.get_filter(0)[0, 1].detach().numpy()

    np.testing.assert_allclose(again.errors(slope(psams[1])), known.errors(slope(psams[0])), rtol=1e-9)
    first = (tmp_path / "covariance.h5").read_bytes()
    write_covariance(tmp_path / "covariance.h5", known, fit)
    assert (tmp_path / "covariance.h5").read_bytes() == first


def test_the_covariance_of_another_model_is_refused(tmp_path):
    model = monomer()
    fit = fitted(model, drawn(model, 500, 10, seed=1))
    write_covariance(tmp_path / "covariance.h5", covariance(fit), fit)
    flanks = {name: Flanks("", "") for name in fit.experiments}
    write_binding(tmp_path / "m.safetensors", fit.experiments, factors_of(model), flanks, {})
    loaded = load_binding(tmp_path / "m.safetensors")
    (tmp_path / "bad.h5").write_bytes(b"no")
    with pytest.raises(ValueError, match="not a readable HDF5 file"):
        read_covariance(tmp_path / "bad.h5", loaded)
    for motif in loaded.motifs.values():
        motif.betas.data = motif.betas.data[:1]
    with pytest.raises(ValueError, match="they are of different fits"):
        read_covariance(tmp_path / "covariance.h5", loaded)
