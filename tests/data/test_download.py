import gzip
import http.server
import os
import threading
from dataclasses import replace

import pytest
import requests

from physdfa.data.download import download_over_http, fetch_dataset, fetch_published
from physdfa.data.published import load_published
from physdfa.errors import DataError

FIRST, SECOND = "https://first.example/", "https://second.example/"


class FakeMirrors:
    """A downloader over what each address holds; an address without contents cannot be reached."""

    def __init__(self, files: dict[str, bytes]):
        self.files = files
        self.asked: list[str] = []

    def __call__(self, url, path, progress):
        self.asked.append(url)
        if url not in self.files:
            raise requests.ConnectionError("no route")
        path.write_bytes(self.files[url])
        progress(path.name, len(self.files[url]), len(self.files[url]))


@pytest.fixture
def contents(tiny) -> dict[str, bytes]:
    return {f"{filename}.gz": gzip.compress(content) for filename, content in tiny.contents.items()}


def at(mirror: str, contents: dict[str, bytes]) -> dict[str, bytes]:
    return {mirror + filename: content for filename, content in contents.items()}


def test_what_was_fetched_loads(tiny, contents, tmp_path):
    folder = fetch_published(tiny.published, tmp_path / "new", downloader=FakeMirrors(at(FIRST, contents)))
    assert load_published(tiny.published, tmp_path / "new").num_classes == 3
    assert sorted(os.listdir(folder)) == sorted(contents)


def test_the_second_mirror_serves_where_the_first_cannot_be_reached(tiny, contents, tmp_path):
    mirrors = FakeMirrors(at(SECOND, contents))
    fetch_published(tiny.published, tmp_path, downloader=mirrors)
    assert mirrors.asked[:2] == [FIRST + "train_images-ubyte.gz", SECOND + "train_images-ubyte.gz"]
    load_published(tiny.published, tmp_path)


@pytest.mark.parametrize("wrong", [b"<html>captive portal</html>", gzip.compress(b"\0\0\x08\x03", mtime=0)])
def test_the_second_mirror_serves_where_the_first_gives_other_bytes(tiny, contents, tmp_path, wrong):
    first = at(FIRST, dict.fromkeys(contents, wrong))
    fetch_published(tiny.published, tmp_path, downloader=FakeMirrors(first | at(SECOND, contents)))
    load_published(tiny.published, tmp_path)


def test_another_gzip_wrapper_of_the_same_bytes_is_accepted(tiny, tmp_path):
    contents = {
        f"{name}.gz": gzip.compress(content, compresslevel=1, mtime=7) for name, content in tiny.contents.items()
    }
    fetch_published(tiny.published, tmp_path, downloader=FakeMirrors(at(FIRST, contents)))
    load_published(tiny.published, tmp_path)


def test_without_a_network_one_sentence_tells_the_way_out_and_nothing_is_left(tiny, tmp_path):
    with pytest.raises(DataError, match=r"train_images-ubyte\.gz of tiny could not be fetched .*2 mirrors") as caught:
        fetch_published(tiny.published, tmp_path, downloader=FakeMirrors({}))
    assert FIRST in str(caught.value)
    assert SECOND in str(caught.value)
    assert "ConnectionError" in str(caught.value)
    assert "--data" in str(caught.value)
    assert os.listdir(tmp_path / "tiny") == []


def test_bytes_that_do_not_verify_never_get_the_files_name(tiny, contents, tmp_path):
    broken = contents | {"test_labels-ubyte.gz": contents["train_labels-ubyte.gz"]}
    with pytest.raises(DataError, match="test_labels"):
        fetch_published(tiny.published, tmp_path, downloader=FakeMirrors(at(FIRST, broken)))
    assert sorted(os.listdir(tmp_path / "tiny")) == sorted(set(contents) - {"test_labels-ubyte.gz"})


def test_an_interruption_leaves_only_whole_files(tiny, contents, tmp_path):
    def interrupted(url, path, progress):
        path.write_bytes(b"half a fi")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_published(tiny.published, tmp_path, downloader=interrupted)
    assert os.listdir(tmp_path / "tiny") == []


def test_only_what_is_missing_or_damaged_is_fetched(tiny, contents, tmp_path):
    folder = tiny.write(tmp_path)
    (folder / "test_images-ubyte.gz").unlink()
    (folder / "test_labels-ubyte.gz").write_bytes(b"damaged")
    mirrors = FakeMirrors(at(FIRST, contents))
    fetch_published(tiny.published, tmp_path, downloader=mirrors)
    assert mirrors.asked == [FIRST + "test_images-ubyte.gz", FIRST + "test_labels-ubyte.gz"]
    load_published(tiny.published, tmp_path)


def test_whole_uncompressed_files_are_kept(tiny, tmp_path):
    tiny.write(tmp_path, compressed=False)
    mirrors = FakeMirrors({})
    fetch_published(tiny.published, tmp_path, downloader=mirrors)
    assert mirrors.asked == []


def test_progress_hears_of_every_file(tiny, contents, tmp_path):
    heard = []
    fetch_published(
        tiny.published,
        tmp_path,
        downloader=FakeMirrors(at(FIRST, contents)),
        progress=lambda name, received, announced: heard.append((name, received, announced)),
    )
    assert heard == [(name, len(content), len(content)) for name, content in contents.items()]


def test_a_folder_that_cannot_be_made_is_refused(tiny, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"cannot be written.*--data"):
        fetch_published(tiny.published, tmp_path / "file", downloader=FakeMirrors({}))


@pytest.mark.parametrize(("name", "message"), [("digits", "embedded"), ("minst", "Did you mean 'mnist'")])
def test_what_cannot_be_fetched_is_refused_before_anything_is_written(name, message, tmp_path):
    with pytest.raises(DataError, match=message):
        fetch_dataset(name, tmp_path / "new", downloader=FakeMirrors({}))
    assert not (tmp_path / "new").exists()


def test_the_files_of_an_archive_are_unpacked_from_the_mirror_that_has_it_whole(zipped, tmp_path):
    mirrors = FakeMirrors({f"{FIRST}gzip.zip": zipped.archive[:-9], f"{SECOND}gzip.zip": zipped.archive})
    folder = fetch_published(zipped.published, tmp_path, downloader=mirrors)
    assert mirrors.asked == [f"{FIRST}gzip.zip", f"{SECOND}gzip.zip"]
    assert sorted(os.listdir(folder)) == sorted(zipped.gzipped)  # neither the archive nor the other sets in it
    load_published(zipped.published, tmp_path)


def test_an_archive_that_lies_there_is_unpacked_without_a_download(zipped, tmp_path):
    zipped.write_archive(tmp_path)
    mirrors = FakeMirrors({})
    folder = fetch_published(zipped.published, tmp_path, downloader=mirrors)
    assert mirrors.asked == []
    assert sorted(os.listdir(folder)) == sorted([*zipped.gzipped, "gzip.zip"])


def test_without_a_network_the_archive_is_named(zipped, tmp_path):
    with pytest.raises(DataError, match=r"copy gzip\.zip into a folder zipped/ yourself"):
        fetch_published(zipped.published, tmp_path, downloader=FakeMirrors({}))


@pytest.fixture
def server(tmp_path, contents):
    """A web server on this machine whose root holds the gzipped files."""
    root = tmp_path / "server"
    root.mkdir()
    for filename, content in contents.items():
        (root / filename).write_bytes(content)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(root))

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()
        thread.join()


def test_the_ordinary_downloader_writes_the_bytes_and_reports_their_number(server, contents, tmp_path):
    filename, content = next(iter(contents.items()))
    heard = []
    path = tmp_path / filename
    download_over_http(server + filename, path, lambda *report: heard.append(report))
    assert path.read_bytes() == content
    assert heard[-1] == (filename, len(content), len(content))
    assert all(received <= announced for _, received, announced in heard)


def test_a_mirror_that_lacks_the_file_is_passed_over(server, tiny, tmp_path):
    published = replace(tiny.published, mirrors=(server + "nowhere/", server))
    fetch_published(published, tmp_path / "data", downloader=download_over_http)
    load_published(published, tmp_path / "data")


def test_the_status_of_a_mirror_without_the_file_is_told(server, tiny, tmp_path):
    published = replace(tiny.published, mirrors=(server + "nowhere/",))
    with pytest.raises(DataError, match="nowhere/: HTTP status 404"):
        fetch_published(published, tmp_path / "data", downloader=download_over_http)
