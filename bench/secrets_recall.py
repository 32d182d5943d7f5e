"""Count how many made secrets are redacted, and how many ordinary lines and files.

    python -m bench.secrets_recall [--missed] [--held-out] [FOLDER ...]

Prints recall for the development half and the held-out half. With folders, it also counts their files in
which something is redacted (`--alarms FILE` writes each redaction, to be read by hand).
"""

import difflib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench.arguments import argument_parser
from bench.ordinary_lines import ORDINARY
from bench.secret_files import Case, cases, is_found
from corpora.outside.file_text import decode_text
from corpora.redaction.redact import redact


def main() -> None:
    """Print the figures."""
    parser = argument_parser(__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="folders to look for false alarms in")
    parser.add_argument("--missed", action="store_true", help="show missed secrets of the development half")
    parser.add_argument("--held-out", action="store_true", help="show missed secrets of the held-out half")
    parser.add_argument("--alarms", type=Path, help="file for what is redacted in the folders")
    options = parser.parse_args()
    made = list(cases())
    missed = [case for case in made if not is_found(case, redact(case.text)[0])]
    print(f"{len(made)} secrets of {len({case.kind for case in made})} kinds")
    for held_out, name in ((False, "development"), (True, "held out")):
        total = sum(case.held_out == held_out for case in made)
        not_found = [case for case in missed if case.held_out == held_out]
        found = total - len(not_found)
        print(f"{name}: {found} of {total} found, recall {found / total:.3f}")
        if options.held_out if held_out else options.missed:
            _show(not_found)
    alarms = [line for line in ORDINARY if redact(line)[1]]
    print(f"ordinary lines: {len(alarms)} of {len(ORDINARY)} redacted")
    for line in alarms:
        print(f"    {line}\n    {redact(line)[0]}")
    for folder in options.folders:
        _scan(folder, options.alarms)


def _show(missed: list[Case]) -> None:
    for kind, number in Counter(case.kind for case in missed).most_common():
        print(f"  {kind}: {number}")
        for case in [case for case in missed if case.kind == kind][:6]:
            print("    " + case.text.strip()[:160].replace("\n", "\n    "))


def _scan(folder: Path, alarms: Path | None) -> None:
    files = with_alarm = total = 0
    found: list[str] = []
    for path, text in _texts(folder):
        files += 1
        redacted, count = redact(text)
        with_alarm += count > 0
        total += count
        if count:
            found += [f"== {path.relative_to(folder)}", *_changed(text, redacted)]
    print(f"{folder}: {files} files, {with_alarm} with something redacted, {total} redactions")
    if alarms:
        with alarms.open("a") as stream:
            stream.write("\n".join(found) + "\n")


def _texts(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_size < 1_000_000:
            decoded = decode_text(path.read_bytes())
            if not isinstance(decoded, str):
                yield path, decoded[0]


def _changed(text: str, redacted: str) -> list[str]:
    before, after = text.splitlines(), redacted.splitlines()
    if len(before) != len(after):
        return list(difflib.unified_diff(before, after, n=0))
    return [
        f"{old.strip()[:200]}\n    {new.strip()[:200]}"
        for old, new in zip(before, after, strict=True)
        if old != new and "[REDACTED:private-key]" not in new
    ]


if __name__ == "__main__":
    main()
