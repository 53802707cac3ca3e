"""Take a given bias model for a sample, and judge it as those are that the run trains."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.files.atomic import write_json
    from cisgrammar.profile.evaluate.choose_bias import SweepJudge, judge_given
    from cisgrammar.profile.fit.train import ProfileData
    from cisgrammar.profile.models.given import given_bias
    from cisgrammar.profile.models.saved import save_model

    given, params = snakemake.input, snakemake.params
    data = ProfileData.open(given.genome, given.signal, given.regions)
    model = given_bias(given.given, data.heads(), params.output_length, params.input_length)
    judge = SweepJudge(data, params.output_length, params.min_counts)
    write_json(snakemake.output.verdict, judge_given(judge, model, given.given))
    save_model(snakemake.output.model, model, given=str(given.given), data=data.fingerprint())


run(snakemake, main)
