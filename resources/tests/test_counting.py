"""Counting downloads: people's, once, without knowing whose."""

import threading
from datetime import date

import pytest
from django.db import connection
from django.urls import reverse

from resources import counting
from resources.models import DownloadCount
from resources.tests import factories

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def total() -> int:
    return sum(DownloadCount.objects.values_list("count", flat=True))


@pytest.mark.django_db
def test_a_person_counts_once_a_file_and_others_dont(client):
    version = factories.version(factories.resource())
    url = f"{version.resource.url}download/"

    def get(agent=FIREFOX, method=client.get, address=url, **headers):
        answer = method(address, headers={"User-Agent": agent, **headers})
        if answer.streaming:
            b"".join(answer.streaming_content)
        return answer

    get()
    assert total() == 1
    row = DownloadCount.objects.get()
    assert {field.name for field in row._meta.fields} == {"id", "version", "day", "count"}
    tag = get()["ETag"]
    assert total() == 2
    for agent in ("", "Googlebot/2.1", "bingbot", "curl/8.5", "python-requests/2", "FacebookExternalHit/1.1", "Wget/1"):
        get(agent)
    assert get(method=client.head).status_code == 200
    assert get(**{"If-None-Match": tag}).status_code == 304
    assert get(**{"Range": "bytes=100-199"}).status_code == 206
    get(**{"Sec-Purpose": "prefetch"})
    assert total() == 2
    assert get(**{"Range": "bytes=0-99"}).status_code == 206
    get(address=f"{version.resource.url}versions/{version.pk}/download/")
    assert total() == 4
    assert DownloadCount.objects.count() == 1


@pytest.mark.django_db
def test_a_file_that_isnt_given_isnt_counted(client):
    version = factories.version(factories.resource(), withdrawn_at="2025-01-01T00:00Z")
    client.get(f"{version.resource.url}download/", headers={"User-Agent": FIREFOX})
    assert total() == 0


@pytest.mark.django_db(transaction=True)
def test_downloads_at_once_are_all_counted():
    version = factories.version(factories.resource())

    def many():
        for _ in range(20):
            assert counting.count(version.pk)
        connection.close()

    threads = [threading.Thread(target=many) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert total() == 80
    assert DownloadCount.objects.count() == 1


@pytest.mark.django_db
def test_months_and_ranking():
    popular = factories.version(factories.resource("Popular"))
    other = factories.version(factories.resource("Other"))
    for day, by in ((date(2026, 3, 1), 5), (date(2026, 3, 31), 2), (date(2026, 1, 1), 1), (date(2025, 3, 5), 9)):
        counting.count(popular.pk, by, day)
    counting.count(other.pk, 3, date(2026, 2, 10))
    months = counting.by_month(date(2026, 3, 31))
    assert len(months) == 12 and months[0] == (date(2025, 4, 1), 0)
    assert [number for _month, number in months[-3:]] == [1, 3, 7]
    ranking = counting.ranking(date(2026, 1, 1), date(2026, 3, 31))
    assert [(row.title, row.total, row.before) for row in ranking] == [("Popular", 8, 9), ("Other", 3, 0)]
    assert counting.ranking(date(2024, 2, 29), date(2024, 2, 29)) == []


@pytest.mark.django_db
def test_staff_see_a_chart_with_its_table(client, admin_user, time_machine):
    time_machine.move_to("2026-03-31 12:00 +0000")
    version = factories.version(factories.resource("Popular"))
    counting.count(version.pk, 7)
    client.force_login(admin_user)
    html = client.get(reverse("resources_downloads")).content.decode()
    assert "<title>Mar 2026: 7</title>" in html and '<th scope="col">Mar 2026</th>' in html
    assert "Popular" in html and "7 downloads in all" in html
    assert client.get(f"{reverse('resources_downloads')}?period=nonsense").status_code == 200
