"""Django's settings. Secure by default; the environment (``dscp_cms.environment``) loosens."""

from csp.constants import NONE, SELF

from dscp_cms import logs
from dscp_cms.environment import BASE_DIR, read_environment
from dscp_cms.environment_sending import WEBHOOKS

ENV = read_environment()

DEBUG = ENV.debug
TRUSTED_PROXIES = ENV.trusted_proxies
SECRET_KEY = ENV.secret_key
SECRET_KEY_FALLBACKS = ENV.running.secret_key_fallbacks
DATA_DIR = ENV.data_dir
SITE_URL = ENV.site_url
HTTPS = ENV.secure
ALLOWED_HOSTS = ENV.allowed_hosts
PUBLIC_URL = SITE_URL or f"http://{'localhost' if ENV.host in {'127.0.0.1', '0.0.0.0'} else ENV.host}:{ENV.port}"  # noqa: S104

INSTALLED_APPS = [
    "home",
    "news",
    "training",
    "resources",
    "dscp_cms",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.routable_page",
    "wagtail.contrib.settings",
    "wagtail.contrib.typed_table_block",
    "wagtail_modeladmin",
    "wagtail.embeds",
    "wagtail.sites",
    "dscp_cms.users_app.SiteUsersConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",  # never also "modelsearch": the first delete would raise
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_tasks",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "dscp_cms.health.HealthMiddleware",
    "dscp_cms.logs_requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "dscp_cms.middleware.BrowserRulesMiddleware",
    "dscp_cms.static_files.StaticFilesMiddleware",
    "dscp_cms.middleware.PageCompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "dscp_cms.visibility.PrivateAnswersMiddleware",
    "dscp_cms.middleware.PublicPageMiddleware",
    "dscp_cms.middleware.CleanQueryMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "dscp_cms.accounts.second_factor.SecondFactorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "home.old_addresses.RedirectMiddleware",
]

ROOT_URLCONF = "dscp_cms.urls"
WSGI_APPLICATION = "dscp_cms.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",
            ],
        },
    },
]

# Data

DATABASES = {"default": ENV.database}
if ENV.database["ENGINE"].endswith("postgresql"):
    INSTALLED_APPS += ["django.contrib.postgres"]  # which the next Wagtail's search asks for
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": ENV.cache}
# Whole pages for readers without a session (dscp_cms/page_cache.py). A CDN may keep them too, since it is told when
# they end; browsers ask each time.
PAGE_CACHE = ENV.running.page_cache and not ENV.debug
PAGES_DIR = DATA_DIR / "pages"
PAGE_CACHE_SHARED = ENV.cache["LOCATION"] != DATA_DIR / "cache"
KEPT_PAGES_CACHE_CONTROL = "no-cache"
if ENV.running.cdn:
    INSTALLED_APPS.append("wagtail.contrib.frontend_cache")
    WAGTAILFRONTENDCACHE = {"default": ENV.running.cdn}
    KEPT_PAGES_CACHE_CONTROL = "public, max-age=0, s-maxage=600"
TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend",
        "QUEUES": [],
        "OPTIONS": {"id_function": logs.new_key},
    }
}

# Files

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": ENV.storage,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
ACCEL_PREFIX = ENV.accel_prefix
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a long newsletter issue is one large form

# Mail

MAIL_FROM = ENV.mail_from
MAIL_ALLOWED = ENV.mail_allowed
DEFAULT_FROM_EMAIL = SERVER_EMAIL = MAIL_FROM
OUTBOX_DIR = None if ENV.email else DATA_DIR / "outbox"
EMAIL_BACKEND = "dscp_cms.outbox.OutboxBackend"
EMAIL_TIMEOUT = 20
if ENV.email:
    for _name, _value in ENV.email.items():
        if _name.startswith("EMAIL_"):
            globals()[_name] = _value
SENDING = ENV.sending
if SENDING.webhooks:
    INSTALLED_APPS += ["anymail"]
    ANYMAIL = {"WEBHOOK_SECRET": SENDING.webhooks_secret}
    if WEBHOOKS[SENDING.webhooks] and SENDING.webhooks_key:
        ANYMAIL[WEBHOOKS[SENDING.webhooks]] = SENDING.webhooks_key

# Language, time

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True
WAGTAIL_USER_TIME_ZONES = ["Europe/London"]
WAGTAILADMIN_PERMITTED_LANGUAGES = [("en-gb", "English")]

# Accounts and security

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 12}
AUTHENTICATION_BACKENDS = ["dscp_cms.accounts.backend.AccountBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/admin/"
WAGTAIL_FRONTEND_LOGIN_URL = "/partners/sign-in/"
WAGTAIL_PASSWORD_RESET_ENABLED = False  # ours minds the limits
PASSWORD_RESET_TIMEOUT = 24 * 3600
SIGN_IN_PATHS = ("/admin/login/", "/partners/sign-in/", "/account/password/")
SECOND_FACTOR_REQUIRED = HTTPS
ACCOUNT_ANSWER_SECONDS = 0.3  # no form of signing in is answered sooner, so that the time tells nothing
# A session ends after so many seconds without use, and after so many in any case.
SIGNED_IN_IDLE, SIGNED_IN_LONGEST = 8 * 3600, 12 * 3600
SESSION_ENGINE = "dscp_cms.accounts.sessions"
SESSION_COOKIE_AGE = SIGNED_IN_LONGEST
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
X_FRAME_OPTIONS = "SAMEORIGIN"  # the admin's preview panel shows pages in a frame
SILENCED_SYSTEM_CHECKS = ["security.W019"]  # which wants DENY there
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if HTTPS:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    CSRF_TRUSTED_ORIGINS = [SITE_URL]

# django-allauth. Its limits are off, since it counts in the cache; ours stand in dscp_cms/accounts/throttle.py.
ACCOUNT_ADAPTER = "dscp_cms.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "dscp_cms.accounts.forms.SignInForm",
    "request_login_code": "dscp_cms.accounts.forms.PartnerSignInForm",
    "confirm_login_code": "dscp_cms.accounts.forms.CodeForm",
    "reset_password": "dscp_cms.accounts.forms.NewPasswordForm",
    "reset_password_from_key": "dscp_cms.accounts.forms.SetPasswordForm",
    "reauthenticate": "dscp_cms.accounts.forms.ReauthenticateForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
MFA_ADAPTER = "dscp_cms.accounts.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "dscp_cms.accounts.forms.SecondStepForm",
    "reauthenticate": "dscp_cms.accounts.forms.SecondStepAgainForm",
    "activate_totp": "dscp_cms.accounts.forms.AddAppForm",
    "add_webauthn": "dscp_cms.accounts.forms.AddPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # browsers allow it for localhost only
MFA_TOTP_TOLERANCE = 1

# What no page of this site may ask a browser for; passkeys aren't among them.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "bluetooth", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope"),
        *("hid", "magnetometer", "microphone", "midi", "payment", "serial", "usb"),
    )
)

# One constant policy for every public page, so that pages can be cached. The admin's stands in dscp_cms.admin_policy.
VIDEO_ORIGINS = ["https://www.youtube-nocookie.com", "https://player.vimeo.com"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "frame-src": [SELF, *VIDEO_ORIGINS],
        "frame-ancestors": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
    },
}

# Wagtail

WAGTAIL_SITE_NAME = "Durham Safeguarding Children Partnership"
WAGTAILADMIN_BASE_URL = PUBLIC_URL
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "dscp_cms.admin_search"}}
WAGTAILIMAGES_IMAGE_MODEL = "dscp_cms.SiteImage"
WAGTAILDOCS_DOCUMENT_MODEL = "dscp_cms.SiteDocument"
WAGTAILIMAGES_IMAGE_FORM_BASE = "dscp_cms.media_forms.SiteImageForm"
WAGTAILDOCS_DOCUMENT_FORM_BASE = "dscp_cms.media_forms.SiteDocumentForm"
WAGTAILIMAGES_EXTENSIONS = ["gif", "jpg", "jpeg", "png", "webp", "avif"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 15 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 50_000_000
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_EXTENSIONS = [
    *("pdf", "doc", "docx", "odt", "rtf", "txt", "csv", "xls", "xlsx", "ods", "ppt", "pptx", "odp", "zip"),
]
SITE_DOCUMENT_MAX_SIZE = 50 * 1024 * 1024
# Each of these would send the reader's or the editor's address to another company.
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILEMBEDS_FINDERS = []
# An account's name is its e-mail address: only administrators change it.
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_DATE_FORMAT = "%d/%m/%Y"
WAGTAIL_DATETIME_FORMAT = "%d/%m/%Y %H:%M"
WAGTAIL_TIME_FORMAT = "%H:%M"
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAIL_WORKFLOW_ENABLED = True
WAGTAILADMIN_RICH_TEXT_EDITORS = {
    "default": {
        "WIDGET": "wagtail.admin.rich_text.DraftailRichTextArea",
        "OPTIONS": {"features": ["bold", "italic", "ol", "ul", "link"]},
    },
}

# Watching

LOGGING = logs.configuration()
SECURITY_CONTACT = ENV.running.security_contact
METRICS_TOKEN = ENV.running.metrics_token
if METRICS_TOKEN:
    MIDDLEWARE.insert(1, "dscp_cms.metrics.MetricsMiddleware")
if ENV.running.sentry_dsn:
    from dscp_cms.logs_sentry import report_errors

    report_errors(ENV.running.sentry_dsn, environment="production" if HTTPS else "trial")
