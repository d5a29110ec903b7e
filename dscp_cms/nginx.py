"""The configuration of nginx for one machine, made from the settings, so that the two can't disagree.

nginx serves what is kept for readers itself (dscp_cms/page_cache_files.py): a page's file lies where its address
says, in the folder of the current edition. Where there is none, and for everybody with a session, it asks the site.
"""

import os
import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.http import HttpResponse
from django.test import RequestFactory

from dscp_cms.middleware import cookies_of_somebody
from dscp_cms.page_cache_marks import SECTIONS

MAX_IMPORT = "2g"  # an export, and a ZIP with years of pictures
MAX_UPLOAD = "55m"  # a little more than the largest document (SITE_DOCUMENT_MAX_SIZE)


def configuration(certificate: str, key: str, *, brotli: bool = False) -> str:
    """Everything for /etc/nginx/conf.d: TLS, static files, kept pages, pictures and documents, and the site itself.

    ``certificate`` and ``key`` are files; ``brotli`` is for an nginx that has the module for static Brotli. The log
    has no addresses of readers and none of pages: some hold tokens.
    """
    parts = urlsplit(settings.PUBLIC_URL)
    environment = settings.ENV
    address = f"[{environment.host}]" if ":" in environment.host else environment.host
    address = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(address, address)  # noqa: S104
    words = {
        "HOST": parts.hostname,
        "UPSTREAM": f"{address}:{environment.port}",
        "CERTIFICATE": certificate,
        "KEY": key,
        "STATIC": _quoted(f"{settings.STATIC_ROOT}/"),
        "MEDIA": _quoted(f"{settings.MEDIA_ROOT}/"),
        "PREFIX": settings.ACCEL_PREFIX or "/protected/",
        "PAGES": _quoted(str(settings.PAGES_DIR)),
        "KEPT": " ".join(f"$dscp_kept/{section}/{parts.netloc}${{uri}}index.html" for section in SECTIONS),
        "SOMEBODY": "|".join(cookies_of_somebody()),
        "HEADERS": "\n".join(f'        add_header {name} "{value}";' for name, value in page_headers()),
        "BROTLI": "brotli_static on;" if brotli else "# brotli_static on;  (nginx_conf --brotli, with its module)",
        "MAX_UPLOAD": MAX_UPLOAD,
        "MAX_IMPORT": MAX_IMPORT,
    }
    text = TEMPLATE
    for name, value in words.items():
        text = text.replace(f"<{name}>", value)
    return text


def on_one_port(made: str, port: int, folder, extra: str = "") -> str:
    """That configuration as a whole of nginx's own, without TLS, for tests and measurements on one machine.

    It listens at ``port`` of this machine alone and writes into ``folder``; ``extra`` is put before its last location.
    """
    made = re.sub(r"server \{\n    listen 80;.*?\n\}\n", "", made, flags=re.DOTALL)
    made = re.sub(r".*(?:listen \[::\]|ssl_).*\n", "", made)
    made = re.sub(r"# Whoever asks for another name.*", "", made, flags=re.DOTALL)
    made = made.replace("listen 443 ssl http2", f"listen 127.0.0.1:{port}").replace("$scheme", "https")
    made = made.replace("/var/log/nginx", str(folder)).replace("    location @site", f"    {extra}\n    location @site")
    user = "user root; " if os.geteuid() == 0 else ""
    main = f"daemon off; {user}worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/nginx.log;"
    return f"{main} events {{}}\nhttp {{\naccess_log off; sendfile on; tcp_nopush on;\n{made}}}\n"


def page_headers() -> list[tuple[str, str]]:
    """The headers that Django gives every kept page: those of an empty one, through all of the middleware."""

    class Handler(BaseHandler):
        def _get_response(self, request):
            return HttpResponse()

    handler = Handler()
    handler.load_middleware()
    request = RequestFactory().get("/", secure=settings.HTTPS, SERVER_NAME=urlsplit(settings.PUBLIC_URL).hostname)
    own = {"Content-Type", "Content-Length", "Vary"}
    headers = [(name, value) for name, value in handler.get_response(request).items() if name not in own]
    return [("Cache-Control", settings.KEPT_PAGES_CACHE_CONTROL), *headers]


def _quoted(path: str) -> str:
    return f'"{path}"' if " " in path else path


TEMPLATE = """\
# Made by `manage.py nginx_conf` from the site's settings: change those, not this.

# Listed twice, so that what one worker drops when it ends is tried once more.
upstream dscp {
    server <UPSTREAM> max_fails=0;
    server <UPSTREAM> max_fails=0;
    keepalive 32;
}

# No addresses of readers, and none of pages: some hold the token of a link in mail. The id is in the site's log too.
log_format dscp '$time_iso8601 $status $request_method $request_time $body_bytes_sent $request_id';

# Kept pages are for readers without a session, and without a question. What links from elsewhere have added to
# an address is none.
map $http_cookie $dscp_somebody {
    default "";
    "~(^|; *)(<SOMEBODY>)=" "-";
}
map $args $dscp_question {
    default "?";
    "" "";
    "~^(((utm_[a-z]+|fbclid|gclid|msclkid|mc_[ce]id)=[^&]*)(&|$))+$" "";
}
map "$request_method$dscp_somebody$dscp_question" $dscp_kept {
    default /none;
    GET "";
    HEAD "";
}

server {
    listen 80;
    listen [::]:80;
    server_name <HOST>;
    access_log off;
    error_log /var/log/nginx/dscp-error.log crit;

    location /.well-known/acme-challenge/ {
        root /var/www/html;
    }
    location / {
        return 301 https://<HOST>$request_uri;
    }
}

server {
    listen 443 ssl http2;
    listen [::]:443 ssl http2;
    server_name <HOST>;
    server_tokens off;
    access_log /var/log/nginx/dscp.log dscp;
    error_log /var/log/nginx/dscp-error.log crit;

    ssl_certificate <CERTIFICATE>;
    ssl_certificate_key <KEY>;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers HIGH:!aNULL:!MD5:!SHA1:!kRSA:!CAMELLIA:!ARIA;
    ssl_prefer_server_ciphers off;
    ssl_session_cache shared:dscp:10m;
    ssl_session_timeout 1d;
    ssl_session_tickets off;

    client_max_body_size <MAX_UPLOAD>;
    client_body_timeout 30s;
    send_timeout 30s;

    # Collected and compressed beforehand. Names with a hash never change; the others may.
    location /static/ {
        alias <STATIC>;
        gzip_static on;
        gzip_vary on;
        <BROTLI>
        add_header Cache-Control "public, max-age=60";
        add_header X-Content-Type-Options nosniff;
        add_header Strict-Transport-Security "max-age=31536000; includeSubDomains; preload";
        access_log off;
        location ~ "\\.[0-9a-f]{12}\\.[a-z0-9.]+$" {
            add_header Cache-Control "public, max-age=315360000, immutable";
            add_header X-Content-Type-Options nosniff;
            add_header Strict-Transport-Security "max-age=31536000; includeSubDomains; preload";
            access_log off;
        }
    }

    # The site decides who may have a file; nobody can ask for one here.
    location <PREFIX> {
        internal;
        alias <MEDIA>;
        # Of what the site says of a file, nginx keeps only some by itself.
        add_header Content-Security-Policy $upstream_http_content_security_policy;
        add_header X-Content-Type-Options $upstream_http_x_content_type_options;
        add_header X-Frame-Options $upstream_http_x_frame_options;
        add_header Referrer-Policy $upstream_http_referrer_policy;
        add_header Cross-Origin-Opener-Policy $upstream_http_cross_origin_opener_policy;
        add_header Cross-Origin-Resource-Policy $upstream_http_cross_origin_resource_policy;
        add_header Permissions-Policy $upstream_http_permissions_policy;
        add_header Strict-Transport-Security $upstream_http_strict_transport_security;
    }

    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Request-ID $request_id;
    proxy_read_timeout 65s;
    proxy_next_upstream error;
    proxy_next_upstream_tries 2;

    # Administrators upload a whole old site here.
    location /admin/imports/ {
        client_max_body_size <MAX_IMPORT>;
        proxy_pass http://dscp;
    }

    # A page's file, else the site. The last line is for an edition that ends between nginx's two looks at it.
    location / {
        root <PAGES>;
        try_files <KEPT> @site;
        default_type text/html;
        charset utf-8;
        gzip_static on;
        gzip_vary on;
        <BROTLI>
        # Its time is a digest of the page (so that ETag is one too), and no date for anybody.
        add_header Last-Modified "";
<HEADERS>
        error_page 403 404 405 = @site;
    }
    location @site {
        proxy_pass http://dscp;
    }
}

# Whoever asks for another name, or for none, is not answered.
server {
    listen 443 ssl http2 default_server;
    listen [::]:443 ssl http2 default_server;
    access_log off;
    ssl_certificate <CERTIFICATE>;
    ssl_certificate_key <KEY>;
    return 444;
}
"""
