"""Long questions are split by their lines."""

from hypothesis import given
from hypothesis import strategies as st

from rag.retrieval.questions.query_parts import split_query

PROBLEM = """Problem:
I have the following frame with two columns of names and values:
   a    b
0  x  1.5
1  y  2.5

How can I add a suffix to all of its columns? Thanks a lot for your help.

df = pd.DataFrame({"a": ["x", "y"]})
# here the solution is to be written
result = ...
"""


def test_prose_code_and_the_sentences_that_ask_are_separated() -> None:
    parts = split_query(PROBLEM)
    assert parts.prose.splitlines() == [
        "I have the following frame with two columns of names and values:",
        "How can I add a suffix to all of its columns? Thanks a lot for your help.",
        "here the solution is to be written",
    ]
    assert parts.asking == "How can I add a suffix to all of its columns?"
    assert parts.code.splitlines()[-2:] == ['df = pd.DataFrame({"a": ["x", "y"]})', "result = ..."]
    assert "0  x  1.5" in parts.code


def test_a_single_line_is_prose_whatever_it_holds() -> None:
    assert split_query("df.groupby('a').sum()") == ("df.groupby('a').sum()", "", "")


def test_words_within_names_and_calls_make_no_line_prose() -> None:
    for line in (
        "def app_set_up(app: shop.Shop, first_row_of_all: int) -> None:",
        "X, y = make_classification(n_samples=N_SAMPLES, n_features=N_FEATURES)",
    ):
        assert split_query(f"Set up the shop and its rows.\n{line}").code == line


def test_a_sentence_goes_on_behind_a_line_that_ends_in_a_colon() -> None:
    text = "Here is a filter.\nThe filter should do the following:\ntake the context as its first argument"
    assert split_query(text).asking == text.partition("\n")[2]


def test_of_a_traceback_the_frames_are_left_out_and_the_error_stays() -> None:
    parts = split_query(
        'Traceback (most recent call last):\n  File "/srv/app/main.py", line 3, in <module>\n'
        "    total(rows)\nTypeError: total() got an unexpected keyword argument 'tax'\n"
    )
    assert "main.py" not in "".join(parts)
    assert "total(rows)" in parts.code and "unexpected keyword argument" in "".join(parts)


def test_without_a_sentence_that_asks_all_of_them_do() -> None:
    text = "Plot the values of y over those of x.\nThe grid is dashed and of a blue colour.\nplt.plot(x, y)"
    parts = split_query(text)
    assert parts.asking.splitlines() == parts.prose.splitlines()


@given(st.text(max_size=300))
def test_any_text_is_split_and_no_line_is_lost_but_frames(text: str) -> None:
    parts = split_query(text)
    kept = "\n".join(parts)
    for line in text.splitlines():
        words = line.strip().lstrip("#/-").strip()
        if words and "File" not in line and "Traceback" not in line and not line.strip().startswith("at "):
            assert words in kept
