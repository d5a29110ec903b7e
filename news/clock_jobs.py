"""What the clock does for news."""

from dscp_cms.clock import every
from news.annual import repeat_annual_events
from news.bounces import read_bounces
from news.form_requests import answer_waiting
from news.import_uploads import go_on
from news.sending import campaigns

every(minutes=60)(repeat_annual_events)
every(minutes=1)(answer_waiting)
every(minutes=1)(go_on)
every(minutes=1)(campaigns.start_due)
every(minutes=1)(campaigns.finish_done)
every(minutes=1)(campaigns.hold_silent)
every(minutes=10)(read_bounces)
