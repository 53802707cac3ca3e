"""One transcript per gene, and by which rule."""

from cisgrammar.splice.genes.canonical import choose
from toy_transcripts import transcript


def test_the_transcript_is_chosen_by_tag_then_coding_then_exonic_length_then_id():
    short = transcript((0, 50), (60, 90), name="b", gene="g", coding=((0, 30),))
    coding = transcript((0, 50), (60, 90), name="c", gene="g", coding=((0, 50),))
    long = transcript((0, 90), (100, 300), name="d", gene="g")
    tagged = transcript((0, 10), (20, 30), name="e", gene="g", tags=frozenset({"appris_principal_1"}))
    second = transcript((0, 90), (100, 300), name="a", gene="g", tags=frozenset({"appris_principal_2"}))
    tags = ("MANE_Select", "appris_principal")
    for family, best, why in (
        ((short, coding, long), coding, "longest coding sequence"),
        ((long, transcript((0, 20), (30, 40), name="a", gene="g")), long, "most exonic bases"),
        ((long, transcript((0, 90), (100, 300), name="c", gene="g")), None, "most exonic bases"),
        ((second, tagged, coding), tagged, "tag appris_principal"),
        ((short,), short, "only transcript"),
    ):
        for order in (family, family[::-1]):
            ((chosen, reason),) = choose(order, tags)
            assert (chosen.id, reason) == (best.id if best else "c", why)


def test_a_tag_of_a_longer_name_is_another_tag():
    plus = transcript((0, 9), name="a", gene="g", tags=frozenset({"MANE_Select_like"}))
    long = transcript((0, 99), name="b", gene="g")
    assert choose([plus, long], ("MANE_Select",))[0][0] is long
