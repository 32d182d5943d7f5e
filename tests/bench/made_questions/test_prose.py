"""Sections of documentation ask for what their examples call."""

from random import Random

from bench.made_questions.outline import read_units
from bench.made_questions.prose import doc_sections, prose_drafts, without_names
from bench.made_questions.records import SourceFile

PAGE = b"""# Shop

## Weighing heavy parcels

Use `weigh_parcel` to find out what a parcel costs.

```python
print(weigh_parcel(box))
```

## More

Nothing is called here.
"""


def test_a_section_with_code_is_read_with_its_span() -> None:
    (section,) = doc_sections("README.md", PAGE)
    assert section.heading == "Weighing heavy parcels"
    assert PAGE[section.start : section.end].startswith(b"## Weighing")
    assert PAGE[section.end :].startswith(b"## More")
    assert "weigh_parcel(box)" in section.code and "print" not in section.text


def test_headings_of_restructuredtext_are_read() -> None:
    page = b"Weighing\n========\n\nIt is done so::\n\n    weigh_parcel(box)\n\nMore\n====\n"
    (section,) = doc_sections("weigh.rst", page)
    assert section.heading == "Weighing" and "weigh_parcel(box)" in section.code


def test_the_heading_asks_for_what_the_example_calls() -> None:
    data = b"def weigh_parcel(box):\n    return box.weight\n\n\ndef close_shop():\n    pass\n"
    file = SourceFile("shop.py", "python", data, is_test=False)
    assert read_units(file)
    drafts = {draft.kind: draft for draft in prose_drafts([file], {"README.md": PAGE}, Random(1))}
    assert drafts["doc_heading"].query == "Weighing heavy parcels"
    assert drafts["doc_prose"].query == "find out what a parcel costs"
    for draft in drafts.values():
        (place,) = draft.gold
        assert data[place.start : place.end].startswith(b"def weigh_parcel")
        ((path, removal),) = draft.removals
        assert path == "README.md" and b"weigh_parcel" in PAGE[removal.start : removal.end]


def test_a_name_in_the_middle_of_a_sentence_leaves_no_question() -> None:
    assert without_names("A box is weighed by weigh_parcel in grams", ["weigh_parcel"]) == ""
    assert without_names("With `weigh_parcel` you see", []) == "With `weigh_parcel` you see"
