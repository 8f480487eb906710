import errno
import hashlib
import json
import os
import subprocess
import sys

import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.files import atomic_path, read_json, read_text, sha256_file, write_json, write_text


class TestAtomicPath:
    def test_the_file_is_there_only_at_the_end(self, tmp_path):
        target = tmp_path / "a.txt"
        with atomic_path(target) as temporary:
            temporary.write_text("new")
            assert not target.exists()
            assert temporary.parent == target.parent and temporary.suffix == ".txt"
        assert target.read_text() == "new"
        assert list(tmp_path.iterdir()) == [target]

    @pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError(errno.ENOSPC, "No space left")])
    def test_a_failure_leaves_nothing_and_keeps_what_was(self, tmp_path, error):
        target = tmp_path / "a.txt"
        target.write_text("old")
        with pytest.raises(error if isinstance(error, type) else OSError), atomic_path(target) as temporary:
            temporary.write_text("half")
            raise error
        assert target.read_text() == "old"
        assert list(tmp_path.iterdir()) == [target]

    def test_a_failed_rename_leaves_nothing(self, tmp_path):
        (tmp_path / "a").mkdir()
        with pytest.raises(IsADirectoryError), atomic_path(tmp_path / "a") as temporary:
            temporary.write_text("x")
        assert [path.name for path in tmp_path.iterdir()] == ["a"]

    def test_no_folder(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="nowhere"):
            write_text(tmp_path / "nowhere" / "a.txt", "x")

    def test_mode_follows_the_umask(self, tmp_path):
        before = os.umask(0o027)
        try:
            write_text(tmp_path / "a.txt", "x")
        finally:
            os.umask(before)
        assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640

    def test_a_writer_killed_in_the_middle_keeps_what_was(self, tmp_path):
        target = tmp_path / "a.txt"
        target.write_text("old")
        program = (
            "import os, signal, sys\nfrom wes_biomarkers.io.files import atomic_path\n"
            "with atomic_path(sys.argv[1]) as t:\n"
            "    t.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
        )
        done = subprocess.run([sys.executable, "-c", program, str(target)], check=False)
        assert done.returncode == -9
        assert target.read_text() == "old"

    def test_a_pipe_is_written_to_not_replaced(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        write_text(tmp_path / "pipe", "through")
        assert os.read(reader, 99) == b"through"
        os.close(reader)
        assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


class TestReadText:
    @pytest.mark.parametrize(
        "data",
        [
            b"a,b\nc\xc3\xa4\n",
            b"a,b\r\nc\xc3\xa4\r\n",
            b"a,b\rc\xc3\xa4\r",
            b"\xef\xbb\xbfa,b\nc\xc3\xa4\n",
            b"\xff\xfe" + "a,b\r\ncä\n".encode("utf-16-le"),
            b"\xfe\xff" + "a,b\rcä\n".encode("utf-16-be"),
        ],
        ids=["unix", "windows", "old mac", "byte-order mark", "utf-16 le", "utf-16 be"],
    )
    def test_any_spreadsheet(self, tmp_path, data):
        (tmp_path / "a.csv").write_bytes(data)
        assert read_text(tmp_path / "a.csv") == "a,b\ncä\n"

    def test_empty(self, tmp_path):
        (tmp_path / "a.csv").write_bytes(b"")
        assert read_text(tmp_path / "a.csv") == ""

    def test_latin_1_is_refused_with_its_row(self, tmp_path):
        (tmp_path / "a.csv").write_bytes(b"a\nb\nc\xe4\n")
        with pytest.raises(InputError) as caught:
            read_text(tmp_path / "a.csv")
        (fault,) = caught.value.faults
        assert (fault.row, fault.rule) == (3, "is not UTF-8 text")

    def test_missing_folder_unreadable(self, tmp_path, monkeypatch):
        with pytest.raises(InputError, match="no such file"):
            read_text(tmp_path / "none.csv")
        with pytest.raises(InputError, match="is a folder"):
            read_text(tmp_path)

        def refuse(self):
            raise PermissionError(errno.EACCES, "Permission denied", str(self))

        monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
        with pytest.raises(InputError, match="may not be read"):
            read_text(tmp_path / "a.csv")


class TestJson:
    def test_there_and_back_and_the_same_bytes(self, tmp_path):
        data = {"b": [1, None], "a": "ä"}
        write_json(tmp_path / "a.json", data)
        assert read_json(tmp_path / "a.json") == data
        assert (tmp_path / "a.json").read_bytes() == (
            json.dumps(data, indent=2, ensure_ascii=False) + "\n"
        ).encode()

    def test_not_json_names_the_line(self, tmp_path):
        (tmp_path / "a.json").write_text('{\n"a": 1,\n}')
        with pytest.raises(InputError) as caught:
            read_json(tmp_path / "a.json")
        assert caught.value.faults[0].row == 3

    def test_nan_is_not_json(self, tmp_path):
        with pytest.raises(ValueError, match="not JSON compliant"):
            write_json(tmp_path / "a.json", float("nan"))
        assert list(tmp_path.iterdir()) == []


def test_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc" * 100_000)
    assert sha256_file(tmp_path / "a") == hashlib.sha256(b"abc" * 100_000).hexdigest()
