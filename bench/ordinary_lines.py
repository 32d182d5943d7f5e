"""Lines of code, settings and documentation that look like secrets but are not."""

from typing import Final

_PLACEHOLDERS: Final = r"""
password = ""
password = None
password = "changeme"
password = "<password>"
password = "********"
password = "xxxxxxxx"
password: "{{ vault_db_password }}"
password: ${DB_PASSWORD}
password=$DB_PASSWORD
DB_PASSWORD=
DB_PASSWORD=your-password-here
API_KEY=<your-api-key>
API_KEY=YOUR_API_KEY
api_key = "your_api_key_here"
SECRET_KEY = "replace-me-with-a-real-secret"
secret_key: CHANGE_ME_IN_PRODUCTION
token = "TODO"
"password": "string"
"password": "%s"
<password>${env.MAVEN_PASSWORD}</password>
<password></password>
<password>PASSWORD</password>
machine example.com login USERNAME password PASSWORD
postgres://user:password@localhost/db
postgresql://username:password@hostname:5432/database
mongodb://<username>:<password>@host:27017/
redis://:password@localhost:6379/0
amqp://guest:guest@localhost:5672//
https://user:pass@example.com/
mysql -u root -p mydb
mysql -uroot -p$MYSQL_PASSWORD
curl -u user:password https://example.com
curl -u "$USER:$TOKEN" https://api.example.com
curl -H "Authorization: Bearer $TOKEN" https://api.example.com
curl -H "Authorization: Bearer <token>" https://api.example.com
curl -H 'Authorization: Basic <base64>' https://api.example.com
Authorization: Bearer YOUR_ACCESS_TOKEN
Authorization: Basic dXNlcjpwYXNzd29yZA==
sshpass -p "$PASS" ssh host
sshpass -p <password> ssh host
docker login -u USER -p PASSWORD
docker login --password-stdin
ENV DB_PASSWORD=""
ARG NPM_TOKEN
PGPASSWORD=$PGPASSWORD psql
//registry.npmjs.org/:_authToken=${NPM_TOKEN}
"auth": "..."
jdbc:mysql://localhost/db?user=root&password=password
Server=.;Database=x;User Id=sa;Password={password};
""".strip().splitlines()

_CODE: Final = r"""
password = os.environ["DB_PASSWORD"]
password = os.getenv("DB_PASSWORD1", "")
password = getpass.getpass("Password: ")
password = input("Enter password: ")
password = config.get("database", "password")
password = settings.DB_PASSWORD
password = generate_password(16)
password=password,
password: str
password: Optional[str] = None
password?: string;
password: String!
password: process.env.DB_PASSWORD,
password: hashedPassword,
password = models.CharField(max_length=128)
password = forms.CharField(widget=forms.PasswordInput)
self.password = password
String password = request.getParameter("password");
private String password;
char password[MAX_PASSWORD_LENGTH];
if (password == null || password.isEmpty()) {
if password != confirm_password:
password := os.Getenv("DB_PASSWORD")
user.setPassword(passwordEncoder.encode(dto.getPassword()));
$password = $_POST['password'];
$password = Hash::make($request->password);
config.password = ENV.fetch("DB_PASSWORD")
let password = env::var("DB_PASSWORD").unwrap();
secret = secrets.token_hex(32)
secret_key = Fernet.generate_key()
api_key = load_api_key(path)
token = request.headers["Authorization"]
token = self.tokenizer.next_token()
token = Token.objects.get(user=user)
tokens = ["IDENTIFIER", "NUMBER", "STRING"]
TOKEN_TYPES = {"access_token": AccessToken, "refresh_token": RefreshToken}
case Token.KEYWORD_ELSE2:
key = "user_id_2"
key = lambda item: item.name
keys = sorted(data, key=itemgetter(1))
key: "Ctrl+Shift+P"
public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7vbqajDhA user@host
primary_key=True
foreign_key: "user_id"
private_key_path = "/etc/ssl/private/server.key"
key_file: "/etc/keys/id_rsa"
access_key_id = fields.String(required=True)
PASSWORD_RE = re.compile(r"^(?=.*[A-Z])(?=.*\d)[A-Za-z\d@$!%*?&]{8,}$")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"}]
password_hash = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW"
password_field = "j_password1"
password_label = "Password (8+ characters):"
"password.required": "Please enter your password!"
"password": "Passwort vergessen?"
"password_too_short": "Must be at least 8 characters."
placeholder="Enter your password, e.g. 8 characters"
<input type="password" name="password1" id="id_password1">
<label for="password">Password:</label>
error: "Invalid password! Try again."
raise ValueError("password: must contain 1 digit, 1 symbol!")
log.info("password=%s token=%s", mask(password), mask(token))
print(f"password={password}")
def reset_password(token: str, password: str = "") -> None:
throw new Error('Password must have 8-30 characters!');
secretName: my-app-secret-v2
secretKeyRef: {name: db-secret, key: password-1}
secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf"
SECRET_ARN=arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/key-1a2b3c
password = "arn:aws:ssm:us-east-1:123456789012:parameter/prod/db/password"
password = "projects/123/secrets/db-password/versions/1"
password: !vault |
password: ENC[AES256_GCM,data:Zx8=,iv:a1=,tag:b2=,type:str]
password = data.aws_secretsmanager_secret_version.db.secret_string
password = var.db_password
password = random_password.db.result
password: "{{ lookup('env', 'DB_PASSWORD') }}"
password: <%= ENV["DB_PASSWORD"] %>
secret: !Ref DatabaseSecret
token: ${{ secrets.GITHUB_TOKEN }}
password: $(DB_PASSWORD)
password: @Value("${db.password}")
key: ${{ runner.os }}-pip-${{ hashFiles('**/requirements.txt') }}
credentials: 'include'
Authorization: `Bearer ${token}`
headers["Authorization"] = "Bearer " + token
headers = {"Authorization": f"Bearer {api_key}"}
scheme: bearer
WWW-Authenticate: Basic realm="Restricted area 51"
Set-Cookie: token=deleted; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT
passwd.h
#include <pwd.h>
getpwnam(pw->pw_passwd)
import pwd, grp
cd "$(pwd)/build-2"
PWD=/home/user1/build
OLDPWD=/usr/src/linux-6.1
docker run -v "$PWD:/app" -p 8080:80 image
mkdir -p build/release-2
ssh -p 2222 user@host
kill -9 1234; ps -p 4321
grep -u user:group file
chown -R app:app /srv
rsync -a --password-file=/etc/rsync.pass src dst
openssl genrsa -out key.pem 4096
keytool -storepass "$STOREPASS"
set PASSWORD_MIN_LENGTH=12
PASS_MAX_DAYS=99999
PASSWORD_RESET_TIMEOUT_DAYS = 3
pass_through_mode = "enabled2"
passes = ["constprop-v2", "inline-3"]
bypass_token_check = true
max_tokens = 4096
next_page_token = "page-2"
csrf_token = "{% csrf_token %}"
keyboard = "us-intl-2"
monkey = "monkey-patch-1.2"
hotkey: "Ctrl+Alt+F12"
keyword = "py3_compat"
author = "Kim Secretan2"
secretary: "Ann-Marie O'Neil (2nd floor)"
""".strip().splitlines()

_DATA: Final = [
    "digest = 'd41d8cd98f00b204e9800998ecf8427e'",
    "sha256: " + "ab12cd34" * 8,
    "commit " + "3f2a91bc" * 5,
    "rev: " + "9c8b7a6d" * 5,
    '"integrity": "sha512-' + "Ab3+" * 21 + 'Ab=="',
    "<script src='a.js' integrity='sha384-" + "Zk9/" * 16 + "'></script>",
    'uuid = "123e4567-e89b-12d3-a456-426614174000"',
    "key_id = '123e4567-e89b-12d3-a456-426614174000'",
    "color: #1a2b3c; background: #a1b2c3d4;",
    "background: url(data:image/png;base64," + "iVBORw0KGgoAAAANSUhEUg" * 4 + ")",
    "--hash=sha256:" + "0f1e2d3c" * 8,
    "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    '"AccessKeyId": "ASIAIOSFODNN7EXAMPLE"',
    'stripe.api_key = "sk_' + "test_" + '4eC39HqLyjWDarjtT1zdp7dc"',
    "STRIPE_KEY=pk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "-----BEGIN CERTIFICATE-----\n"
    + "MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n" * 3
    + "-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\n"
    + "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0Z3VS5JJcds3xfn/ygWy\n" * 3
    + "-----END PUBLIC KEY-----",
    'if line.startswith("-----BEGIN RSA PRIVATE KEY-----"):',
    "h=['d','e'],p=function(a){return a.password?1:0},k={key:1,tokens:[2,3]};",
    "zxcvbn.words = 'password,123456,12345678,qwerty,letmein1,trustno1'.split(',')",
    'key = bytes.fromhex("000102030405060708090a0b0c0d0e0f")',
    'test_vector("key", "2b7e151628aed2a6abf7158809cf4f3c")',
    "Key = 603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
    'etag: W/"5f4dcc3b5aa765d6"',
    "kind: ConfigMap\ndata:\n  logo: aVZCT1J3MEtHZ29BQUFBTlNVaEVVZw==",
    "root:x:0:0:root:/root:/bin/bash",
    "localhost:5432:app:app:$PASSWORD",
    "client-certificate-data: " + "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t" * 3,
    "certificate-authority-data: " + "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t" * 3,
    "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
    "See https://docs.corp.io/auth?token_type=bearer&redirect=/login-2",
    "https://corp.io/search?key=results-2024&page=2",
    "git@github.com:org/repo-2.git",
    "ssh://git@github.com:22/org/repo2.git",
    "mailto:user2@example.com",
    "http://localhost:8080/@user2/post",
    'url = f"postgres://{user}:{password}@{host}:{port}/{name}"',
    'dsn = "postgres://%s:%s@%s/%s" % (user, password, host, name)',
    "postgres://$USER:$PASS@$HOST/db",
    "https://{user}:{token}@github.com/{repo}",
]

ORDINARY: Final = [*_PLACEHOLDERS, *_CODE, *_DATA]
"""Lines that redaction must not change."""
