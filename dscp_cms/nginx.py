"""The configuration of nginx for one machine, made from the settings, so that the two can't disagree."""

from urllib.parse import urlsplit

from django.conf import settings

MAX_IMPORT = "2g"  # an export, and a ZIP with years of pictures
MAX_UPLOAD = "55m"  # a little more than the largest document (SITE_DOCUMENT_MAX_SIZE)


def configuration(certificate: str, key: str) -> str:
    """Everything for /etc/nginx/conf.d: TLS, static files, pictures and documents, and the site itself.

    ``certificate`` and ``key`` are files. The log has no addresses of readers and none of pages: some hold tokens.
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
        "MAX_UPLOAD": MAX_UPLOAD,
        "MAX_IMPORT": MAX_IMPORT,
    }
    text = TEMPLATE
    for name, value in words.items():
        text = text.replace(f"<{name}>", value)
    return text


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
        add_header Cache-Control "public, max-age=60";
        add_header X-Content-Type-Options nosniff;
        add_header Strict-Transport-Security "max-age=31536000; includeSubDomains; preload";
        access_log off;
        location ~ "\\.[0-9a-f]{12}\\.[a-z0-9.]+$" {
            gzip_static on;
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

    location / {
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
