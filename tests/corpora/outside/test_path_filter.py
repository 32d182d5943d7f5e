from corpora.outside.path_filter import PathFilter


def test_without_patterns_every_path_is_included() -> None:
    assert PathFilter(()).left_out("api/index.html") == ""


def test_a_path_needs_an_include_pattern_if_there_are_any() -> None:
    paths = PathFilter(["*.html"])
    assert paths.left_out("api/index.html") == ""
    assert paths.left_out("api/index.md") == "no include pattern matches"


def test_an_excluded_path_is_left_out_even_if_it_is_included() -> None:
    paths = PathFilter(["*.html"], ["old/"])
    assert paths.left_out("old/index.html") == "an exclude pattern matches"
    assert paths.left_out("older/index.html") == ""
