"""Feeds of news and newsletter issues."""

from datetime import datetime, time

from django.contrib.syndication.views import Feed
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed

FEED_LENGTH = 30


class PageFeed(Feed):
    """The newest children of an index page, by their date."""

    feed_type = Atom1Feed

    def __init__(self, index_page):
        self.index_page = index_page

    def title(self):
        return self.index_page.title

    def link(self):
        return self.index_page.url

    def subtitle(self):
        return self.index_page.summary

    def items(self):
        raise NotImplementedError

    def item_title(self, item):
        return item.title

    def item_description(self, item):
        return item.summary

    def item_link(self, item):
        return item.url

    def item_pubdate(self, item):
        return timezone.make_aware(datetime.combine(item.date, time(9)))

    def item_updateddate(self, item):
        return item.last_published_at


class NewsFeed(PageFeed):
    """News items."""

    def items(self):
        from news.models import NewsItemPage  # the model's page calls this feed

        return NewsItemPage.objects.child_of(self.index_page).readable().order_by("-date", "-pk")[:FEED_LENGTH]


class NewsletterFeed(PageFeed):
    """Newsletter issues."""

    def items(self):
        from news.models import NewsletterIssuePage  # as above

        return NewsletterIssuePage.objects.child_of(self.index_page).readable().order_by("-date", "-pk")[:FEED_LENGTH]
