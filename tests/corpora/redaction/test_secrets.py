from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.redaction.redact import redact
from corpora.sources import spec_for
from indexers.index import Index
from rag.cli.rendering import results
from tests.small_corpora import write_tree

KEY_BODY = "\n".join(["MIIEpAIBAAKCAQEAuS3x9fV0b1nq7Ylk2ZcJ5d8eWmT4hRgPzX6oNvKjQ0aBcDeF"] * 3)
PRIVATE_KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{KEY_BODY}\n-----END RSA PRIVATE KEY-----"
WEB_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"

SECRETS = {
    'password = "{}"': "hunter2",
    'db_password: str = "{}"': "Tr0ub4dor&3",
    '#define PASSWORD "{}"': "abC123xyz",
    'login(user, password="{}")': "Zx81spectrum",
    'os.environ.setdefault("SECRET_KEY", "{}")': "insecure-9f8a7s6d5f4",
    "client_secret: '{}',": "abcD3fghIjk4",
    'if (password == "{}") {{': "l3tm31n",
    "DB_PASSWORD={}": "s3cr3tPw9",
    "export API_KEY={}": "9aF3kLm2Qx7Zp0",
    "  password: {}": "s3cr3t!9x",
    "machine example.com login app password {}": "policy!",
    "machine example.com\n  login app\n  password {}": "letmein!",
    "default login anonymous password {}": "re-use!",
    "the default password {}": "letmein!",
    'conn = "Server=x;User Id=u;Password={};"': "Xy9!kq22",
    'url = "postgres://app:{}@db.example.com/prod"': "S3cretPw",
    'key_id = "{}"': "AKIA" + "IOSFODNN7SAMPLQX",
    'aws_secret_access_key = "{}"': "wJalrXUtnFEMI/K7MDENG/bPx" + "RfiCYSAMPLEKEYQ",
    'account = "AccountName=a;{};"': "AccountKey=" + "Ab1+" * 21 + "Ab==",
    'gh = "{}"': "ghp_" + "a1B2" * 9,
    'chat("{}")': "xox" + "b-123456789012-abcdefABCDEF1234",
    "stripe = '{}'": "sk_live_" + "a1B2c3" * 4,
    "maps: {}": "AIza" + "aB3_5" * 7,
    'session = "{}"': WEB_TOKEN,
    'auth_token = "{}"': "3fa8c2b1d4e5f60718293a4b5c6d7e8f90a1b2c3",
    "Authorization: Bearer {}": "abcDEF123456ghiJKL789mno",
}

ORDINARY = """
password = ""
password = "changeme"
password = "your_password_here"
password = "test1234"
secret = "********"
password = os.environ["DB_PASSWORD"]
password = "${DB_PASSWORD}"
password=$PASSWORD1
PASSWORD=$1
password = f"{user}123"
secret = get_secret("a1")
SECRET_KEY = config("SECRET_KEY")
self.password = password2
password: Optional[str] = None
secret: Uint8Array
api_key = "123e4567-e89b-12d3-a456-426614174000"
password_hash = "5f4dcc3b5aa765d61d8327deb882cf99"
digest = "d41d8cd98f00b204e9800998ecf8427e"
"integrity": "sha512-abcDEF123+/abcDEF123abcDEF123abcDEF123=="
secret_name = "prod/db/password1"
key_type = "rsa2048"
{"volume_secret": "V1SecretReference"}
MovedAttribute("HTTPPasswordMgr", "urllib2", "urllib.request")
join(pwd, "./data/pcg64dxsm-1.csv")
update --key="e0d96d6fad35a61a0577f467940509b5aa08b6dea8d99456ec19a6e47126"
token = "IDENTIFIER_2"
label = "Enter your password 1"
PASSWORD_RE = r"^[a-z]+1$"
connect("http://user:password@host")
f"https://{user}:{password}@{host}"
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf"
BEGIN = "-----BEGIN RSA PRIVATE KEY-----"
**Password policy**
**To change the current account password policy**
Your account has a *strong password policy*
What is the default password policy?
- Account: the password must not expire!
Each machine __password policy__ applies to all users.
  password: **policy**
""".strip().splitlines()


@pytest.mark.parametrize(("line", "secret"), SECRETS.items())
def test_a_secret_is_replaced_and_what_is_around_it_stays(line: str, secret: str) -> None:
    redacted, count = redact("before\n" + line.format(secret) + "\nafter\n")
    before, _, after = line.format("\0").partition("\0")
    assert count == 1
    assert redacted.startswith("before\n" + before + "[REDACTED:")
    assert redacted.endswith("]" + after + "\nafter\n")
    assert secret not in redacted


@pytest.mark.parametrize("line", ORDINARY)
def test_ordinary_code_keeps_its_meaning(line: str) -> None:
    assert redact(line) == (line, 0)


@pytest.mark.parametrize("line", ["**login app password {}**", "  password: **{}**", "default password *{}*"])
@pytest.mark.parametrize("secret", ["hunter2", "letmein1!", "Marble_3"])
def test_a_password_that_is_emphasized_is_found(line: str, secret: str) -> None:
    redacted, count = redact(line.format(secret))
    assert count == 1 and secret not in redacted


def test_each_line_of_a_private_key_is_replaced() -> None:
    redacted, count = redact(f'KEY = """{PRIVATE_KEY}\n"""\nnext()\n')
    assert count == 1
    assert redacted.splitlines() == [
        'KEY = """[REDACTED:private-key]',
        *["[REDACTED:private-key]"] * 4,
        '"""',
        "next()",
    ]


def test_a_private_key_in_string_literals_leaves_the_literals_whole() -> None:
    literals = "".join(f'    "{line}\\n"\n' for line in PRIVATE_KEY.splitlines())
    redacted, count = redact(f"key = (\n{literals})\n")
    assert (redacted, count) == ("key = (\n" + '    "[REDACTED:private-key]\\n"\n' * 5 + ")\n", 1)


def test_windows_line_ends_and_wide_characters_do_not_shift_anything() -> None:
    text = '# \u0130stanbul \U0001f511\r\npassword = "hunter2"\r\nx = 1\r\n'
    assert redact(text) == (text.replace("hunter2", "[REDACTED:secret-keyword]"), 1)


def test_a_secret_in_a_very_long_line_is_found() -> None:
    text = "var a=1;" * 1000 + 'password="hunter2";' + "var b=2;" * 1000
    assert redact(text) == (text.replace("hunter2", "[REDACTED:secret-keyword]"), 1)


FRAGMENTS = st.sampled_from(
    [*(line.format(secret) for line, secret in SECRETS.items()), *ORDINARY, *PRIVATE_KEY.split("\n")]
)


@given(st.lists(FRAGMENTS | st.text(max_size=20)), st.sampled_from(["\n", "\r\n"]))
def test_lines_stay_lines_and_nothing_is_left_for_a_second_pass(parts: list[str], line_end: str) -> None:
    text = line_end.join(parts)
    redacted, count = redact(text)
    assert redacted.count("\n") == text.count("\n")
    assert redacted.count("[REDACTED:") >= count
    assert redact(redacted) == (redacted, 0)


def test_no_secret_reaches_the_index_and_the_report_counts_them(tmp_path: Path) -> None:
    root = write_tree(
        tmp_path / "src", {"settings.py": 'def connect():\n    return login(password="hunter2")\n'}
    )
    with Index.create(tmp_path / ".rag") as index:
        report = index.update([spec_for(str(root))])
        chunks = index.catalog.chunks(index.catalog.chunk_ids().tolist())
        shown = results.report(report, index.status(), [], json=False)
    assert report.redacted == 1
    assert "1 secret redacted" in shown
    assert 'login(password="[REDACTED:secret-keyword]")' in "".join(chunk.text for chunk in chunks.values())
