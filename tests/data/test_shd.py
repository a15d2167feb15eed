import gzip
import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from physdfa.data.download import fetch_published
from physdfa.data.shd import EVENT_SETS, load_event_set
from physdfa.errors import DataError, MissingExtraError
from tests.data.event_files import CLASSES, INPUTS, make_spikes, write_event_set, write_hdf

TRAIN, TEST = make_spikes(9, seed=0), make_spikes(6, seed=1)


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_a_data_set_is_its_files_spike_by_spike(tmp_path, compressed, dtype):
    train = make_spikes(9, seed=0, dtype=dtype)
    dataset = load_event_set(write_event_set(tmp_path, train, TEST, compressed=compressed), tmp_path)
    samples = dataset.train_samples
    assert samples.times.dtype == dtype
    assert samples.counts[-1] == 0  # a silent sample is kept
    for row, (times, units) in enumerate(zip(train.times, train.units, strict=True)):
        piece = slice(samples.starts[row], samples.starts[row] + samples.counts[row])
        np.testing.assert_array_equal(samples.times[piece], times)
        np.testing.assert_array_equal(samples.inputs[piece], units)
    np.testing.assert_array_equal(dataset.train_labels, train.labels)
    np.testing.assert_array_equal(dataset.test_labels, TEST.labels)
    assert (dataset.num_inputs, dataset.num_classes) == (INPUTS, CLASSES)


WAYS_OUT = r"physdfa data fetch shd.*--data"


def test_missing_files_are_named_with_the_way_out(tmp_path):
    published = write_event_set(tmp_path, TRAIN, TEST)
    (tmp_path / "shd" / "shd_test.h5.gz").unlink()
    with pytest.raises(DataError, match=rf"data file missing: .*shd lacks shd_test\.h5\.gz\. .*{WAYS_OUT}"):
        load_event_set(published, tmp_path)
    with pytest.raises(DataError, match=rf"data file missing: .*is not a folder.*{WAYS_OUT}"):
        load_event_set(published, tmp_path / "nowhere")


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("change", [lambda content: content[:-9], lambda content: b"<html>404</html>"])
def test_a_file_of_other_bytes_is_refused_with_the_way_out(tmp_path, compressed, change):
    published = write_event_set(tmp_path, TRAIN, TEST, compressed=compressed)
    path = tmp_path / "shd" / ("shd_train.h5.gz" if compressed else "shd_train.h5")
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DataError, match=rf"shd_train\.h5.* is not the published file: its MD5 .*{WAYS_OUT}"):
        load_event_set(published, tmp_path)


def published_as(tmp_path, content: bytes):
    """The set whose training file is `content`, sums included: only what the file says is wrong."""
    published = write_event_set(tmp_path, TRAIN, TEST, compressed=False)
    path = tmp_path / "shd" / "shd_train.h5"
    path.write_bytes(content)
    return replace(published, train=replace(published.train, md5=hashlib.md5(content).hexdigest()))


def test_a_file_that_is_no_hdf5_is_refused(tmp_path):
    with pytest.raises(DataError, match=rf"not an HDF5 file with spikes/times.*{WAYS_OUT}"):
        load_event_set(published_as(tmp_path, b"not at all"), tmp_path)


@pytest.mark.parametrize(
    ("spikes", "message"),
    [
        (make_spikes(8, seed=0), "holds 8 lists of times, 8 of units and 8 labels; the published file has 9"),
        (TRAIN._replace(units=[TRAIN.units[0][:-1], *TRAIN.units[1:]]), r"sample 0 has \d+ spike times and \d+ units"),
    ],
)
def test_contents_of_another_form_are_refused(tmp_path, spikes, message):
    write_hdf(tmp_path / "other.h5", spikes)
    with pytest.raises(DataError, match=message):
        load_event_set(published_as(tmp_path, (tmp_path / "other.h5").read_bytes()), tmp_path)


def test_without_h5py_the_extra_is_named(tmp_path, monkeypatch):
    published = write_event_set(tmp_path, TRAIN, TEST)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtraError, match=r"needs the package 'h5py'.*pip install 'physdfa\[events\]'"):
        load_event_set(published, tmp_path)


def test_h5py_is_imported_by_whoever_reads_such_a_file_alone():
    code = "import sys, physdfa.data, physdfa.build; assert 'h5py' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_is_fetched_is_verified_and_loads(tmp_path):
    published = write_event_set(tmp_path / "server", TRAIN, TEST)
    asked = []

    def download(url, path, progress):
        asked.append(url)
        content = (tmp_path / "server" / "shd" / path.name).read_bytes()
        path.write_bytes(gzip.compress(b"another") if url.startswith("https://first") else content)

    fetch_published(published, tmp_path / "data", downloader=download)
    assert len(asked) == 4  # both mirrors, both files: the first gives other bytes
    assert load_event_set(published, tmp_path / "data").num_classes == CLASSES


def test_shd_has_its_published_form():
    """Cramer et al., arXiv:1910.07407: 700 inputs, 20 classes, 8156 and 2264 samples."""
    shd = EVENT_SETS["shd"]
    assert (shd.num_inputs, shd.num_classes) == (700, 20)
    assert [file.num_samples for file in shd.files] == [8156, 2264]
