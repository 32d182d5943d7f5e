"""Which files, lines and functions a question names."""

from time import process_time

import pytest

from rag.retrieval.questions.mentioned_places import MentionedPlace, mentioned_places, place_fit
from tests import SLOWNESS


@pytest.mark.parametrize(
    ("text", "path", "line", "function"),
    [
        ('  File "/srv/app/db.py", line 12, in connect\n', "/srv/app/db.py", 12, "connect"),
        ("\tat org.shop.Cart.add(Cart.java:40)", "Cart.java", 40, "add"),
        ("    at Cart.add (/srv/app/cart.ts:4:11)", "/srv/app/cart.ts", 4, "add"),
        ("    at file:///srv/cart.mjs:4:11", "///srv/cart.mjs", 4, ""),
        ("main.(*Cart).Add(0xc0)\n\t/srv/cart.go:9 +0x1d", "/srv/cart.go", 9, "Add"),
        ("app/models/cart.rb:12:in `add'", "app/models/cart.rb", 12, "add"),
        ("thread 'main' panicked at src/cart.rs:10:5:", "src/cart.rs", 10, ""),
        ("Cart.cs(12,3): error CS1002", "Cart.cs", 12, ""),
        ("why does io/driver.rs wait", "io/driver.rs", 0, ""),
        (r"C:\app\cart.py is not found", "C:/app/cart.py", 0, ""),
    ],
)
def test_a_place_is_read_as_each_language_prints_it(text: str, path: str, line: int, function: str) -> None:
    assert mentioned_places(text)[0] == MentionedPlace(path, line, function)


def test_in_a_traceback_of_python_the_last_frame_matters_most() -> None:
    frames = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n  File "b.py", line 2, in g\n'
    assert [place.path for place in mentioned_places(frames)] == ["b.py", "a.py"]


def test_versions_numbers_and_hosts_are_no_files() -> None:
    assert mentioned_places("since 3.11.2 e.g. example.com or i.e. 0.5") == ()


def test_the_same_file_line_and_function_fit_best() -> None:
    place = MentionedPlace("/srv/app/db.py", 12, "connect")
    chunk = ("app/db.py", 10, 20, "Db.connect")
    others = [
        ("app/db.py", 30, 40, "close"),
        ("other/db.py", 30, 40, "close"),
        ("app/dbx.py", 10, 20, "connect"),
    ]
    fits = [place_fit(place, *one) for one in (chunk, *others)]
    assert fits == sorted(fits, reverse=True)
    assert fits[0] == pytest.approx(0.9) and fits[-1] == 0


@pytest.mark.parametrize("unit", ["a.b/", "a(", "/", "a.a", "a()\n ", "at a", "at a (", 'File "'])
def test_hostile_text_is_read_in_linear_time(unit: str) -> None:
    start = process_time()
    mentioned_places(unit * 20_000)
    assert process_time() - start < 1 * SLOWNESS
