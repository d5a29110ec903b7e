"""Pictures and documents in a bucket: a real server that speaks S3, on loopback."""

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from moto.server import ThreadedMotoServer

from dscp_cms import backup
from dscp_cms.environment_storage import read_storage
from dscp_cms.models import SiteImage
from dscp_cms.testing.server import manage, site_environment
from home.example.pictures import picture
from resources.tests import factories

CONTENT = factories.PDF + bytes(range(256)) * 1000
KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "se/cret", "region_name": "eu-west-2"}


class Given:
    """An environment with one variable."""

    def __init__(self, url):
        self.url = url

    def str(self, name, default):
        return self.url


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint, settings):
    """A new private bucket, as the site's storage."""
    made = boto3.resource("s3", endpoint_url=endpoint, **KEYS).Bucket("files-of-the-site")
    made.create(CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    url = f"s3://key:se%2Fcret@{made.name}/media?endpoint={endpoint}&region=eu-west-2"
    settings.STORAGES = settings.STORAGES | {"default": read_storage(Given(url))}
    yield made
    made.objects.all().delete()
    made.delete()


def body(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_a_document_goes_to_the_bucket_and_comes_with_our_headers(client, db, bucket):
    document = factories.document(content=CONTENT, name="plan.pdf")
    (kept,) = bucket.objects.all()
    assert kept.key.startswith("media/documents/plan") and kept.size == len(CONTENT)
    assert [grant["Permission"] for grant in kept.Acl().grants] == ["FULL_CONTROL"]  # of its owner alone
    whole = client.get(document.url)
    assert whole.status_code == 200 and body(whole) == CONTENT
    assert whole["X-Content-Type-Options"] == "nosniff" and whole["Content-Security-Policy"] == "default-src 'none'"
    assert whole["Content-Type"] == "application/pdf" and whole["Content-Disposition"].startswith("inline")
    part = client.get(document.url, headers={"range": "bytes=100-199", "if-range": whole["ETag"]})
    assert part.status_code == 206 and body(part) == CONTENT[100:200]
    assert part["Content-Range"] == f"bytes 100-199/{len(CONTENT)}"
    assert body(client.get(document.url, headers={"range": "bytes=-7"})) == CONTENT[-7:]
    assert client.get(document.url, headers={"range": f"bytes={len(CONTENT)}-"}).status_code == 416
    assert client.get(document.url, headers={"if-none-match": whole["ETag"]}).status_code == 304
    assert client.head(document.url)["Content-Length"] == str(len(CONTENT))
    page = factories.document(content=b"<script>alert(1)</script>", name="page.txt")
    assert client.head(page.url)["Content-Disposition"].startswith("attachment")
    for key in bucket.objects.all():
        key.delete()
    assert client.get(document.url).status_code == 404


def test_a_picture_and_its_renditions_have_the_sites_own_addresses(client, db, bucket):
    image = picture("bridge")
    rendition = image.get_rendition("width-300")
    assert rendition.url.startswith("/media/images/")
    answer = client.get(rendition.url)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("image/") and body(answer)
    assert {key.key.split("/")[1] for key in bucket.objects.all()} == {"original_images", "images"}
    with SiteImage.objects.get().file.open("rb") as opened:
        assert opened.read(3) == b"\xff\xd8\xff"


def test_a_bucket_that_doesnt_answer_is_said(client, db, bucket, settings):
    document = factories.document(content=CONTENT, name="plan.pdf")
    storage = storages["default"]
    storage.bucket_name = "somebody-elses"
    storage._bucket = None
    assert client.get(document.url).status_code == 404
    options = settings.STORAGES["default"]["OPTIONS"] | {"endpoint_url": "http://127.0.0.1:9"}
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "dscp_cms.storage_bucket.BucketStorage", "OPTIONS": options}
    }
    document.refresh_from_db()
    document.file.storage = storages["default"]
    with pytest.raises(Exception, match="doesn't answer"):
        document.file.storage.find(document.file.name)


def test_no_other_file_is_overwritten(db, bucket):
    first, second = (storages["default"].save("documents/a.txt", ContentFile(words)) for words in (b"one", b"two"))
    assert first != second


@pytest.mark.once
def test_a_backup_says_that_the_bucket_isnt_in_it(settings):
    assert backup.left_out() == ""
    settings.STORAGES = settings.STORAGES | {"default": read_storage(Given("s3://files-of-the-site"))}
    assert "files-of-the-site" in backup.left_out()


@pytest.mark.once
@pytest.mark.parametrize(
    "url",
    [
        "bucket",
        "https://bucket.s3.amazonaws.com",
        "s3://",
        "s3://b?region",
        "s3://key@bucket",
        "s3://bucket?endpoint=x",
    ],
)
def test_a_wrong_address_of_a_bucket_is_one_sentence(tmp_path, url):
    done = manage(site_environment(tmp_path, STORAGE_URL=url), "check", check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Wrong setting: STORAGE_URL must look like s3://") and done.stderr.count("\n") == 1
