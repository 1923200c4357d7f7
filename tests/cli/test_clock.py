"""Times: which are taken, which are told, and that no build system's clock reaches a child."""

import json
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

from anedocs.cli import clock
from anedocs.cli.app import cli
from anedocs.core.problems import Refusal, Usage
from anedocs.core.quantity import Quantity
from anedocs.documents.order_sheet import page as sheets

pytestmark = pytest.mark.usefixtures("read_once")

PRINTED = datetime.fromisoformat("2026-01-31T14:05")
AT = ("--at", "2026-01-31T14:05")
DAY = Quantity.parse("1 day")


@pytest.fixture(autouse=True)
def asked(tmp_path, monkeypatch):
    """What the page was asked for; it is not laid out, which costs a second."""
    monkeypatch.chdir(tmp_path)
    for name in ("ANEDOCS_HOME", "SOURCE_DATE_EPOCH"):
        monkeypatch.delenv(name, raising=False)
    requests = []

    def page(request, folders, paper):
        requests.append(request)
        return b"%PDF-"

    monkeypatch.setattr(sheets, "order_sheet", page)
    return requests


def run(*words, stdin=None):
    return CliRunner().invoke(cli, [*words], input=stdin)


def failed(result, code):
    assert isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    assert "Traceback" not in result.stderr
    return result.stderr


def ago(**time):
    return datetime.now().astimezone().replace(tzinfo=None) - timedelta(**time)


# --- SOURCE_DATE_EPOCH governs what holds no patient, and no status ---


@pytest.mark.parametrize("epoch", ["315532800", "4000000000", "0", "", "yesterday", "9" * 30])
def test_the_clock_of_a_build_system_reaches_no_child(epoch, monkeypatch, asked):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    label = json.dumps({"date_of_birth": f"{ago(days=100):%Y-%m-%d}"})
    result = run("sheet", "--weight", "6", "--patient", "-", "-o", "s.pdf", stdin=label)
    assert result.exit_code == 0, result.output
    (page,) = asked
    assert abs(page.printed.timestamp() - time.time()) < 60
    assert page.age.since_birth == 100
    for words in (("sheet", "--blank", "-o", "b.pdf"), ("dose", "--weight", "18.4"), ("gaps",)):
        assert run(*words).exit_code == 0


@pytest.mark.parametrize("epoch", [None, "1000000000", "4000000000"])
def test_no_status_is_read_by_the_clock_of_a_build_system(epoch, home, monkeypatch):
    """An edition past its review date is so for every command, whatever the variable says."""
    home.complete()
    home.edit("effective_date: 2026-02-01", "effective_date: 2020-01-01")
    home.edit("review_date: 2027-01-31", f"review_date: {ago(days=1):%Y-%m-%d}")
    home.sign()
    if epoch:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    own = ("--home", str(home.path), "--orderset", "valid")
    assert "PAST ITS REVIEW DATE" in run(*own, "dose", "--weight", "18.4").stdout
    assert "has passed" in run(*own, "gaps").stdout
    said = json.loads(run(*own, "dose", "--weight", "18.4", "--json").stdout)
    assert (said["status"], said["mark"]) == (
        "overdue", "PAST ITS REVIEW DATE, NOT FOR CLINICAL USE",
    )  # fmt: skip


def test_a_new_order_set_is_dated_by_it(monkeypatch, tmp_path):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1769868300")  # 2026-01-31 14:05 UTC
    assert clock.first_written(None) == datetime(2026, 1, 31, 14, 5, tzinfo=UTC)
    assert clock.first_written("2025-03-04").date().isoformat() == "2025-03-04"
    result = run("--home", str(tmp_path / "mine"), "new", "other")
    assert result.exit_code == 0, result.output
    assert "2026-01-31" in (tmp_path / "mine/ordersets/other.yaml").read_text("utf-8")


@pytest.mark.parametrize("epoch", ["", "yesterday", "1.5", "9" * 30])
def test_an_epoch_that_is_none_is_named_where_it_is_read(epoch, monkeypatch, tmp_path):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    message = failed(run("--home", str(tmp_path / "mine"), "new", "other"), 2)
    assert f"SOURCE_DATE_EPOCH is {epoch!r}" in message


@pytest.mark.parametrize("epoch", ["315532800", "0", "9999999999"])
def test_an_epoch_of_no_year_that_can_be_is_refused_where_it_is_read(epoch, monkeypatch, tmp_path):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    message = failed(run("--home", str(tmp_path / "mine"), "new", "other"), 2)
    assert f"SOURCE_DATE_EPOCH {epoch}" in message
    assert "years 2000 to 2099" in message


# --- Times that no document can have ---

COMMANDS = (
    ("sheet", "--weight", "18.4"), ("sheet", "--blank"), ("dose", "--weight", "18.4"), ("gaps",),
    ("card",), ("leaflet",), ("build",), ("check",), ("ehr",), ("verify", "no code"),
    ("reconcile", "x.csv"), ("--home", "mine", "new", "other"),
)  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59-23:59",
                                  "1999-12-31", "2100-01-01", "0001-01-01T00:00+23:59"],
)  # fmt: skip
def test_no_command_takes_a_year_that_cannot_be(words, text, tmp_path):
    message = failed(run(*words, "--at", text), 2)
    assert "is not of the years 2000 to 2099" in message
    assert list(tmp_path.rglob("*.pdf")) == []


@pytest.mark.parametrize("zone", ["XXX+99", "XXX+25", "XXX-24"])
@pytest.mark.parametrize("words", [("dose", "--weight", "18.4"), ("sheet", "--weight", "18.4"),
                                   ("gaps",), ("gaps", *AT)], ids=" ".join)  # fmt: skip
def test_a_time_zone_that_cannot_be_is_a_sentence(zone, words, monkeypatch, zone_of):
    zone_of(zone)
    message = failed(run(*words), 2)
    assert f"TZ={zone!r}" in message
    assert "unset it" in message


@pytest.fixture
def zone_of(monkeypatch):
    """Set the time zone of this process; it is put back."""
    with pytest.MonkeyPatch.context() as patch:

        def use(zone):
            patch.setenv("TZ", zone)
            time.tzset()

        yield use
    time.tzset()


def test_a_time_with_an_offset_is_read_in_the_zone_of_this_machine(zone_of, asked):
    zone_of("EST+5")
    assert clock.moment("2026-01-31T23:30-05:00").isoformat() == "2026-01-31T23:30:00-05:00"
    assert clock.moment("2026-02-01T04:30Z").isoformat() == "2026-01-31T23:30:00-05:00"
    assert run("sheet", "--weight", "18.4", "--at", "2026-02-01T04:30Z").exit_code == 0
    assert f"{asked[0].printed:%Y-%m-%d %H:%M}" == "2026-01-31 23:30"


def clock_says(monkeypatch, text):
    class Wrong(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromisoformat(text).astimezone(tz)

    monkeypatch.setattr(clock, "datetime", Wrong)


def test_a_clock_that_was_never_set_is_told_and_a_time_given_is_a_way_through(monkeypatch, asked):
    clock_says(monkeypatch, "1970-01-02T00:00")
    assert "the clock of this machine, 1970-01-02" in failed(run("sheet", "--weight", "18.4"), 2)
    assert run("sheet", "--weight", "18.4", *AT).exit_code == 0
    assert f"{asked[0].printed:%Y-%m-%d}" == "2026-01-31"


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=24) | st.text("0123456789-:T+Z. W", max_size=24) | st.datetimes().map(str))
@example("2026-02-30")
@example("2026-01-31T24:01")
def test_any_text_is_a_time_or_a_sentence(text):
    for read in (clock.moment, lambda one: clock.weighed(one, PRINTED)):
        try:
            found = read(text)
        except (Usage, Refusal):
            continue
        if found is not None and not isinstance(found, clock.Weighed):
            assert 2000 <= found.year <= 2099


# --- A sheet is of now ---


@pytest.mark.parametrize("words", [("--weight", "18.4"), ("--blank",)])
def test_no_sheet_is_dated_in_the_future(words, asked):
    for ahead in (timedelta(minutes=7), timedelta(days=1), timedelta(days=9000)):
        later = f"{ago() + ahead:%Y-%m-%dT%H:%M:%S}"
        assert "lies in the future" in failed(run("sheet", *words, "--at", later), 4)
    assert asked == []
    soon = f"{ago(minutes=-2):%Y-%m-%dT%H:%M:%S}"
    assert run("sheet", *words, "--at", soon, "-o", "s.pdf").exit_code == 0


@pytest.mark.parametrize("command", ["sheet", "dose"])
def test_a_time_long_past_is_told(command):
    told = "Warning: --at lies in the past; status of the edition and age are those of 2026-01-31."
    words = (command, "--weight", "18.4", "--age", "5y", *(["-o", "s.pdf"] * (command == "sheet")))
    assert told in run(*words, *AT).stderr
    recent = f"{ago(hours=3):%Y-%m-%dT%H:%M}"
    assert "--at" not in run(*words, "--at", recent).stderr
    assert "--at" not in run(*words).stderr


def test_the_doses_of_a_day_to_come_are_told_as_such():
    later = f"{ago(days=-400):%Y-%m-%d}"
    result = run("dose", "--weight", "18.4", "--at", later)
    assert result.exit_code == 0
    assert "--at lies in the future" in result.stderr


# --- When the child was weighed ---


@pytest.mark.parametrize(
    ("text", "words", "old"),
    [
        ("2026-01-31T13:50", "2026-01-31 13:50", False),
        ("2026-01-31 13:50", "2026-01-31 13:50", False),
        ("13:50", "2026-01-31 13:50", False), ("0:05", "2026-01-31 00:05", False),
        ("14:05", "2026-01-31 14:05", False), ("14:10", "2026-01-31 14:10", False),
        ("2026-01-31", "2026-01-31", False), (" 13:50 ", "2026-01-31 13:50", False),
        ("2026-01-31T13:50:59", "2026-01-31 13:50", False),
        ("2026-01-30T14:05", "2026-01-30 14:05", False),
        ("2026-01-30T14:04", "2026-01-30 14:04", True),
        ("2026-01-30", "2026-01-30", True), ("2019-01-01", "2019-01-01", True),
    ],
)  # fmt: skip
def test_when_the_child_was_weighed(text, words, old):
    found = clock.weighed(text, PRINTED)
    assert found.words == words
    assert found.older_than(DAY, PRINTED) is old


def test_not_said_is_not_said():
    assert clock.weighed(None, PRINTED) is None


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_time_is_no_time(text):
    """Why: a script that had a time, and lost it, would print a line for handwriting."""
    with pytest.raises(Usage, match="--weighed-at is empty"):
        clock.weighed(text, PRINTED)


@pytest.mark.parametrize(
    "text",
    ["someday", "today", "now", "25:00", "13:60", "1350", "2026-02-30", "2026-01-31T24:01",
     "2026-W05-6", "20260131", "01/31/2026", "31.01.2026", "2026-01-31x13:50", "2026-01-31T",
     "\u0661\u0663:\u0665\u0660", "13:50 pm", "2pm", "0001-01-01", "9999-12-31", "1999-12-31"],
)  # fmt: skip
def test_what_is_no_time_of_weighing(text, asked):
    message = failed(run("sheet", "--weight", "18.4", "--weighed-at", text, *AT), 2)
    assert "--weighed-at" in message
    assert "2026-01-31T14:05 or 14:05" in message or "years 2000 to 2099" in message
    assert asked == []


@pytest.mark.parametrize("text", ["14:11", "23:59", "2026-01-31T14:11", "2026-02-01", "2099-01-01"])
@pytest.mark.parametrize("words", [("--weight", "18.4"), ("--blank",)])
def test_nobody_was_weighed_after_the_sheet(text, words, asked):
    message = failed(run("sheet", *words, "--weighed-at", text, *AT), 4)
    assert "lies after the time of the sheet, 2026-01-31 14:05" in message
    assert "Write the date too" in message
    assert asked == []


def test_an_old_weight_is_told_on_screen_and_sheet(asked):
    for text, told in (("2026-01-30T14:00", True), ("2026-01-30T14:10", False)):
        result = run("sheet", "--weight", "18.4", "--weighed-at", text, "-o", "s.pdf", *AT)
        assert result.exit_code == 0
        says = "Warning: Weighed more than 1 day before this sheet, at 2026-01-30 14:00. Weigh"
        assert (says in result.stderr) is told
        assert asked[-1].weighed_long_ago is told


def test_nobody_was_weighed_before_birth(asked):
    words = ("sheet", "--weight", "3.5", "--patient", "-", "-o", "s.pdf", *AT)
    born = "date_of_birth: 2026-01-30"
    message = failed(run(*words, "--weighed-at", "2026-01-29T23:00", stdin=born), 4)
    assert "before the date of birth" in message
    assert not re.search("2026-01-30", message)
    assert run(*words, "--weighed-at", "2026-01-30T23:00", stdin=born).exit_code == 0
