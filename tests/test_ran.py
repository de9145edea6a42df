"""What was run after an offer stands in the journal, and nothing else does."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kai.journal import Journal, Record
from kai_shell.daemon import protocol, ran
from kai_shell.daemon.work import OFFERS, Line, Worker

PODS = "kubectl get pods --namespace=kube-system"


class Shell:
    """A worker in a home of its own, and its journal."""

    def __init__(self, home: Path) -> None:
        self.home, self.env = home, "TERM=xterm\nKAI_LLM_ENABLED=false"
        self.worker = Worker({"HOME": str(home), "PATH": "", "KAI_STATE_DIR": str(home / "state")})

    async def ask(self, text: str = "pods in kube-system") -> str:
        """The ID of the answer."""
        line = Line("zsh", "", "80", "/", "", self.env, text)
        answer = protocol.decode(await self.worker.answer(line))
        assert answer[0] in ("put", "offer"), answer
        return answer[-1]

    async def ran(self, number: str, text: str, status: str = "0") -> None:
        said = await ran.note(self.worker, ["zsh", number, status, text])
        assert protocol.decode(said) == ["noted"]

    @property
    def records(self) -> list[Record]:
        journal = Journal(self.home / "state" / "journal.sqlite")
        try:
            return journal.recent()
        finally:
            journal.close()


@pytest.fixture(name="shell")
def _shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


async def test_an_offer_that_was_run_is_taken_with_time_and_status(shell: Shell) -> None:
    await shell.ran(await shell.ask(), PODS + " ", "1")
    (record,) = shell.records
    assert (record.taken, record.edited, record.exit_status) == (True, None, 1)
    assert record.run_at is not None
    assert record.run_at >= record.at
    await shell.worker.close()


async def test_a_line_that_was_edited_is_kept_as_it_was_run(shell: Shell) -> None:
    await shell.ran(await shell.ask(), PODS + " | head")
    (record,) = shell.records
    assert (record.taken, record.edited, record.exit_status) == (True, PODS + " | head", 0)
    await shell.worker.close()


async def test_a_line_without_kubectl_is_not_kept(shell: Shell) -> None:
    await shell.ran(await shell.ask(), "mail -s private bob")
    (record,) = shell.records
    assert (record.taken, record.edited, record.run_at) == (False, None, None)
    await shell.worker.close()


async def test_each_offer_has_its_own_row_in_whatever_order_they_are_run(shell: Shell) -> None:
    numbers = [await shell.ask(f"pods in ns{n}") for n in range(5)]
    for n in (3, 0, 4):
        await shell.ran(numbers[n], f"kubectl get pods --namespace=ns{n}", str(n))
    statuses = {record.request: record.exit_status for record in shell.records}
    assert statuses == {"pods in ns0": 0, "pods in ns1": None, "pods in ns2": None,
                        "pods in ns3": 3, "pods in ns4": 4}  # fmt: skip
    await shell.worker.close()


async def test_many_at_once_are_not_mixed_up(shell: Shell) -> None:
    async def one(n: int) -> None:
        await shell.ran(await shell.ask(f"pods in ns{n}"), f"kubectl get pods -n ns{n}", str(n))

    await asyncio.gather(*(one(n) for n in range(20)))
    for record in shell.records:
        assert record.edited == f"kubectl get pods -n ns{record.exit_status}"
        assert record.request == f"pods in ns{record.exit_status}"
    await shell.worker.close()


async def test_a_kept_answer_that_is_given_again_has_a_row_of_its_own(shell: Shell) -> None:
    first, second = await shell.ask(), await shell.ask()
    assert first != second
    assert first.isdecimal()
    await shell.ran(second, PODS)
    assert [record.taken for record in shell.records] == [True, None]
    await shell.worker.close()


@pytest.mark.parametrize("number", ["", "1", "0.1", "x", "99999999999999999999"])
async def test_an_id_that_nobody_gave_is_noted_and_changes_nothing(
    shell: Shell, number: str
) -> None:
    await shell.ask()
    await shell.ran(number, PODS)
    await shell.worker.close()
    assert [record.taken for record in shell.records] == [None]


@pytest.mark.parametrize("status", ["", "-1", "256", "x", "٣", "1" * 5000])
async def test_a_status_that_is_none_is_left_out(shell: Shell, status: str) -> None:
    await shell.ran(await shell.ask(), PODS, status)
    (record,) = shell.records
    assert (record.taken, record.exit_status) == (True, None)
    await shell.worker.close()


async def test_the_offers_that_are_known_are_bounded(shell: Shell) -> None:
    first = await shell.ask()
    for _ in range(OFFERS):
        await shell.ask()
    await shell.ran(first, PODS)
    await shell.worker.close()
    assert all(record.taken is None for record in shell.records)


async def test_secrets_of_a_line_that_was_run_are_taken_out(shell: Shell) -> None:
    secret = "kubectl create secret generic db --from-literal=password=hunter2"
    await shell.ran(await shell.ask(), secret)
    assert "hunter2" not in repr(shell.records)
    await shell.worker.close()


async def test_without_a_journal_nothing_is_written(shell: Shell) -> None:
    shell.env += "\nKAI_JOURNAL_ENABLED=false"
    await shell.ran(await shell.ask(), PODS)
    assert not (shell.home / "state").exists()
    await shell.worker.close()
