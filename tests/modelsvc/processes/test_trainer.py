"""The trainer as a process of its own."""

import sys
import time
from pathlib import Path

import pytest

from modelsvc.processes import trainer


def say(code: str) -> list[dict | None]:
    """What a Python process that runs `code` says, as from the trainer."""
    with trainer.running([sys.executable, "-u", "-c", code]) as process:
        return list(trainer.events(process))


def test_json_lines_are_events_and_other_lines_are_log():
    said = say('print(\'{"event": "start", "epochs": 2}\'); print("a warning")')
    assert [event for event in said if event] == [
        {"event": "start", "epochs": 2},
        {"event": "log", "message": "a warning"},
    ]


def test_silence_is_told_so_that_the_caller_can_look_around():
    assert None in say("import time; time.sleep(1.5)")


def test_a_refusal_is_told_in_the_trainers_own_words():
    with pytest.raises(trainer.TrainingRefused) as refusal:
        say('import sys; print(\'{"event": "error", "code": "no_photos", "detail": "Label some."}\'); sys.exit(2)')
    assert (refusal.value.code, refusal.value.detail) == ("no_photos", "Label some.")


def test_a_killed_trainer_says_what_most_likely_happened():
    with pytest.raises(trainer.TrainerDied, match="most likely memory ran out"):
        say("import os; os.kill(os.getpid(), 9)")


def test_a_crash_in_native_code_is_told_as_a_sentence():
    with pytest.raises(trainer.TrainerDied, match="segmentation fault"):
        say("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")


def test_a_full_disk_is_a_refusal_that_says_how_much_is_free(settings, tmp_path):
    settings.MODELS_ROOT = tmp_path
    with pytest.raises(trainer.TrainingRefused, match=r"disk of the models is full: [\d,]+ MB") as refusal:
        say("open('/dev/full', 'w').write('x' * 100_000)")
    assert refusal.value.code == "disk_full"


def test_a_crash_shows_its_last_lines():
    with pytest.raises(trainer.TrainerDied, match=r"status 1(.|\n)*ZeroDivisionError"):
        say("1 / 0")


def test_it_yields_to_people(settings):
    settings.TRAINER_NICE = 10
    code = """
import os, time
until = time.monotonic() + 20
while (nice := os.getpriority(os.PRIO_PROCESS, 0)) != 10 and time.monotonic() < until:
    time.sleep(0.01)
print(nice)
"""
    assert [event["message"] for event in say(code) if event] == ["10"]


def test_the_end_of_the_block_ends_the_children_too():
    code = "import subprocess; p = subprocess.Popen(['sleep', '600']); print(p.pid); p.wait()"
    with trainer.running([sys.executable, "-u", "-c", code]) as process:
        child = int(next(event for event in trainer.events(process) if event)["message"])
    deadline = time.monotonic() + 30
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(child)


def is_running(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
