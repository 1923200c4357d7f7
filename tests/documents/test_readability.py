"""The reading grade: samples counted by hand, and the stricter of two ways of counting."""

from decimal import Decimal

import pytest

from anedocs.documents.leaflet.readability import measure, sentences_of, syllables, words_of

# 0.39 × words per sentence + 11.8 × syllables per word − 15.59, worked by hand.
GRADED = [
    (["The cat sat on the mat."], 1, 6, 6, "-1.5"),  # 2.34 + 11.8 − 15.59 = −1.45
    (["My child is ill. You can help."], 2, 7, 7, "-2.4"),  # 1.365 + 11.8 − 15.59 = −2.425
    (["Doctors treat the virus without delay."], 1, 6, 10, "6.4"),  # 2.34 + 19.67 − 15.59 = 6.42
    (["What is ANE?", "It is rare."], 2, 6, 8, "1.3"),  # 1.17 + 15.73 − 15.59 = 1.31
    (["seizures", "weak moves"], 2, 3, 4, "0.7"),  # 0.585 + 15.73 − 15.59 = 0.73
]


@pytest.mark.parametrize(("blocks", "sentences", "words", "counted", "grade"), GRADED)
def test_a_sample_has_the_grade_that_was_worked_by_hand(
    blocks: list[str], sentences: int, words: int, counted: int, grade: str
) -> None:
    found = measure(blocks)
    assert (found.sentences, found.words, found.syllables) == (sentences, words, counted)
    assert found.grade == Decimal(grade)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("care", 1), ("called", 1), ("needed", 2), ("little", 2), ("genes", 1), ("changes", 2),
        ("muscles", 2), ("doing", 2), ("baby", 2), ("medicine", 3), ("family", 3),
        ("encephalopathy", 6), ("oseltamivir", 5), ("child’s", 1), ("well-known", 2), ("the", 1),
        ("ANE", 3), ("MRI", 3), ("TB", 2), ("a", 1), ("I", 1),
    ],
)  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_a_block_ends_a_sentence_and_a_colon_does_not() -> None:
    assert measure(["Tell us:", "of a fever", "of a cough"]).sentences == 3
    assert sentences_of("Ask: is it safe? Yes. It is") == ["Ask: is it safe", " Yes", " It is"]
    assert sentences_of("See aneinternational.org now.") == ["See aneinternational.org now"]


def test_words_keep_hyphens_and_apostrophes_and_drop_signs() -> None:
    assert words_of("Your child’s follow-up (6 months) · GF") == [
        "Your", "child’s", "follow-up", "6", "months", "GF",
    ]  # fmt: skip


def test_the_longest_sentence_is_counted_and_nothing_has_no_grade() -> None:
    assert measure(["One two three. One two."]).longest_sentence == 3
    assert measure([]).grade == 0
    assert measure(["", "…"]).words == 0
