"""Results on disk."""

import json
import os
import subprocess
import sys
import threading
import time
from hashlib import sha256
from pathlib import Path

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.sweep import Store, default_folder

KEY, OTHER = "ab" * 32, "cd" * 32
VALUE = {"cells": {"LUT4": 3}, "routed": {"mhz": 40.25}, "path": ["a", "b"], "text": "ä"}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "deep" / "store")


def test_what_is_put_is_got(store):
    assert store.get(KEY) is None
    assert KEY not in store
    store.put(KEY, VALUE)
    assert store.get(KEY) == VALUE
    assert KEY in store
    assert Store(store.folder).get(KEY) == VALUE
    assert store.get(OTHER) is None
    store.put(KEY, {})
    assert store.get(KEY) == {}
    store.put(KEY, {"pair": (1, 2)})
    assert store.get(KEY) == {"pair": [1, 2]}
    assert list((store.folder / "partial").iterdir()) == []


def damage(path: Path):
    """Every way in which a file can be other than it was written."""
    whole = path.read_bytes()
    content = json.loads(whole)
    yield "empty", b""
    yield "cut off", whole[: len(whole) // 2]
    yield "no JSON", b"\xff\x00" + whole
    yield "a digit altered", whole.replace(b"40.25", b"40.75")
    yield "of another key", json.dumps(content | {"key": OTHER}).encode()
    yield "no value", json.dumps({"key": KEY}).encode()
    yield "a list", b"[]"
    yield "deep", b"[" * 100_000
    value = [1]
    digest = sha256(json.dumps(value).encode()).hexdigest()
    yield "value no object", json.dumps({"key": KEY, "sha256": digest, "value": value}).encode()


def test_a_damaged_file_counts_as_missing(store):
    store.put(KEY, VALUE)
    damages = list(damage(store.path(KEY)))
    assert len(damages) == 9
    for what, content in damages:
        store.path(KEY).write_bytes(content)
        assert store.get(KEY) is None, what
        assert KEY not in store
        store.put(KEY, VALUE)
        assert store.get(KEY) == VALUE


def test_wrong_keys_and_values(store):
    with pytest.raises(TypeError, match=r"^key must be a str, not int$"):
        store.get(5)
    for key in ("", "short", "../" + KEY, KEY.upper(), KEY * 3):
        with pytest.raises(ValueError, match=r"^key must be 16 to 128 hexadecimal digits in lower case, not "):
            store.get(key)
    with pytest.raises(TypeError, match=r"^value must be a dict, not list$"):
        store.put(KEY, [])
    for value in ({"a": float("nan")}, {"a": float("inf")}):
        with pytest.raises(ValueError, match="Out of range float"):
            store.put(KEY, value)
    with pytest.raises(TypeError, match="not JSON serializable"):
        store.put(KEY, {"a": Path()})
    assert KEY not in store
    assert list((store.folder / "partial").iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RnnhwError, match=r"/file/store: cannot be written \(Not a directory\)$"):
        Store(tmp_path / "file" / "store")
    store = Store(tmp_path / "store")
    (store.folder / KEY[:2]).write_text("")
    with pytest.raises(RnnhwError, match=r"\.json: cannot be written \("):
        store.put(KEY, VALUE)
    with pytest.raises(RnnhwError, match=r"\.json: cannot be read \(Not a directory\)$"):
        store.get(KEY)
    assert list((store.folder / "partial").iterdir()) == []


def test_what_killed_writers_left_goes_after_a_day(store):
    old, young = store.folder / "partial" / "old", store.folder / "partial" / "young"
    for path in (old, young):
        path.write_text("{")
    os.utime(old, (time.time() - 90_000,) * 2)
    Store(store.folder)
    assert [path.name for path in (store.folder / "partial").iterdir()] == ["young"]


def test_the_default_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "rnnhw" / "synthesis"
    assert Store().folder == default_folder()
    monkeypatch.setenv("HOME", "/home/me")
    for ignored in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", ignored)
        assert default_folder() == Path("/home/me/.cache/rnnhw/synthesis")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert default_folder() == Path("/home/me/Library/Caches/rnnhw/synthesis")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    assert default_folder() == Path("/local/rnnhw/synthesis")


WRITER = """
import sys
from rnnhw.sweep import Store
store, mark = Store(sys.argv[1]), int(sys.argv[2])
print("up", flush=True)
sys.stdin.readline()
for turn in range(80):
    for key in ("ab" * 32, "cd" * 32):
        store.put(key, {"mark": mark, "turn": turn, "long": [mark] * 2000})
        value = store.get(key)
        assert value is not None and set(value["long"]) == {value["mark"]}, value
"""


def test_processes_share_a_store(store):
    command = [sys.executable, "-c", WRITER, str(store.folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    writers = [subprocess.Popen([*command, str(mark)], **pipes) for mark in range(3)]
    for writer in writers:
        assert writer.stdout.readline() == "up\n"
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()
    looked = 0
    while any(writer.poll() is None for writer in writers):
        for key in (KEY, OTHER):
            value = store.get(key)
            if value is not None:
                assert set(value["long"]) == {value["mark"]}
                looked += 1
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert looked > 0
    for writer in writers:
        writer.communicate()
    assert store.get(KEY)["turn"] == 79
    assert list((store.folder / "partial").iterdir()) == []


def test_threads_share_a_store(store):
    failed = []

    def write(mark):
        for _ in range(40):
            store.put(KEY, {"long": [mark] * 500})
            if len(set(store.get(KEY)["long"])) != 1:
                failed.append(mark)

    threads = [threading.Thread(target=write, args=(mark,)) for mark in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(store.get(KEY)["long"]) == 500
