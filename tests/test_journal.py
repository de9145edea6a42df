"""The record: what is written, what is not, and for how long."""

from __future__ import annotations

from pathlib import Path

import pytest

from kai.journal import Journal, Record


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "kai" / "journal.db"


def test_a_record_comes_back_newest_first_with_its_time(path: Path) -> None:
    now = 1000.0
    journal = Journal(path, clock=lambda: now)
    record = Record("pods in a", "kubectl get pods", "answered", "builtin", "prod", "a")
    assert journal.add(record) == 1
    now = 2000.0
    assert journal.add(Record("sing", None, "abstained")) == 2
    second, first = journal.recent()
    assert (second.request, second.command, second.at) == ("sing", None, 2000.0)
    assert (first.command, first.source, first.context) == ("kubectl get pods", "builtin", "prod")
    assert (first.namespace, first.at, first.id, first.taken) == ("a", 1000.0, 1, None)
    assert [record.id for record in journal.recent(1)] == [2]
    journal.close()


def test_what_became_of_it_is_added_later_and_bit_by_bit(path: Path) -> None:
    journal = Journal(path)
    number = journal.add(Record("pods"))
    journal.update(number, taken=True)
    journal.update(number, edited="kubectl get pods -A")
    journal.update(number, run_at=5.0, exit_status=0)
    (record,) = journal.recent()
    assert (record.taken, record.edited) == (True, "kubectl get pods -A")
    assert (record.run_at, record.exit_status) == (5.0, 0)
    journal.update(0, taken=False)
    journal.update(999, taken=False)
    assert not journal.warnings
    journal.close()


def test_a_line_that_was_run_is_an_edit_where_it_is_not_what_was_offered(path: Path) -> None:
    journal = Journal(path, clock=lambda: 7.0)
    same = journal.add(Record("pods", "kubectl get pods"))
    other = journal.add(Record("pods", "kubectl get pods"))
    none = journal.add(Record("kubectl gett pods", None, "abstained"))
    journal.ran(same, "kubectl get pods", 0)
    journal.ran(other, "kubectl get pods -A", 1)
    journal.ran(none, "kubectl get pods")
    third, second, first = journal.recent()
    assert (first.taken, first.edited, first.run_at, first.exit_status) == (True, None, 7.0, 0)
    assert (second.taken, second.edited, second.exit_status) == (True, "kubectl get pods -A", 1)
    assert (third.edited, third.exit_status) == ("kubectl get pods", None)
    journal.close()


def test_what_was_taken_or_run_and_did_not_end_badly_is_found_among_the_last_ones(
    path: Path,
) -> None:
    journal = Journal(path)
    for request in ("old", "taken", "run", "failed", "declined", "offered"):
        journal.add(Record(request, "kubectl get pods"))
    journal.update(1, taken=True)
    journal.update(2, taken=True)
    journal.ran(3, "kubectl get pods", 0)
    journal.ran(4, "kubectl get pods", 1)
    journal.update(5, taken=False)
    assert [record.request for record in journal.taken(5)] == ["run", "taken"]
    assert [record.request for record in journal.taken(6)] == ["run", "taken", "old"]
    journal.close()


def test_only_the_first_line_that_was_run_counts_and_no_secret_of_it_is_kept(path: Path) -> None:
    journal = Journal(path)
    number = journal.add(Record("secret", "kubectl create secret generic x"))
    line = "kubectl create secret generic x --from-literal=password=hunter2"
    journal.ran(number, line, 0)
    journal.ran(number, "kubectl get pods", 1)
    journal.ran(0, "kubectl get pods")
    journal.ran(99, "kubectl get pods")
    (record,) = journal.recent()
    assert record.exit_status == 0
    assert record.edited is not None
    assert "hunter2" not in record.edited
    assert not journal.warnings
    journal.close()


def test_switched_off_nothing_is_written(path: Path) -> None:
    journal = Journal(path, enabled=False)
    assert journal.add(Record("pods")) == 0
    journal.update(1, taken=True)
    journal.ran(1, "kubectl get pods")
    assert journal.recent() == []
    assert journal.clear() == 0
    assert not path.parent.exists()


def test_switched_off_the_old_record_can_still_be_read_and_cleared(path: Path) -> None:
    Journal(path).add(Record("pods"))
    journal = Journal(path, enabled=False)
    assert len(journal.recent()) == 1
    assert journal.clear() == 1
    journal.close()


def test_the_file_is_private(path: Path) -> None:
    journal = Journal(path)
    journal.add(Record("pods"))
    assert path.parent.stat().st_mode & 0o777 == 0o700
    for file in path.parent.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600
    journal.close()


def test_secrets_are_redacted_before_they_reach_the_disk(path: Path) -> None:
    journal = Journal(path)
    secret = "hunter2hunter2"
    command = f"kubectl create secret generic a --from-literal=p={secret}"
    number = journal.add(Record(f"secret a with password={secret}", command))
    journal.update(number, edited=f"{command} --token={secret}")
    (record,) = journal.recent()
    assert record.command == "kubectl create secret generic a --from-literal=p=[redacted]"
    for file in path.parent.iterdir():
        assert secret.encode() not in file.read_bytes()
    journal.close()


def test_rows_are_bounded(path: Path) -> None:
    journal = Journal(path, max_rows=5)
    for number in range(12):
        journal.add(Record(str(number)))
    assert [record.request for record in journal.recent(100)] == ["11", "10", "9", "8", "7"]
    journal.close()


def test_old_rows_go_and_a_clock_that_jumps_ahead_takes_few(path: Path) -> None:
    now = 0.0
    journal = Journal(path, max_age=100.0, clock=lambda: now)
    for number in range(30):
        journal.add(Record(str(number)))
    now = 50.0
    journal.add(Record("young"))
    assert len(journal.recent(100)) == 31
    now = 120.0
    journal.add(Record("later"))
    assert len(journal.recent(100)) == 32 - 8
    for _ in range(5):
        journal.add(Record("more"))
    assert {record.request for record in journal.recent(100)} == {"young", "later", "more"}
    journal.close()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pods", ["100%_pods", "pods"]),
        ("PODS", ["100%_pods", "pods"]),
        ("%", ["100%_pods"]),
        ("_", ["100%_pods"]),
        ("get nodes", ["nodes"]),
        ("\\", []),
        ("'; DROP", []),
    ],
)
def test_search_finds_text_literally_in_request_and_command(
    path: Path, text: str, found: list[str]
) -> None:
    journal = Journal(path)
    journal.add(Record("pods"))
    journal.add(Record("nodes", "kubectl get nodes"))
    journal.add(Record("100%_pods"))
    assert [record.request for record in journal.search(text)] == found
    journal.close()


def test_clearing_takes_the_words_off_the_disk(path: Path) -> None:
    journal = Journal(path)
    journal.add(Record("zebrafish"))
    assert journal.clear() == 1
    journal.close()
    assert b"zebrafish" not in path.read_bytes()
    assert journal.add(Record("next")) > 1
    journal.close()


def test_text_that_is_no_unicode_or_very_long_is_written_all_the_same(path: Path) -> None:
    journal = Journal(path)
    journal.add(Record("a\ud800b\0c", context="\udcff"))
    journal.add(Record("x" * 100_000))
    long, odd = journal.recent()
    assert odd.request.startswith("a?b")
    assert len(long.request) <= 4000
    assert not journal.warnings
    journal.close()
