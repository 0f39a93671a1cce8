"""Pairing of blocks, marking by word, and merging of two changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles import merge


def paragraphs(*texts):
    return "\n".join(f"<p>{text}</p>" for text in texts)


def three(base, theirs, mine, choices=None):
    return merge.three_way({"body": base}, {"body": theirs}, {"body": mine}, choices)


ONE, TWO, THREE = "The ferry leaves at nine.", "The lamp turns at ten.", "The keeper climbs the steps."


def test_blocks_are_the_elements_at_the_top():
    html = "<h2>A</h2><p>b <strong>c</strong></p><ul><li>d</li><li>e</li></ul><hr>"
    assert merge.blocks(html) == ["<h2>A</h2>", "<p>b <strong>c</strong></p>", "<ul><li>d</li><li>e</li></ul>", "<hr>"]


def test_words_that_differ_are_marked():
    row = merge.words("The ferry leaves at nine.", "The ferry leaves at ten.")
    assert row.left == [("The ferry leaves at ", False), ("nine", True), (".", False)]
    assert row.right == [("The ferry leaves at ", False), ("ten", True), (".", False)]


def test_scripts_without_spaces_are_marked_sign_by_sign():
    assert merge.words("東京は晴れ", "東京は雨").left == [("東京は", False), ("晴れ", True)]


def test_marks_stay_with_their_letter():
    assert [part for part, _differs in merge.words("مُدُن", "x").left] == ["مُدُن"]


def test_changed_block_stands_beside_itself_whatever_was_put_in_before():
    rows = merge.side_by_side(paragraphs(ONE, TWO), paragraphs(THREE, ONE, "The lamp turns at eleven."))
    assert [(row.left is None, row.right is None) for row in rows] == [(True, False), (False, False), (False, False)]
    assert ("ten", True) in rows[2].left
    assert ("eleven", True) in rows[2].right


def test_same_words_in_another_form_are_named_so():
    row = merge.side_by_side("<p>The lamp</p>", "<p>The <strong>lamp</strong></p>")[0]
    assert row.is_form_only
    assert row.differs


def test_changed_picture_and_address_are_changes_of_words():
    rows = merge.side_by_side(
        '<p><a href="https://a.example/">quay</a></p>', '<p><a href="https://b.example/">quay</a></p>'
    )
    assert rows[0].differs
    assert not rows[0].is_form_only


def test_changes_in_different_blocks_become_one():
    merged = three(
        paragraphs(ONE, TWO), paragraphs("The ferry leaves at six.", TWO), paragraphs(ONE, "The lamp rests.")
    )
    assert merged.clashes == []
    assert merged.content["body"] == paragraphs("The ferry leaves at six.", "The lamp rests.")
    assert merged.taken == ["body"]


def test_block_put_in_by_one_and_changed_beside_it_by_the_other():
    merged = three(paragraphs(ONE, TWO), paragraphs(ONE, THREE, TWO), paragraphs(ONE, "The lamp turns at eleven."))
    assert merged.content["body"] == paragraphs(ONE, THREE, "The lamp turns at eleven.")


def test_block_taken_out_by_one_stays_out():
    merged = three(paragraphs(ONE, TWO, THREE), paragraphs(ONE, THREE), paragraphs(ONE, TWO, "The keeper sleeps."))
    assert merged.content["body"] == paragraphs(ONE, "The keeper sleeps.")


@pytest.mark.parametrize(
    ("choice", "wanted"), [("theirs", ["At six."]), ("mine", ["At seven."]), ("both", ["At six.", "At seven."])]
)
def test_same_block_changed_by_both_is_a_clash_that_a_choice_settles(choice, wanted):
    texts = paragraphs("At nine.", TWO), paragraphs("At six.", TWO), paragraphs("At seven.", TWO)
    clash = three(*texts).clashes[0]
    assert (clash.theirs, clash.mine) == (paragraphs("At six."), paragraphs("At seven."))
    settled = three(*texts, {clash.key: choice})
    assert settled.clashes == []
    assert settled.content["body"] == paragraphs(*wanted, TWO)


def test_change_of_what_the_other_took_out_is_a_clash():
    clash = three(paragraphs(ONE, TWO), paragraphs(TWO), paragraphs("The ferry leaves at six.", TWO)).clashes[0]
    assert (clash.theirs, clash.mine) == ("", paragraphs("The ferry leaves at six."))


def test_fields_changed_on_one_side_are_merged_and_on_both_clash():
    base = {"headline": "A", "subtitle": "B", "summary": "C"}
    merged = merge.three_way(
        base, {**base, "headline": "A1", "subtitle": "B1"}, {**base, "headline": "A2", "summary": "C2"}
    )
    assert [clash.key for clash in merged.clashes] == ["headline"]
    assert merged.content == {"headline": "A2", "subtitle": "B1", "summary": "C2"}
    assert merged.taken == ["subtitle"]


def test_tags_are_merged_by_member():
    merged = merge.three_way({"tags": ["a", "b"]}, {"tags": ["a", "b", "c"]}, {"tags": ["b", "d"]})
    assert merged.content["tags"] == ["b", "c", "d"]
    assert merged.clashes == []


def test_huge_bodies_are_compared_without_weighing_each_block():
    many = [f"Line {number}." for number in range(3_000)]
    rows = merge.side_by_side(paragraphs(*many), paragraphs(*(text.upper() for text in many)))
    assert len(rows) == 3_000


texts = st.lists(st.sampled_from([ONE, TWO, THREE, "At six.", "At seven.", "Six steps up."]), max_size=6)


@given(base=texts, other=texts)
def test_change_on_one_side_only_is_taken_whole(base, other):
    base, other = paragraphs(*base), paragraphs(*other)
    for merged in (three(base, other, base), three(base, base, other), three(base, other, other)):
        assert merged.clashes == []
        assert merged.content["body"] == other


@given(left=texts, right=texts)
def test_pairs_hold_every_block_once_and_in_order(left, right):
    pairs = merge.aligned(left, right)
    assert [one for one, _other in pairs if one is not None] == list(range(len(left)))
    assert [other for _one, other in pairs if other is not None] == list(range(len(right)))


@given(base=texts, theirs=texts, mine=texts)
def test_every_block_of_mine_is_in_the_merged_body_or_was_theirs_to_take_out(base, theirs, mine):
    merged = three(paragraphs(*base), paragraphs(*theirs), paragraphs(*mine))
    found = set(merge.blocks(merged.content["body"]))
    new = set(merge.blocks(paragraphs(*mine))) - set(merge.blocks(paragraphs(*base)))
    assert new <= found
