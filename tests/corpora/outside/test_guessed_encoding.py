"""Text in the encodings of the world is read as it was written, whether it declares them or not."""

# ruff: noqa: RUF001 (letters that look like others belong to the alphabets that are tested)

import codecs
import random
import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.outside.file_text import decode_text, is_guessed
from tests import SLOWNESS

# Sentences as they stand in comments, and the encodings that files with them are found in.
SENTENCES = {
    "Chinese": (
        "gbk gb2312 gb18030",
        [
            "打开文件并读取所有的行",
            "如果连接失败则返回错误",
            "计算两个日期之间的天数",
            "这个函数不是线程安全的",
        ],
    ),
    "Traditional Chinese": (
        "big5 cp950",
        [
            "開啟檔案並讀取所有的資料",
            "如果連線失敗則傳回錯誤",
            "計算兩個日期之間的天數",
            "這個函式不支援多執行緒",
        ],
    ),
    "Japanese": (
        "shift_jis cp932 euc_jp iso2022_jp",
        [
            "ファイルを開いて全ての行を読む",
            "接続に失敗した場合はエラーを返す",
            "二つの日付の差を計算する",
            "初期化の処理",
        ],
    ),
    "Korean": (
        "euc_kr cp949",
        [
            "파일을 열고 모든 줄을 읽는다",
            "연결에 실패하면 오류를 반환한다",
            "두 날짜의 차이를 계산한다",
            "초기화 함수입니다",
        ],
    ),
    "Russian": (
        "koi8-r cp1251 cp866",
        ["открывает файл и читает все строки", "если соединение не удалось", "вычисляет разность дат"],
    ),
    "Ukrainian": (
        "koi8-u cp1251",
        ["відкриває файл і читає всі рядки", "якщо з'єднання не вдалося", "обчислює різницю між датами"],
    ),
    "Greek": (
        "iso8859-7 cp1253",
        [
            "ανοίγει το αρχείο και διαβάζει τις γραμμές",
            "υπολογίζει τη διαφορά",
        ],
    ),
    "German": (
        "latin-1 cp1252",
        [
            "öffnet die Datei und liest alle Zeilen für später",
            "größer als möglich",
        ],
    ),
    "French": (
        "latin-1 cp1252",
        [
            "ouvre le fichier créé et lit toutes les lignes à la fin",
            "déjà vérifié",
        ],
    ),
    "Polish": (
        "iso8859-2 cp1250",
        ["otwiera plik i czyta wszystkie linie źródła", "jeśli połączenie się nie udało"],
    ),
    "Czech": (
        "iso8859-2 cp1250",
        ["otevře soubor a přečte všechny řádky", "jestliže spojení selhalo, vrátí chybu"],
    ),
    "Turkish": (
        "iso8859-9 cp1254",
        ["dosyayı açar ve tüm satırları okur", "bağlantı başarısız olursa hata döndürür"],
    ),
    "Hebrew": (
        "cp1255 iso8859-8",
        [
            "פותח את הקובץ וקורא את כל השורות",
            "מחשב את ההפרש בין התאריכים",
        ],
    ),
    "Thai": (
        "cp874 tis-620",
        [
            "เปิดไฟล์และอ่านทุกบรรทัด",
            "คำนวณความแตกต่างระหว่างวันที่",
        ],
    ),
}
CASES = [(name, encoding) for name, (encodings, _) in SENTENCES.items() for encoding in encodings.split()]
CODE = "int read_all(FILE *file, char **lines) {{ /* {0} */\n    return count(lines); // {0}\n}}\n"
WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


def source_with(sentences: list[str]) -> str:
    return "".join(f"/* {sentence} */\n{CODE.format(sentence)}" for sentence in sentences)


@pytest.mark.parametrize(("language", "encoding"), CASES)
def test_comments_in_an_undeclared_encoding_are_read_as_written(language: str, encoding: str) -> None:
    text = source_with(SENTENCES[language][1])
    decoded = decode_text(text.encode(encoding))
    assert isinstance(decoded, tuple)
    assert decoded[0] == text


@settings(max_examples=60, deadline=None)
@given(
    case=st.sampled_from(CASES),
    choice=st.randoms(use_true_random=False),
    ends=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_a_guess_needs_no_more_than_two_sentences(
    case: tuple[str, str], choice: random.Random, ends: str
) -> None:
    sentences = SENTENCES[case[0]][1]
    text = source_with(choice.sample(sentences, 2)).replace("\n", ends)
    decoded = decode_text(text.encode(case[1]))
    assert isinstance(decoded, tuple)
    assert decoded[0] == (text if ends == "\r\n" else text.replace("\r", "\n"))


@pytest.mark.parametrize("encoding", ["gbk", "big5", "shift_jis", "euc_jp", "euc_kr", "latin-1"])
def test_one_short_line_is_enough(encoding: str) -> None:
    word = {"gbk": "本程序用于", "big5": "本程式用於", "euc_kr": "이 프로그램", "latin-1": "Größe ändern"}
    text = f"{word.get(encoding, '接続に失敗')}\n"
    for line in (text, f"int x; // {text}"):
        decoded = decode_text(line.encode(encoding))
        assert isinstance(decoded, tuple) and decoded[0] == line


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("language", SENTENCES)
def test_wide_text_needs_no_mark(language: str, encoding: str) -> None:
    text = source_with(SENTENCES[language][1])
    assert decode_text(text.encode(encoding)) == (text, encoding)
    assert decode_text(b"a = 1\n".decode().encode(encoding)) == ("a = 1\n", encoding)


@pytest.mark.parametrize(
    "data",
    [
        b"".join(struct.pack("<h", number) for number in range(-4000, 4000, 7)),
        b"".join(struct.pack("<i", number) for number in range(0, 9000, 3)),
        b"".join(struct.pack("<f", number / 7) for number in range(3000)),
        random.Random(1).randbytes(20_000),
        bytes(random.Random(2).choices(range(32, 256), k=200)) + b"\0" * 8,
        b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b".text\0.data\0.bss\0" * 50,
        b"PK\x03\x04" + b"\x14\0\0\0\x08\0" * 40,
        b"R\0I\0F\0F\0" + b"\x01\0\x02\0" * 100,
        "データ".encode("utf-16-le") * 5_000 + b"\0\0",
    ],
    ids=[
        "16 bits",
        "32 bits",
        "floats",
        "noise",
        "noise of letters",
        "ELF",
        "zip",
        "controls",
        "no line ends",
    ],
)
def test_data_that_looks_like_wide_text_is_no_text(data: bytes) -> None:
    assert decode_text(data) in ("binary", "not text")


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ("/* -*- mode: c; coding: euc-jp-unix -*- */\n", "euc_jp"),
        ("// vim: set fileencoding=cp949 :\n", "cp949"),
        (";; -*- coding: japanese-shift-jis; -*-\n", "cp932"),
        ("scriptencoding cp936\n", "gbk"),
        ('msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=GB2312\\n"\n', "gb18030"),
        ("use encoding 'euc-kr';\n", "euc_kr"),
        ("\\usepackage[koi8-r]{inputenc}\n", "koi8-r"),
        ('<?xml version="1.0"\n  encoding="windows-1251"?>\n', "cp1251"),
        ('<html><head><meta http-equiv="Content-Type" content="text/html; charset=EUC-JP">\n', "euc_jp"),
    ],
)
def test_a_declaration_is_believed_where_a_guess_has_too_little(head: str, encoding: str) -> None:
    word = {"c": "Я", "k": "Я"}.get(encoding[0], "本")
    word = {"cp949": "글", "euc_kr": "글", "cp932": "本", "cp1251": "Я"}.get(encoding, word)
    text = f"{head}{word}\n"
    decoded = decode_text(text.encode(encoding))
    assert isinstance(decoded, tuple)
    assert decoded[0] == text


def test_a_declaration_at_the_end_is_found() -> None:
    text = "x\n" * 2_000 + "/* 字 */\n/* Local Variables: */\n/* coding: euc-jp */\n/* End: */\n"
    assert decode_text(text.encode("euc_jp")) == (text, "euc_jp")
    text = "x\n" * 2_000 + "/* 字 */\n/* vim: set fenc=big5: */\n"
    assert decode_text(text.encode("big5")) == (text, "big5")


def test_what_git_states_comes_before_every_guess() -> None:
    assert decode_text("é".encode("cp1250"), "cp1250") == ("é", "cp1250")
    assert decode_text("a".encode("utf-16-le"), "UTF-16LE") == ("a", "utf-16-le")
    assert decode_text("a".encode("utf-16-be"), "UTF-16") == ("a", "utf-16-be")
    assert decode_text(codecs.BOM_UTF16_LE + "a".encode("utf-16-le"), "UTF-16LE-BOM") == ("a", "utf-16-le")
    assert decode_text("größe".encode(), "UTF-16") == ("größe", "utf-8"), "it may be wrong"
    assert decode_text(b"a\n", "no-such-encoding") == ("a\n", "utf-8")


@pytest.mark.parametrize("sign", ["°C ± 5", "5 µm", "£5", "© 2001", "naïve", "“quoted”", "10 €", "Müller"])
def test_a_few_signs_are_windows_1252(sign: str) -> None:
    text = f"/* {sign} */\nint x;\n"
    assert decode_text(text.encode("cp1252")) == (text, "cp1252")


@pytest.mark.parametrize("encoding", ["cp850", "cp437"])
@pytest.mark.parametrize("words", ["für später größere", "où le fichier créé à la fête", "señor año"])
def test_text_of_dos_is_read_as_such(words: str, encoding: str) -> None:
    text = f"/* {words} */\nint x; // {words}\n"
    decoded = decode_text(text.encode(encoding))
    assert isinstance(decoded, tuple)
    assert decoded[0] == text


@pytest.mark.parametrize(
    "text",
    ["It is Bob’s – and ‘x’ “quoted”—naïve\n", "He said: ‘déjà vu’, and then “créé”… more than twice\n"],
)
def test_quotation_marks_of_windows_are_no_letters_of_dos(text: str) -> None:
    assert decode_text(text.encode("cp1252")) == (text, "cp1252")


def test_text_in_no_known_encoding_is_read_without_replacement_characters() -> None:
    data = b"int x; /* \x81\x8d\x8f \xfe\xff\x90 */\n" * 3
    decoded = decode_text(data)
    assert isinstance(decoded, tuple)
    assert "\ufffd" not in decoded[0] and decoded[0].startswith("int x; /* ")


def test_one_broken_character_costs_no_other() -> None:
    text = source_with(SENTENCES["Chinese"][1] * 3)
    decoded = decode_text(text.encode("gbk") + b"/* \xff\xff */\n")
    assert isinstance(decoded, tuple)
    assert decoded[0].startswith(text)
    assert decoded[0].count("\ufffd") <= 2


@pytest.mark.parametrize(
    ("ends", "lines"),
    [
        ("a\rb\rc", 3),
        ("a\r\nb\r\nc", 3),
        ("a\n\rb", 3),
        ("a\r\r\nb", 3),
        ("a\x0cb\x0bc\u2028d\u0085e\x1cf", 1),
    ],
)
def test_lines_are_those_of_an_editor(ends: str, lines: int) -> None:
    decoded = decode_text(ends.encode())
    assert isinstance(decoded, tuple)
    assert decoded[0].count("\n") + 1 == lines
    assert len(decoded[0].encode()) == len(ends.encode())


@pytest.mark.parametrize("unit", [b"\xa1\xa2", b"\x1b$B", b"\xe9\n", b"\x81@", b"a\0", b"coding:", b"\x80"])
def test_no_bytes_take_long(unit: bytes) -> None:
    data = unit * (1_000_000 // len(unit))
    started = time.process_time()
    decode_text(data)
    assert time.process_time() - started < 3 * SLOWNESS


def test_only_what_nothing_states_is_called_a_guess() -> None:
    text = source_with(SENTENCES["Chinese"][1])
    data = text.encode("gbk")
    assert is_guessed(data, "gb18030")
    assert not is_guessed(data, "gb18030", "GBK")
    assert not is_guessed(b"/* -*- coding: gb2312 -*- */\n" + data, "gb18030")
    assert not is_guessed(text.encode(), "utf-8")
    assert is_guessed(text.encode("utf-16-le"), "utf-16-le")
    assert not is_guessed(text.encode("utf-16-le"), "utf-16-le", "UTF-16LE")
    assert not is_guessed(codecs.BOM_UTF16_LE + text.encode("utf-16-le"), "utf-16-le")
