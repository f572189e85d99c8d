"""Nothing is left half-way: interrupts and errors wait for the end of an event, threads for each other."""

import signal
import threading

import pytest

from labkit.simulation.clock import LAST_S, Clock, NothingWillHappenError
from labkit.simulation.history import Event, History
from labkit.simulation.misuse import MisuseError
from labkit.simulation.turns import Turns


def interrupt():
    """What Ctrl-C, or the notebook's stop button, does."""
    signal.raise_signal(signal.SIGINT)


def interrupted_at(clock, at_s, log):
    def work():
        interrupt()
        log.append(at_s)

    clock.call_at(at_s, work)


@pytest.fixture
def clock():
    return Clock()


def test_an_interrupt_waits_for_the_end_of_the_event(clock):
    log = []
    interrupted_at(clock, 5, log)
    clock.call_at(6, lambda: log.append(6))
    with pytest.raises(KeyboardInterrupt):
        clock.advance(10)
    assert (log, clock.now_s) == ([5], 5)
    clock.advance(5)
    assert log == [5, 6]


def test_an_interrupted_process_goes_on_when_time_does(clock):
    log = []

    def process():
        for _ in range(3):
            yield clock.timeout(10)
            interrupt()
            log.append(clock.now_s)

    clock.process(process())
    for expected in ([10], [10, 20], [10, 20, 30]):
        with pytest.raises(KeyboardInterrupt):
            clock.run_until(lambda: False)
        assert log == expected


def test_a_process_that_is_waited_for_goes_on_after_an_interrupt(clock):
    log = []
    interrupted_at(clock, 1, log)

    def process():
        yield clock.timeout(10)
        log.append("through")

    with pytest.raises(KeyboardInterrupt):
        clock.run_process(process())
    clock.advance(20)
    assert log == [1, "through"]


def test_what_a_process_raises_after_its_interrupt_is_not_lost(clock):
    interrupted_at(clock, 1, [])

    def process():
        yield clock.timeout(10)
        raise ValueError(clock.now_s)

    with pytest.raises(KeyboardInterrupt):
        clock.run_process(process())
    with pytest.raises(ValueError, match="10"):
        clock.advance(20)


def test_what_a_process_raises_is_raised_where_it_is_waited_for(clock):
    def process():
        yield clock.timeout(1)
        message = "the process's own"
        raise ValueError(message)

    with pytest.raises(ValueError, match="the process's own"):
        clock.run_process(process())
    clock.advance(1)


def test_an_interrupt_within_nested_turns_waits_for_the_outermost():
    turns, log = Turns(), []

    def work():
        with turns:
            with turns:
                interrupt()
                turns.let_through()
                log.append("inner")
            log.append("outer")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert log == ["inner", "outer"]


def test_an_interrupt_breaks_a_condition_off_at_once(clock):
    log = []

    def condition():
        interrupt()
        log.append("after it")

    with pytest.raises(KeyboardInterrupt):
        clock.run_until(condition)
    assert log == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_handler_of_interrupts_is_given_back_and_asked():
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: seen.append("asked"))
    try:
        ours = signal.getsignal(signal.SIGINT)
        with Turns():
            interrupt()
            assert seen == []
        assert seen == ["asked"]
        assert signal.getsignal(signal.SIGINT) is ours
    finally:
        signal.signal(signal.SIGINT, before)


def test_no_interrupt_is_left_over_from_a_turn():
    turns = Turns()
    with pytest.raises(KeyboardInterrupt), turns:
        interrupt()
    with turns:
        turns.let_through()


def test_whoever_insists_gets_out_of_a_listener_that_never_returns(clock):
    def endless():
        while True:
            interrupt()

    clock.call_at(1, endless)
    with pytest.raises(KeyboardInterrupt):
        clock.advance(2)
    clock.advance(2)


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.SIG_DFL])
def test_a_process_that_handles_no_interrupts_keeps_it_so(handler):
    before = signal.signal(signal.SIGINT, handler)
    try:
        with Turns():
            assert signal.getsignal(signal.SIGINT) == handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_listener_that_fails_disturbs_nobody_and_is_heard_once(clock):
    history, heard, log = History(clock), [], []

    def failing(event):
        heard.append(event.at_s)
        message = "the listener's own"
        raise ValueError(message)

    history.listen(failing)
    history.listen(lambda event: log.append(event.at_s))

    def process():
        for _ in range(3):
            yield clock.timeout(10)
            history.record(Event())

    clock.process(process())
    with pytest.raises(ValueError, match="the listener's own"):
        clock.advance(60)
    clock.advance(60)
    assert (heard, log, len(history)) == ([10], [10, 20, 30], 3)


def test_all_listeners_that_failed_are_heard_of(clock):
    history = History(clock)
    for number in range(2):
        history.listen(lambda _, number=number: [].pop(number))
    clock.call_at(1, lambda: history.record(Event()))
    with pytest.raises(ExceptionGroup) as caught:
        clock.advance(2)
    assert [type(error) for error in caught.value.exceptions] == [IndexError, IndexError]


def test_a_listener_cannot_move_time(clock):
    history = History(clock)
    history.listen(lambda _: clock.advance(1))
    clock.call_at(1, lambda: history.record(Event()))
    with pytest.raises(MisuseError, match="from a cell"):
        clock.advance(2)
    clock.advance(2)
    assert clock.now_s == 3


def test_ending_to_listen_twice_does_no_harm(clock):
    end = History(clock).listen(lambda _: None)
    end()
    end()


def test_threads_move_time_one_after_the_other(clock):
    log = []

    def process():
        for _ in range(400):
            yield clock.timeout(1)
            log.append(clock.now_s)

    clock.process(process())
    threads = [threading.Thread(target=clock.advance, args=(100,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log == [float(second) for second in range(1, 401)]


def test_a_thread_can_bring_about_what_another_waits_for(clock):
    done = threading.Event()

    def ticking():
        while True:
            yield clock.timeout(1)

    def work():
        clock.advance(5)
        done.set()

    clock.process(ticking())
    thread = threading.Thread(target=work)
    clock.run_until(lambda: thread.ident is not None or thread.start() is not None, 1e9)
    clock.run_until(done.is_set, LAST_S)
    thread.join()
    assert clock.now_s >= 5


@pytest.mark.parametrize(
    "misuse",
    [
        pytest.param(lambda clock: clock.advance(float("inf")), id="for ever"),
        pytest.param(lambda clock: clock.advance(1e18), id="longer than there are years"),
        pytest.param(lambda clock: clock.advance("60"), id="text"),
        pytest.param(lambda clock: clock.advance(None), id="nothing"),
        pytest.param(lambda clock: clock.run_until(lambda: False, "a day"), id="a limit that is no number"),
    ],
)
def test_a_time_that_is_none_is_refused_in_one_sentence(clock, misuse):
    with pytest.raises(MisuseError, match=r"^Expected .*, found .*; .*\.$"):
        misuse(clock)
    assert clock.now_s == 0


def test_a_process_that_never_ends_is_left_to_itself_after_a_day(clock):
    def process():
        yield clock.timeout(float("inf"))

    with pytest.raises(NothingWillHappenError, match="24 hours of lab time"):
        clock.run_process(process())
    clock.advance(1)


def test_the_time_of_a_stopped_lab_stands_still(clock):
    clock.stop()
    for move in (lambda: clock.advance(0), lambda: clock.run_until(lambda: True)):
        with pytest.raises(MisuseError, match="has been stopped"):
            move()
