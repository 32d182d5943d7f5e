"""The formats of providers' tokens, as `made_secrets.from_format` reads them, and templates around them."""

from collections.abc import Callable
from random import Random
from typing import Final

from bench.made_secrets import fernet_key, from_format, pypi_token, random_base64, uuid, web_token

Maker = Callable[[Random], str]

# Name -> the format of a token that is recognized by its form. Prefixes are cut in two, so that no scanner
# takes a line of this file for a token.
_FORMATS: Final = {
    "aws-access-key": "AK" + "IA{K16}",
    "aws-temporary-key": "AS" + "IA{K16}",
    "google-api-key": "AI" + "za{w35}",
    "google-oauth-secret": "GOC" + "SPX-{w28}",
    "github-classic": "gh" + "p_{A36}",
    "github-oauth": "gh" + "o_{A36}",
    "github-app": "gh" + "s_{A36}",
    "github-fine-grained": "github" + "_pat_{A22}_{A59}",
    "gitlab-personal": "gl" + "pat-{w20}",
    "gitlab-deploy": "gl" + "dt-{w20}",
    "gitlab-runner": "gl" + "rt-{w20}",
    "slack-bot": "xo" + "xb-{d12}-{d12}-{A24}",
    "slack-user": "xo" + "xp-{d12}-{d12}-{d12}-{h32}",
    "slack-app": "xa" + "pp-1-A{U10}-{d13}-{h64}",
    "slack-webhook": "https://hooks.sl" + "ack.com/services/T{U10}/B{U10}/{A24}",
    "discord-webhook": "https://disc" + "ord.com/api/webhooks/{d18}/{w68}",
    "stripe-secret": "sk_" + "live_{A24}",
    "stripe-restricted": "rk_" + "live_{A24}",
    "stripe-webhook": "wh" + "sec_{A32}",
    "mailgun": "ke" + "y-{h32}",
    "sendgrid": "S" + "G.{w22}.{w43}",
    "twilio-key": "S" + "K{h32}",
    "shopify-access": "shp" + "at_{h32}",
    "shopify-shared": "shp" + "ss_{h32}",
    "docker-hub": "dckr" + "_pat_{w27}",
    "atlassian": "ATA" + "TT3xFfGF0{w174}={U8}",
    "grafana-service": "gl" + "sa_{A32}_{h8}",
    "grafana-cloud": "gl" + "c_eyJ{b100}",
    "digitalocean": "do" + "p_v1_{h64}",
    "linear": "lin" + "_api_{A40}",
    "notion": "nt" + "n_{d11}{A35}",
    "openai-project": "sk" + "-proj-{w74}T3BlbkFJ{w74}",
    "openai": "sk" + "-{A20}T3BlbkFJ{A20}",
    "anthropic": "sk" + "-ant-api03-{w93}AA",
    "hugging-face": "h" + "f_{A34}",
    "npm": "np" + "m_{A36}",
    "rubygems": "ruby" + "gems_{h48}",
    "crates-io": "ci" + "o{A32}",
    "vault-service": "hv" + "s.{w95}",
    "terraform-cloud": "{A14}.atla" + "sv1.{w67}",
    "databricks": "da" + "pi{h32}",
    "sentry-user": "sntr" + "yu_{h64}",
    "mapbox-secret": "s" + "k.eyJ1Ijoi{A50}.{w22}",
    "postman": "PM" + "AK-{h24}-{h34}",
    "doppler": "dp" + ".pt.{A43}",
    "one-password": "ops" + "_eyJ{b260}",
    "age": "AGE-SECRET" + "-KEY-1{B58}",
    "telegram-bot": "{d10}:" + "AA{w33}",
    "discord-bot": "MT{A24}.{w6}.{w38}",
    "square": "EA" + "AA{w60}",
    "new-relic": "NR" + "AK-{U27}",
    "airtable": "pa" + "t{A14}.{h64}",
    "pulumi": "pu" + "l-{h40}",
    "planetscale": "pscale" + "_tkn_{w43}",
    "dynatrace": "dt0" + "c01.{U24}.{U64}",
    "brevo": "xkey" + "sib-{h64}-{A16}",
    "facebook": "EA" + "AC{A120}",
    "azure-ad-secret": "{A3}8Q~{w34}",
    "fly-io": "fm2" + "_{b120}",
    "sourcegraph": "sg" + "p_{h40}",
}


def of_format(form: str) -> Maker:
    """Return a maker of tokens of this format."""
    return lambda rng: from_format(rng, form)


BY_FORMAT: Final[dict[str, Maker]] = {
    **{name: of_format(form) for name, form in _FORMATS.items()},
    "json-web-token": web_token,
    "pypi": pypi_token,
}
"""Tokens that are recognized in any context."""

AROUND: Final = (
    'client = Client("@@")\n',
    "const client = new Client('@@');\n",
    "TOKEN=@@\n",
    "token: @@\n",
    '{\n  "value": "@@"\n}\n',
    "# for staging: @@\n",
    "curl -H 'X-Auth: @@' https://api.corp.io/v1/items\n",
    "run(`tool login @@`)\n",
    "export CI_TOKEN='@@'\n",
    "<p>Use <code>@@</code> to log in.</p>\n",
)
"""Templates for the tokens of `BY_FORMAT`."""

_HEX_32: Maker = lambda rng: from_format(rng, "{h32}")  # noqa: E731
_HEX_40: Maker = lambda rng: from_format(rng, "{h40}")  # noqa: E731

BY_NAME: Final[dict[str, tuple[Maker, tuple[str, ...]]]] = {
    "aws-secret-key": (
        lambda rng: from_format(rng, "{b40}"),
        (
            "aws_secret_access_key = @@\n",
            'secret_key = "@@"\n',
            "AWS_SECRET_ACCESS_KEY=@@\n",
            'new BasicAWSCredentials(id, "@@");\nawsSecretKey = "@@"\n',
        ),
    ),
    "aws-session-token": (
        lambda rng: "IQoJb3JpZ2luX2Vj" + from_format(rng, "{b300}") + "==",
        ("aws_session_token = @@\n", "export AWS_SESSION_TOKEN=@@\n", 'sessionToken: "@@",\n'),
    ),
    "google-service-account": (
        _HEX_40,
        (
            '{"type": "service_account", "private_key_id": "@@"}\n',
            '  "type": "service_account",\n  "private_key_id": "@@",\n',
        ),
    ),
    "azure-storage": (
        random_base64(64),
        (
            "DefaultEndpointsProtocol=https;AccountName=corp;AccountKey=@@;EndpointSuffix=core.windows.net\n",
            'storage_account_key = "@@"\n',
            'AZURE_STORAGE_KEY="@@"\n',
        ),
    ),
    "azure-sas": (
        lambda rng: from_format(rng, "{A43}") + "%3D",
        (
            "https://corp.blob.core.windows.net/c/f?sv=2022-11-02&ss=b&sp=rl&sig=@@\n",
            'SAS = "?sv=2022-11-02&se=2030-01-01&sr=c&sig=@@"\n',
        ),
    ),
    "azure-service-bus": (
        random_base64(32),
        ("Endpoint=sb://corp.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=@@\n",),
    ),
    "twilio-auth-token": (
        _HEX_32,
        ("TWILIO_AUTH_TOKEN=@@\n", 'auth_token = "@@"\n', "twilio:\n  auth_token: @@\n"),
    ),
    "datadog": (_HEX_32, ("DD_API_KEY=@@\n", "datadog_api_key: @@\n", 'api_key = "@@"  # datadog\n')),
    "heroku": (uuid, ("HEROKU_API_KEY=@@\n", 'heroku_api_key = "@@"\n', "heroku:\n  api_key: @@\n")),
    "cloudflare": (
        lambda rng: from_format(rng, "{w40}"),
        ("CLOUDFLARE_API_TOKEN=@@\n", 'cloudflare_api_token = "@@"\n', 'api_token: "@@"\n'),
    ),
    "fastly": (
        lambda rng: from_format(rng, "{w32}"),
        ("FASTLY_API_TOKEN=@@\n", 'fastly_api_key = "@@"\n'),
    ),
    "algolia": (_HEX_32, ("ALGOLIA_ADMIN_KEY=@@\n", "algoliaApiKey: '@@',\n")),
    "okta": (lambda rng: "00" + from_format(rng, "{w40}"), ("OKTA_API_TOKEN=@@\n", 'api_token = "@@"\n')),
    "auth0": (
        lambda rng: from_format(rng, "{w64}"),
        ("AUTH0_CLIENT_SECRET=@@\n", "clientSecret: '@@',\n", 'client_secret = "@@"\n'),
    ),
    "paypal": (
        lambda rng: "E" + from_format(rng, "{w79}"),
        ("PAYPAL_SECRET=@@\n", 'paypal_client_secret: "@@"\n'),
    ),
    "twitter": (
        lambda rng: from_format(rng, "{A50}"),
        ("TWITTER_API_SECRET=@@\n", 'consumer_secret = "@@"\n', 'access_token_secret="@@",\n'),
    ),
    "sentry-legacy": (
        _HEX_32,
        ('dsn = "https://' + '{h}:@@@o1.ingest.sentry.io/42"\n'.replace("{h}", "ab12" * 8),),
    ),
    "fernet": (
        fernet_key,
        ('Fernet(b"@@")\n', "FERNET_KEY=@@\n", "fernet_key = @@\n", 'key = b"@@"\nf = Fernet(key)\n'),
    ),
    "wireguard": (random_base64(32), ("[Interface]\nPrivateKey = @@\n", "PresharedKey = @@\n")),
    "laravel": (
        lambda rng: "base64:" + random_base64(32)(rng),
        ("APP_KEY=@@\n", "    'key' => '@@',\n"),
    ),
    "rails": (
        lambda rng: from_format(rng, "{h128}"),
        ("production:\n  secret_key_base: @@\n", "SECRET_KEY_BASE=@@\n", "config.secret_key_base = '@@'\n"),
    ),
    "rails-master-key": (_HEX_32, ("RAILS_MASTER_KEY=@@\n", "master_key: @@\n")),
}
"""Secrets that are recognized only by the name of their variable or field, with templates."""
