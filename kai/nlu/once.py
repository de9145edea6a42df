"""Guards asked once a request, however many intents want to know."""

from __future__ import annotations

from collections.abc import Callable

from kai.nlu.frame import Frame

Guard = Callable[[Frame], bool]


def once(guard: Guard) -> Guard:
    """`guard`, asked once a request. Its answer must follow from the request alone, not from what
    an intent has taken out of the frame already.
    """

    def asked(frame: Frame) -> bool:
        known = frame.scan.answers
        answer = known.get(guard)
        if answer is None:
            answer = known[guard] = guard(frame)
        return answer

    return asked
