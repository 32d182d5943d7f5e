"""Realistic files that contain a made secret, half of them held out."""

# ruff: noqa: E501 (a template is one line, as in a real file)

import random
from collections.abc import Iterator
from typing import Final, NamedTuple

from bench.made_secrets import (
    PLAIN_PUNCTUATION,
    QUOTED_PUNCTUATION,
    base64_of_password,
    basic_auth,
    django_key,
    from_format,
    key_body,
    password,
    random_base64,
    url_password,
)
from bench.secret_tokens import AROUND, BY_FORMAT, BY_NAME, Maker

_PER_TEMPLATE: Final = 3
_PIECE_CHARS: Final = 5  # a remaining piece of a secret is a leak from this length on


class Case(NamedTuple):
    """A file with one secret; `pieces` are the parts that it is split into, one per line."""

    kind: str
    text: str
    pieces: tuple[str, ...]
    held_out: bool


_QUOTED: Maker = lambda rng: password(rng, QUOTED_PUNCTUATION)  # noqa: E731
_PLAIN: Maker = lambda rng: password(rng, PLAIN_PUNCTUATION)  # noqa: E731
_WORDY: Maker = lambda rng: password(rng, "-_.")  # noqa: E731
_HTPASSWD: Maker = lambda rng: "$apr1$" + from_format(rng, "{A8}$") + from_format(rng, "{A22}")  # noqa: E731

# kind -> how to make its secret, and the templates that contain it, at `@@`
_KINDS: Final[dict[str, tuple[Maker, tuple[str, ...]]]] = {
    "django-key": (
        django_key,
        ("DEBUG = True\nSECRET_KEY = '@@'\n", 'SECRET_KEY = "django-insecure-@@"\nALLOWED_HOSTS = []\n',
         'SECRET_KEY = os.environ.get("SECRET_KEY", "@@")\n', "DJANGO_SECRET_KEY='@@'\n"),
    ),
    "python": (
        _QUOTED,
        ('password = "@@"\n', "DB_PASSWORD: Final = '@@'\n", 'conn = connect(user="app", password="@@")\n',
         'CONFIG = {"user": "app", "password": "@@"}\n', 'self.passwd = "@@"\n', 'smtp.login("app", password="@@")\n',
         'if password == "@@":\n    grant()\n', 'os.environ["PGPASSWORD"] = "@@"\n',
         'parser.add_argument("--password", default="@@")\n', 'settings["db"]["password"] = "@@"\n',
         'admin_pass = "@@"\n', 'auth = ("admin", "@@")\n'),
    ),
    "yaml": (
        _PLAIN,
        ("db:\n  user: app\n  password: @@\n", "password: '@@'\n", 'db_password: "@@"  # rotate\n',
         "env:\n  - name: DB_PASSWORD\n    value: @@\n", "spring:\n  datasource:\n    password: @@\n",
         "users:\n  - {name: app, password: '@@'}\n"),
    ),
    "toml": (_QUOTED, ('[db]\npassword = "@@"\n', "[auth]\npasswd = '@@'\n", 'db = { user = "a", password = "@@" }\n')),
    "ini": (_PLAIN, ("[db]\nuser = app\npassword = @@\n", "[client]\npasswd=@@\n", "[smtp]\nsmtp_password: @@\n")),
    "dotenv": (_PLAIN, ("DB_PASSWORD=@@\n", 'ADMIN_PASS="@@"\n', "MAIL_PASSWORD='@@'\n", "SECRET=@@\n")),
    "properties": (_PLAIN, ("spring.datasource.password=@@\n", "ssl.keystore.password = @@\n", "db.pwd=@@\n")),
    "json": (
        _QUOTED,
        ('{\n  "user": "app",\n  "password": "@@"\n}\n', '{"db": {"pass": "@@", "port": 5432}}\n',
         '{"clientSecret": "@@"}\n', '{"Key": "DB_PASSWORD", "Value": "@@"}\n'),
    ),
    "xml": (
        _WORDY,
        ("<db>\n  <user>app</user>\n  <password>@@</password>\n</db>\n", '<property name="password" value="@@"/>\n',
         '<dataSource username="app" password="@@" />\n', "<param><name>db.password</name><value>@@</value></param>\n"),
    ),
    "maven-settings": (
        _WORDY, ("<server>\n  <id>corp</id>\n  <username>ci</username>\n  <password>@@</password>\n</server>\n",),
    ),
    "nuget": (_WORDY, ('<add key="ClearTextPassword" value="@@" />\n', '<add key="Password" value="@@" />\n')),
    "java": (
        _QUOTED,
        ('private static final String PASSWORD = "@@";\n', 'ds.setPassword("@@");\n',
         'DriverManager.getConnection(url, "app", "@@");\nString dbPassword = "@@";\n', 'props.put("password", "@@");\n'),
    ),
    "javascript": (
        _QUOTED,
        ("const password = '@@';\n", "module.exports = { user: 'app', password: '@@' };\n",
         "process.env.DB_PASSWORD || '@@'\n", "app.use(session({ secret: '@@', resave: false }));\n",
         "const apiSecret = `@@`;\n"),
    ),
    "go": (_QUOTED, ('password := "@@"\n', 'cfg := Config{User: "app", Password: "@@"}\n', 'const dbPassword = "@@"\n')),
    "ruby": (_QUOTED, ("password: '@@',\n", 'config.password = "@@"\n', "ENV['DB_PASSWORD'] ||= '@@'\n", ":password => '@@'\n")),
    "php": (
        _QUOTED, ("$password = '@@';\n", "define('DB_PASSWORD', '@@');\n", "'password' => '@@',\n",
                  "env('DB_PASSWORD', '@@'),\n"),
    ),
    "csharp": (_QUOTED, ('string password = "@@";\n', 'Password = "@@",\n', 'new NetworkCredential("app", "@@");\nvar pwd = "@@";\n')),
    "rust": (_QUOTED, ('let password = "@@";\n', 'const API_SECRET: &str = "@@";\n', '.password("@@")\n')),
    "c": (_QUOTED, ('#define DB_PASSWORD "@@"\n', 'char password[] = "@@";\n', 'static const char *kSecret = "@@";\n')),
    "shell": (
        _PLAIN, ('PASSWORD="@@"\n', "export DB_PASSWORD='@@'\n", "DB_PASS=@@ ./migrate\n", 'read_secret "$x"; API_SECRET=@@\n'),
    ),
    "sql": (
        _WORDY,
        ("CREATE USER app WITH PASSWORD '@@';\n", "CREATE USER 'app'@'%' IDENTIFIED BY '@@';\n",
         "ALTER ROLE app PASSWORD '@@';\n", "ALTER LOGIN sa WITH PASSWORD = '@@';\n"),
    ),
    "terraform": (
        _QUOTED, ('resource "aws_db_instance" "x" {\n  password = "@@"\n}\n', 'master_password = "@@"\n',
                  'variable "db_password" {\n  default = "@@"\n}\n'),
    ),
    "dockerfile": (
        _PLAIN, ("FROM x\nENV DB_PASSWORD=@@\n", "ENV DB_PASSWORD @@\n", "ARG NPM_PASSWORD=@@\n", 'ENV ADMIN_PASSWORD="@@"\n',
                 "ENV DB_USER=app DB_PASSWORD=@@\n"),
    ),
    "docker-compose": (
        _PLAIN, ("    environment:\n      POSTGRES_PASSWORD: @@\n", "      - MYSQL_ROOT_PASSWORD=@@\n",
                 '      - "REDIS_PASSWORD=@@"\n', "    command: redis-server --requirepass @@\n"),
    ),
    "ansible": (_PLAIN, ("ansible_password: @@\n", "ansible_become_pass: '@@'\n", "host1 ansible_user=root ansible_ssh_pass=@@\n")),
    "kubernetes-data": (
        base64_of_password,
        ("apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ntype: Opaque\ndata:\n  username: YXBw\n  password: @@\n",
         "kind: Secret\napiVersion: v1\ndata:\n  config.db: @@\n", "kind: Secret\ndata:\n  redis: @@\nmetadata:\n  name: r\n"),
    ),
    "kubernetes-string-data": (
        _PLAIN, ("kind: Secret\nstringData:\n  password: @@\n", "apiVersion: v1\nkind: Secret\nstringData:\n  db-admin: @@\n"),
    ),
    "kubeconfig": (
        random_base64(120),
        ("users:\n- name: admin\n  user:\n    client-key-data: @@\n", "  user:\n    token: @@\n"),
    ),
    "netrc": (
        _PLAIN, ("machine api.corp.io login ci password @@\n", "machine api.corp.io\n  login ci\n  password @@\n",
                 "default login anonymous password @@\n"),
    ),
    "pgpass": (_WORDY, ("db.corp.io:5432:prod:app:@@\n", "*:*:*:postgres:@@\n")),
    "my-cnf": (_PLAIN, ("[client]\nuser=root\npassword=@@\n", '[mysqldump]\npassword="@@"\n')),
    "redis-url": (url_password, ("REDIS_URL=redis://:@@@cache.corp.io:6379/0\n", 'Redis.from_url("rediss://:@@@cache:6379")\n')),
    "postgres-url": (
        url_password, ("DATABASE_URL=postgres://app:@@@db.corp.io:5432/prod\n", 'engine = create_engine("postgresql+psycopg://app:@@@db/prod")\n'),
    ),
    "mongodb-url": (url_password, ('mongoose.connect("mongodb+srv://app:@@@c0.mongodb.net/prod")\n', "uri: mongodb://root:@@@m1:27017\n")),
    "amqp-url": (url_password, ("broker_url = 'amqp://celery:@@@mq.corp.io//'\n", "AMQP=amqps://u:@@@mq/v\n")),
    "https-url": (url_password, ("git clone https://ci:@@@git.corp.io/app.git\n", "index-url = https://ci:@@@pypi.corp.io/simple\n",
                                 "http_proxy=http://ci:@@@proxy.corp.io:3128\n")),
    "jdbc": (url_password, ("jdbc:mysql://db.corp.io/prod?user=app&password=@@\n", 'url = "jdbc:postgresql://db/prod?user=a&password=@@&ssl=true"\n')),
    "odbc": (
        _WORDY, ("Driver={ODBC};Server=db;UID=app;PWD=@@;\n", 'cs = "Server=db;Database=p;User Id=sa;Password=@@;Encrypt=yes"\n',
                 '"DefaultConnection": "Data Source=db;User ID=sa;Password=@@"\n'),
    ),
    "npmrc": (
        basic_auth,
        ("//registry.corp.io/:_auth=@@\n", "_auth = @@\n", "//npm.corp.io/:_password=@@\n", "//npm.corp.io/:_authToken=@@\n"),
    ),
    "pypirc": (_PLAIN, ("[pypi]\nusername = corp\npassword = @@\n", "[distutils]\n[corp]\nrepository: x\npassword: @@\n")),
    "docker-auth": (basic_auth, ('{"auths": {"hub.corp.io": {"auth": "@@"}}}\n', '      "auth": "@@"\n', '"identitytoken": "@@"\n')),
    "authorization-basic": (
        basic_auth,
        ('headers = {"Authorization": "Basic @@"}\n', "curl -H 'Authorization: Basic @@' https://api.corp.io\n",
         "Authorization: Basic @@\n", 'req.Header.Set("Authorization", "Basic @@")\n'),
    ),
    "authorization-bearer": (
        lambda rng: from_format(rng, "{w32}"),
        ('headers = {"Authorization": "Bearer @@"}\n', 'curl -H "Authorization: Bearer @@" x\n', "authorization: bearer @@\n"),
    ),
    "authorization-token": (
        lambda rng: from_format(rng, "{h40}"), ('-H "Authorization: token @@"\n', "'Authorization': 'Token @@'\n", 'X-Api-Key: @@\n',
                                                "PRIVATE-TOKEN: @@\n", 'headers["X-Auth-Token"] = "@@"\n'),
    ),
    "curl-user": (_WORDY, ("curl -u admin:@@ https://api.corp.io\n", 'curl -s --user "ci:@@" https://x\n', "curl -sSu ci:@@ https://x\n")),
    "wget": (_PLAIN, ("wget --user=ci --password=@@ https://x\n", "wget --http-password @@ https://x\n")),
    "sshpass": (_WORDY, ("sshpass -p @@ ssh root@host\n", "sshpass -p '@@' scp a b:\n", "sshpass -p\"@@\" rsync a b\n")),
    "mysql-option": (_WORDY, ("mysql -u root -p@@ prod < dump.sql\n", "mysqldump -uroot -p'@@' prod\n", "mysql --password=@@ prod\n")),
    "command-options": (
        _WORDY, ("docker login -u ci -p @@ hub.corp.io\n", "psql --password @@\n", "redis-cli -a @@ ping\n", "helm install --set db.password=@@ x\n",
                 "tool --api-key @@ run\n", "az login --service-principal -u a -p @@\n", "twine upload -u ci -p @@ dist/*\n",
                 "ldapsearch -D cn=admin -w @@\n", "htpasswd -bc .htpasswd admin @@\n", "openssl rsa -passin pass:@@ -in k\n", "echo '@@' | docker login --password-stdin\n"),
    ),
    "pgpassword": (_WORDY, ("PGPASSWORD=@@ psql -h db\n", "export PGPASSWORD='@@'\n")),
    "htpasswd": (_HTPASSWD, ("admin:@@\n",)),
    "api-secret": (
        lambda rng: from_format(rng, "{A32}"),
        ('api_key = "@@"\n', "apiKey: '@@',\n", "API_KEY=@@\n", 'client_secret: "@@"\n', "secret_key: @@\n", '"access_token": "@@",\n',
         'const ENCRYPTION_KEY = "@@";\n', "webhook_secret = '@@'\n", "JWT_SECRET=@@\n", 'https://api.corp.io/v1?api_key=@@\n'),
    ),
}  # fmt: skip

_KEY_KINDS: Final = {
    "pem": "",
    "rsa": "RSA ",
    "ec": "EC ",
    "openssh": "OPENSSH ",
    "encrypted": "ENCRYPTED ",
    "pgp": "PGP ",
}


def cases(seed: int = 12) -> Iterator[Case]:
    """Yield every case; the same seed gives the same cases."""
    tokens = {kind: (make, AROUND) for kind, make in BY_FORMAT.items()}
    for kind, (make, templates) in {**_KINDS, **BY_NAME, **tokens}.items():
        for number, template in enumerate(templates):
            for copy in range(_PER_TEMPLATE if kind not in BY_FORMAT else 1):
                rng = random.Random(f"{seed}/{kind}/{number}/{copy}")
                yield _case(rng, kind, template, make(rng))
    for number in range(4):
        yield from _keys(random.Random(f"{seed}/keys/{number}"))
        yield from _split(random.Random(f"{seed}/split/{number}"))


def _case(rng: random.Random, kind: str, template: str, secret: str) -> Case:
    before = rng.choice(("", "# see docs/setup.md\n", "// generated once, then kept\n", "\n"))
    # of an address only the last part is secret, the rest may stay
    secret_part = secret.rpartition("/")[2] if secret.startswith("https:") else secret
    pieces = (secret_part,) if len(secret_part) < 80 else (secret_part[:40], secret_part[-40:])
    return Case(kind, before + template.replace("@@", secret), pieces, rng.random() < 0.5)


def _keys(rng: random.Random) -> Iterator[Case]:
    """Yield private keys, whole in a file and in the literals of a program."""
    for kind, name in _KEY_KINDS.items():
        block = " BLOCK" if kind == "pgp" else ""
        body = key_body(rng)
        lines = [
            f"-----BEGIN {name}PRIVATE KEY{block}-----",
            *body.split("\n"),
            f"-----END {name}PRIVATE KEY{block}-----",
        ]
        pieces = tuple(body.split("\n"))
        for text in (
            "\n".join(lines) + "\n",
            "key: |\n" + "".join(f"  {line}\n" for line in lines),
            'KEY = "' + "\\n".join(lines) + '"\n',
            "".join(f'  "{line}\\n"\n' for line in lines),
        ):
            yield Case(f"private-key-{kind}", text, pieces, rng.random() < 0.5)
    body = key_body(rng)
    putty = "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: k\nPublic-Lines: 1\nAAAAB3NzaC1yc2E=\nPrivate-Lines: 9\n"
    yield Case(
        "private-key-putty", f"{putty}{body}\nPrivate-MAC: 00\n", tuple(body.split("\n")), rng.random() < 0.5
    )


def _split(rng: random.Random) -> Iterator[Case]:
    """Yield secrets that are split over several lines, as long strings often are."""
    first, second = from_format(rng, "{A24}"), from_format(rng, "{A24}")
    token = "gh" + "p_" + from_format(rng, "{A36}")
    for kind, text, pieces in (
        ("implicit", f'SECRET_KEY = (\n    "{first}"\n    "{second}"\n)\n', (first, second)),
        ("plus", f'String secret = "{first}" +\n    "{second}";\n', (first, second)),
        ("plus-before", f'const apiKey = "{first}"\n  + "{second}";\n', (first, second)),
        ("backslash", f'password = "{first}" \\\n    "{second}"\n', (first, second)),
        ("folded", f"secret_key: >-\n  {first}\n  {second}\n", (first, second)),
        ("template", f"const secret = `{first}\\\n{second}`;\n", (first, second)),
        ("token-parts", f'token = "{token[:20]}" + "{token[20:]}"\n', (token[:20], token[20:])),
        ("token-lines", f'token = ("{token[:20]}"\n         "{token[20:]}")\n', (token[:20], token[20:])),
    ):
        yield Case(f"split-{kind}", text, pieces, rng.random() < 0.5)


def is_found(case: Case, redacted: str) -> bool:
    """Return whether no piece of the secret is left, not even half of one."""
    return not any(half in redacted for piece in case.pieces for half in _halves(piece))


def _halves(piece: str) -> tuple[str, ...]:
    middle = len(piece) // 2
    return tuple(half for half in (piece[:middle], piece[middle:]) if len(half) >= _PIECE_CHARS) or (piece,)
