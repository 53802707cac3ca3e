"""From a FASTA, a BAM and a BED to the first combined model, by what README.md says and nothing else."""

import gzip
import re
import shutil
import sys

import pysam
import pytest

from cisgrammar.config.schema import Simulate
from cisgrammar.simulate import truth
from places import ROOT
from typed import run

README = (ROOT / "README.md").read_text()
READ = 30
# A few steps instead of the hours of a real genome; the keys are those of config/README.md.
SHORT = (
    "bias={thresholds: [2.0], min_windows: 20, architecture: {filters: 4, layers: 1}, training: {epochs: 1}}",
    "combined={architecture: {filters: 4, layers: 2}, training: {epochs: 1}}",
    "prepare={min_reads: 1000, peaks: {min_counts: 5}}",
)
pytestmark = [pytest.mark.workflow, pytest.mark.timeout(600)]


def block(language):
    return re.search(rf"```{language}\n(.*?)```", README, re.S)[1]


def write_bam(path, fragments, genome):
    """Both ends of each fragment as a pair of reads, sorted by coordinate."""
    lengths = {name: len(bases) for name, bases in genome.items()}
    header = {"HD": {"VN": "1.6"}, "SQ": [{"SN": name, "LN": length} for name, length in lengths.items()]}
    reads = []
    for number, (chrom, start, end) in enumerate(fragments):
        for flag, place in ((99, start), (147, end - READ)):
            read = pysam.AlignedSegment(pysam.AlignmentHeader.from_dict(header))
            read.query_name, read.flag, read.mapping_quality = f"f{number}", flag, 60
            read.reference_id, read.reference_start = list(lengths).index(chrom), place
            read.next_reference_id, read.next_reference_start = read.reference_id, start + end - READ - place
            read.query_sequence, read.cigartuples = genome[chrom][place : place + READ], [(0, READ)]
            reads.append(read)
    reads.sort(key=lambda read: (read.reference_id, read.reference_start))
    with pysam.AlignmentFile(str(path), "wb", header=header) as bam:
        for read in reads:
            bam.write(read)


@pytest.fixture(scope="module")
def own_data(tmp_path_factory):
    """A clone with the three files in `my_data`, and the two that README.md shows."""
    clone = tmp_path_factory.mktemp("clone")
    for name in ("Snakefile", "workflow", "scripts", "envs", "profiles"):
        (clone / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "config", clone / "config")
    data = clone / "my_data"
    data.mkdir()
    settings = Simulate(chromosomes=4, chromosome_length=60_000, peaks_per_chromosome=40, fragments=30_000)
    made = truth.simulate(settings)
    truth.write_fasta(data / "genome.fa", made.genome)
    truth.write_peaks(data / "peaks.narrowPeak", made)
    truth.write_fragments(data / "fragments.tsv.gz", made)
    genome, name = {}, ""
    for line in (data / "genome.fa").read_text().splitlines():
        if line.startswith(">"):
            name = line[1:].split()[0]
            genome[name] = ""
        else:
            genome[name] += line
    with gzip.open(data / "fragments.tsv.gz", "rt") as handle:
        rows = [line.split("\t")[:3] for line in handle if not line.startswith("#")]
    write_bam(data / "reads.bam", [(c, int(s), int(e)) for c, s, e in rows], genome)
    (data / "fragments.tsv.gz").unlink()
    (clone / "config" / "my_samples.tsv").write_text(block("tsv"))
    (clone / "config" / "my_config.yaml").write_text(block("yaml"))
    return clone


def test_a_bam_and_a_bed_become_a_model(own_data):
    checked = run([sys.executable, "-m", "cisgrammar.check", "config/my_config.yaml"], own_data)
    assert checked.returncode == 0, checked.stdout
    assert "1 sample (my_sample)" in checked.stdout
    typed = re.search(r"(?m)^snakemake .*my_config.*", README)[0]
    command = [sys.executable, "-m", *typed.replace("all", "2").split(), "--config", *SHORT, "--", "combined"]
    done = run(command, own_data, seconds=500)
    assert done.returncode == 0, done.stdout
    shift = (own_data / "results/my_run/prepare/my_sample/shift.json").read_text()
    assert re.search(r"\[\s*4,\s*-4\s*\]", shift), shift
    assert list(own_data.glob("results/my_run/combined/my_sample/*/residual.safetensors"))
