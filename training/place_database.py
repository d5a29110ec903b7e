"""Triggers by which the database itself gives places by the rules, and keeps the waiting list in its order.

Whoever writes, in raw SQL too:

- An agency gets no more places than the session allows one agency, and places kept for a kind of agency go to
  nobody else while they are kept.
- A place goes to the first in line whom it fits; to somebody new only if it fits nobody in line.
- The moment since which somebody waits never changes, and who joins the line stands at its end. Only a request
  that waited for approval stands where it would have stood at once.

Left out is what is written down in a column of its own: what staff gave knowingly (``given_by_hand``), who came
without a booking (``walk_in``), whose place a colleague took over (``substitutes``), and in the last hours, when the
first to accept has the place, everybody who was told of it (``told_at``).

The moment that decides whether places are still kept is the booking's own. Agencies typed by hand are the same
when their letters are; training/availability.py also sees through case and accents. Put up after every migration,
like the triggers of training/database_rules.py, and for the same reasons.
"""

from dataclasses import dataclass

from django.db import connections

from dscp_cms import triggers

TABLE, NEEDED_COLUMN = "training_booking", "given_by_hand"
TAKING = "('confirmed', 'offered')"
MOMENT = "COALESCE(CASE NEW.status WHEN 'confirmed' THEN NEW.confirmed_at ELSE NEW.offered_at END, NEW.created_at)"
# Python reads the clock shortly before the row is written: in between, kept places may have become free.
A_LITTLE_BEFORE = {"postgresql": f"({MOMENT} - interval '60 seconds')", "sqlite": f"datetime({MOMENT}, '-60 seconds')"}

OTHERS = f"""other.session_id = {{row}}.session_id AND other.status IN {TAKING} AND other.id <> NEW.id"""
AGENCY_IS_FULL = f"""EXISTS (SELECT 1 FROM training_trainingsession session WHERE session.id = {{row}}.session_id
    AND session.max_per_agency > 0 AND ({{row}}.agency_id IS NOT NULL OR {{row}}.agency_name <> '')
    AND session.max_per_agency <= (SELECT COUNT(*) FROM {TABLE} other WHERE {OTHERS}
        AND (other.agency_id = {{row}}.agency_id OR ({{row}}.agency_id IS NULL AND other.agency_id IS NULL
             AND other.agency_name = {{row}}.agency_name))))"""  # noqa: S608 - constants
REST_IS_KEPT = f"""EXISTS (SELECT 1 FROM training_trainingsession session WHERE session.id = {{row}}.session_id
    AND session.capacity + session.extra_places - (SELECT COUNT(*) FROM {TABLE} other WHERE {OTHERS})
     <= (SELECT SUM(kind.kept - kind.taken) FROM (
        SELECT keeping.places AS kept, (SELECT COUNT(*) FROM {TABLE} other JOIN dscp_cms_agency its
              ON its.id = other.agency_id WHERE {OTHERS} AND its.kind = keeping.agency_kind) AS taken
        FROM training_keptplaces keeping WHERE keeping.session_id = {{row}}.session_id AND keeping.until > {{at}}
          AND keeping.agency_kind <>
              COALESCE((SELECT own.kind FROM dscp_cms_agency own WHERE own.id = {{row}}.agency_id), '')
     ) kind WHERE kind.kept > kind.taken))"""  # noqa: S608 - constants
# Somebody in line, ``ahead``, whom the place would fit as well. A typed agency may be another's with other capitals.
ANYBODY_FITS = f"""EXISTS (SELECT 1 FROM {TABLE} ahead WHERE ahead.session_id = NEW.session_id
    AND ahead.status = 'waiting' AND ahead.id <> NEW.id {{before}}
    AND (ahead.agency_id IS NOT NULL OR ahead.agency_name IN ('', NEW.agency_name) OR NOT EXISTS (SELECT 1
         FROM training_trainingsession its WHERE its.id = ahead.session_id AND its.max_per_agency > 0))
    AND NOT {AGENCY_IS_FULL.format(row="ahead")} AND NOT {REST_IS_KEPT.format(row="ahead", at="{at}")})"""  # noqa: S608 - constants
BEFORE_THIS = """AND (ahead.waiting_since < NEW.waiting_since
        OR (ahead.waiting_since = NEW.waiting_since AND ahead.id < NEW.id))"""

TAKES_OVER = f"""EXISTS (SELECT 1 FROM {TABLE} gone WHERE gone.id = NEW.substitutes_id
    AND gone.session_id = NEW.session_id AND gone.status = 'cancelled' {{more}})"""  # noqa: S608 - constants
SAME_AGENCY = """AND (gone.agency_id = NEW.agency_id
    OR (gone.agency_id IS NULL AND NEW.agency_id IS NULL AND gone.agency_name = NEW.agency_name))"""
BY_THE_RULES = "NOT (NEW.given_by_hand OR NEW.walk_in)"
GETS_A_PLACE = f"NEW.status IN {TAKING}"
GETS_ONE_NOW = f"NEW.status IN {TAKING} AND NOT (OLD.status IN {TAKING} AND OLD.session_id = NEW.session_id)"
WAITED_HERE = "OLD.status = 'waiting' AND OLD.session_id = NEW.session_id"
NOT_TOLD = "NOT (NEW.status = 'confirmed' AND NEW.told_at IS NOT NULL)"

WITHIN, IN_TURN = "place_is_within_the_rules", "place_goes_to_the_first_it_fits"
STAYS, AT_THE_END = "waiting_since_stays", "line_is_joined_at_its_end"
NOT_AT_THE_END = f"""EXISTS (SELECT 1 FROM {TABLE} other WHERE other.session_id = NEW.session_id
    AND other.status = 'waiting' AND other.id <> NEW.id AND other.waiting_since > NEW.waiting_since)"""  # noqa: S608 - constants


@dataclass(frozen=True)
class Rule:
    """One trigger: what it refuses after which event, under the name of a constraint."""

    name: str
    event: str
    refuses: str
    constraint: str


def rules(vendor: str) -> list[Rule]:
    """All of them, in the words of one kind of database."""
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    full = AGENCY_IS_FULL.format(row="NEW")
    outside = f"({full} OR {REST_IS_KEPT.format(row='NEW', at=MOMENT)})"
    own = f"{BY_THE_RULES} AND NOT {TAKES_OVER.format(more=SAME_AGENCY)}"
    turn = f"{BY_THE_RULES} AND NOT {TAKES_OVER.format(more='')}"
    anybody = ANYBODY_FITS.format(before="", at=A_LITTLE_BEFORE[vendor])
    earlier = ANYBODY_FITS.format(before=BEFORE_THIS, at=A_LITTLE_BEFORE[vendor])
    other_agency = f"(NEW.agency_id {differs} OLD.agency_id OR NEW.agency_name <> OLD.agency_name)"
    gets = "UPDATE OF status, session_id, agency_id, agency_name"
    return [
        Rule("training_share_is_kept_insert", "INSERT", f"{GETS_A_PLACE} AND {own} AND {outside}", WITHIN),
        Rule(
            "training_share_is_kept_update",
            gets,
            f"{own} AND (({GETS_ONE_NOW} AND {outside}) OR ({GETS_A_PLACE} AND {other_agency} AND {full}))",
            WITHIN,
        ),
        Rule("training_turn_is_kept_insert", "INSERT", f"{GETS_A_PLACE} AND {turn} AND {anybody}", IN_TURN),
        Rule(
            "training_turn_is_kept_update",
            "UPDATE OF status, session_id",
            f"{GETS_ONE_NOW} AND {turn} AND (({WAITED_HERE} AND {NOT_TOLD} AND {earlier})"
            f" OR (NOT ({WAITED_HERE}) AND {anybody}))",
            IN_TURN,
        ),
        Rule(
            "training_waiting_since_stays",
            "UPDATE OF waiting_since, created_at",
            f"(OLD.waiting_since IS NOT NULL AND NEW.waiting_since {differs} OLD.waiting_since)"
            " OR (OLD.status = 'approval' AND NEW.created_at <> OLD.created_at)",
            STAYS,
        ),
        Rule("training_waits_at_the_end_insert", "INSERT", f"NEW.status = 'waiting' AND {NOT_AT_THE_END}", AT_THE_END),
        Rule(
            "training_waits_at_the_end_update",
            "UPDATE OF status",
            "NEW.status = 'waiting' AND OLD.status <> 'waiting'"
            f" AND NOT (OLD.status = 'approval' AND NEW.waiting_since = NEW.created_at) AND {NOT_AT_THE_END}",
            AT_THE_END,
        ),
    ]


def _statements(rule: Rule, vendor: str) -> tuple[str, ...]:
    if vendor == "sqlite":
        return (
            f"CREATE TRIGGER {rule.name} AFTER {rule.event} ON {TABLE} WHEN {rule.refuses}"
            f" BEGIN SELECT RAISE(ABORT, '{rule.constraint}'); END",
        )
    # By their names these come after training_count_booking, which waits for whoever is booking in this session, so
    # each statement of a volatile function sees what that one has committed.
    return (
        f"""CREATE OR REPLACE FUNCTION {rule.name}() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF {rule.refuses} THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = '{rule.constraint}', CONSTRAINT = '{rule.constraint}';
  END IF;
  RETURN NULL;
END $$""",
        f"CREATE OR REPLACE TRIGGER {rule.name} AFTER {rule.event} ON {TABLE}"
        f" FOR EACH ROW EXECUTE FUNCTION {rule.name}()",
    )


def put_up(alias: str) -> None:
    """Create the triggers; those that stand are made anew."""
    vendor = connections[alias].vendor
    statements = (statement for rule in rules(vendor) for statement in _statements(rule, vendor))
    triggers.put_up(alias, _tables(alias), statements)


def take_down(alias: str) -> None:
    """Drop the triggers that stand."""
    triggers.take_down(alias, _tables(alias))


def _tables(alias: str) -> dict[str, str]:
    return {rule.name: TABLE for rule in rules(connections[alias].vendor)}


def before_migrating(sender, using: str, plan, **kwargs) -> None:
    """Let SQLite make tables anew."""
    if triggers.would_be_lost(using, plan):
        take_down(using)


def after_migrating(sender, using: str, **kwargs) -> None:
    """Put the triggers up once their columns are there; take them down where a migration went back before that."""
    if columns := triggers.columns_there(using, TABLE):
        (put_up if NEEDED_COLUMN in columns else take_down)(using)
