"""MNIST, Fashion-MNIST and EMNIST: their addresses and files, and how a folder of them is loaded."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from physdfa.data.dataset import Dataset
from physdfa.data.files import Archive, find_all, way_out
from physdfa.data.idx import IdxFile, read_idx
from physdfa.errors import DataError


@dataclass(frozen=True, kw_only=True)
class PublishedSet:
    """An image data set published as four IDX files.

    **Arguments:**

    - `name`: name of the data set and of its folder.
    - `num_classes`: number of classes.
    - `train_images`, `train_labels`, `test_images`, `test_labels`: the four files.
    - `mirrors`: addresses, ending in a slash, below which the gzipped files, or the archive, lie; tried in this order.
    - `archive`: the zip archive in which the four are published; None where each is published for itself.
    - `is_transposed`: whether rows and columns of the images are exchanged in the files.
    """

    name: str
    num_classes: int
    train_images: IdxFile
    train_labels: IdxFile
    test_images: IdxFile
    test_labels: IdxFile
    mirrors: tuple[str, ...]
    archive: Archive | None = None
    is_transposed: bool = False

    @property
    def files(self) -> tuple[IdxFile, IdxFile, IdxFile, IdxFile]:
        """All four files."""
        return self.train_images, self.train_labels, self.test_images, self.test_labels

    @property
    def train_size(self) -> int:
        """Number of training samples."""
        return self.train_images.shape[0]

    @property
    def test_size(self) -> int:
        """Number of test samples."""
        return self.test_images.shape[0]

    @property
    def image_shape(self) -> tuple[int, int]:
        """(height, width) [pixels] of an upright image."""
        rows, columns = self.train_images.shape[1:]
        return (columns, rows) if self.is_transposed else (rows, columns)


def _like_mnist(name: str, sha256: tuple[str, str, str, str], mirrors: tuple[str, ...]) -> PublishedSet:
    """A set with MNIST's file names and sizes; `sha256` in the order train images, labels, test images, labels."""
    return PublishedSet(
        name=name,
        num_classes=10,
        train_images=IdxFile(filename="train-images-idx3-ubyte", shape=(60000, 28, 28), sha256=sha256[0]),
        train_labels=IdxFile(filename="train-labels-idx1-ubyte", shape=(60000,), sha256=sha256[1]),
        test_images=IdxFile(filename="t10k-images-idx3-ubyte", shape=(10000, 28, 28), sha256=sha256[2]),
        test_labels=IdxFile(filename="t10k-labels-idx1-ubyte", shape=(10000,), sha256=sha256[3]),
        mirrors=mirrors,
    )


EMNIST_BALANCED = PublishedSet(
    # Cohen, Afshar, Tapson, van Schaik, arXiv:1702.05373. The SHA-256 of the archive is that in the checksums of
    # TensorFlow Datasets, its MD5 in torchvision 58c8d27c78d21e728a6bc7b3cc06412e; the MD5 sums of the four files are
    # those of Deeplearning4j. Nobody publishes sums of the uncompressed files.
    name="emnist_balanced",
    num_classes=47,
    train_images=IdxFile(
        filename="emnist-balanced-train-images-idx3-ubyte",
        shape=(112800, 28, 28),
        gzip_md5="4041b0d6f15785d3fa35263901b5496b",
    ),
    train_labels=IdxFile(
        filename="emnist-balanced-train-labels-idx1-ubyte",
        shape=(112800,),
        gzip_md5="7a35cc7b2b7ee7671eddf028570fbd20",
    ),
    test_images=IdxFile(
        filename="emnist-balanced-test-images-idx3-ubyte",
        shape=(18800, 28, 28),
        gzip_md5="6818d20fe2ce1880476f747bbc80b22b",
    ),
    test_labels=IdxFile(
        filename="emnist-balanced-test-labels-idx1-ubyte",
        shape=(18800,),
        gzip_md5="acd3694070dcbf620e36670519d4b32f",
    ),
    mirrors=(
        "https://biometrics.nist.gov/cs_links/EMNIST/",
        "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
    ),
    archive=Archive(
        filename="gzip.zip",
        folder="gzip/",
        sha256="fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
    ),
    is_transposed=True,
)

PUBLISHED: dict[str, PublishedSet] = {
    published.name: published
    for published in (
        # LeCun, Cortes, Burges. SHA-256 of the files whose MD5 sums are the canonical ones (see test_published.py).
        _like_mnist(
            "mnist",
            (
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            ),
            (
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
            ),
        ),
        # Xiao, Rasul, Vollgraf, arXiv:1708.07747; (c) Zalando SE, MIT. SHA-256 of what is inside the official gzip
        # files, whose own MD5 sums Zalando publishes.
        _like_mnist(
            "fashion_mnist",
            (
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            ),
            (
                "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/"
                "b2617bb6d3ffa2e429640350f613e3291e10b141/data/fashion/",
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            ),
        ),
        EMNIST_BALANCED,
    )
}


def load_published(published: PublishedSet, data_dir: Path) -> Dataset:
    """The data set whose files lie in the folder `data_dir / published.name`, verified.

    **Raises:** `DataError`, if the folder or a file is missing, truncated or not the published one.
    """
    paths = find_all(published, data_dir)
    try:
        train_images, train_labels, test_images, test_labels = (
            read_idx(path, file) for path, file in zip(paths, published.files, strict=True)
        )
    except DataError as error:
        raise DataError(f"{error} {way_out(published.name)}") from error
    height, width = published.image_shape
    if published.is_transposed:
        train_images, test_images = (np.swapaxes(images, 1, 2) for images in (train_images, test_images))
    return Dataset(
        name=published.name,
        train_images=train_images.reshape(-1, height * width),
        train_labels=train_labels.astype(np.int32),
        test_images=test_images.reshape(-1, height * width),
        test_labels=test_labels.astype(np.int32),
        image_shape=(height, width),
        num_classes=published.num_classes,
        full_scale=255.0,
        integer_type="uint8",
    )
