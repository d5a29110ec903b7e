"""What the clock does for training."""

from dscp_cms.clock import every
from training import certificates, evaluations
from training.charges import propose_due
from training.reminders import send_due
from training.scheduling import finish_past
from training.waiting_list import work_through

every(minutes=1)(work_through)
every(minutes=5)(send_due)
every(minutes=30)(evaluations.invite_due)
every(minutes=15)(propose_due)
every(minutes=15)(certificates.issue_due)
every(minutes=30)(finish_past)
