"""A loaded data set: labelled training and test samples, checked at construction."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32, Int, Int32, UInt8, UInt16

from physdfa.data.part import Part
from physdfa.errors import DataError


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """Training and test samples with their class labels, in the number format in which they were published.

    pixel = value / full_scale

    Integer pixels stay integers (a quarter of the memory of float32); whoever uses them divides by `full_scale`.

    **Arguments:**

    - `name`: what `load_dataset` was asked for.
    - `train_images`, `test_images`: values [samples, inputs], finite, row-major images where `image_shape` is given.
    - `train_labels`, `test_labels`: class of each sample, 0 to `num_classes` - 1.
    - `image_shape`: (height, width) [pixels], or None where the inputs are not an image.
    - `num_classes`: number of classes, >= 2.
    - `full_scale`: the value that stands for 1, > 0: 255 for MNIST, 16 for the digits, 1 for real-valued inputs.
    - `integer_type`: the type whose values it scales, such as "uint16", wherever they come from; None for real-valued
      inputs, and for integers in a unit of their own.
    - `sample_rate`: of series, whose `image_shape` is (time, channels) [Hz]; None where nobody says it.
    - `remarks`: what the user must hear about the samples, one sentence each.

    **Raises:** `DataError`, if the arrays contradict each other or these ranges.
    """

    # The axes' names differ on purpose: that the sizes agree is checked below, in words meant for the user.
    name: str
    train_images: (
        UInt8[np.ndarray, "train inputs"] | UInt16[np.ndarray, "train inputs"] | Float32[np.ndarray, "train inputs"]
    )
    train_labels: Int32[np.ndarray, " train_labels"]
    test_images: (
        UInt8[np.ndarray, "test test_inputs"]
        | UInt16[np.ndarray, "test test_inputs"]
        | Float32[np.ndarray, "test test_inputs"]
    )
    test_labels: Int32[np.ndarray, " test_labels"]
    image_shape: tuple[int, int] | None
    num_classes: int
    full_scale: float
    integer_type: str | None = None
    sample_rate: float | None = None
    remarks: tuple[str, ...] = ()

    def __post_init__(self):
        if self.num_classes < 2:
            raise DataError(f"{self.name}: there is one class only; a classifier needs samples of at least 2 classes.")
        if not self.full_scale > 0:
            raise DataError(f"{self.name}: `full_scale` must be > 0; got {self.full_scale}.")
        for part, images, labels in (
            ("training", self.train_images, self.train_labels),
            ("test", self.test_images, self.test_labels),
        ):
            self._check_part(part, images, labels)
        if self.train_images.shape[1] != self.test_images.shape[1]:
            raise DataError(
                f"{self.name}: training samples have {self.train_images.shape[1]} inputs, test samples "
                f"{self.test_images.shape[1]}; both must have the same number."
            )
        if self.image_shape is not None and self.image_shape[0] * self.image_shape[1] != self.num_inputs:
            raise DataError(f"{self.name}: {self.num_inputs} inputs do not make an image of shape {self.image_shape}.")

    def _check_part(self, part: str, images: np.ndarray, labels: np.ndarray) -> None:
        if images.shape[0] == 0 or images.shape[1] == 0:
            raise DataError(f"{self.name}: the {part} set is empty (shape {images.shape}); give at least one sample.")
        if len(images) != len(labels):
            raise DataError(
                f"{self.name}: {len(images)} {part} samples come with {len(labels)} labels; each needs exactly one."
            )
        if images.dtype.kind == "f" and not np.isfinite(images).all():
            row = int(np.argmin(np.isfinite(images).all(axis=1)))
            raise DataError(
                f"{self.name}: {part} sample {row} (counted from 0) holds NaN, an infinity or a number beyond float32; "
                "remove or replace it."
            )
        if labels.min() < 0 or labels.max() >= self.num_classes:
            raise DataError(
                f"{self.name}: {part} labels run from {labels.min()} to {labels.max()}; allowed are 0 to "
                f"{self.num_classes - 1}."
            )

    @property
    def train_samples(self) -> np.ndarray:
        """The training samples [samples, inputs]."""
        return self.train_images

    @property
    def test_samples(self) -> np.ndarray:
        """The test samples [samples, inputs]."""
        return self.test_images

    @property
    def train(self) -> Part:
        """The training samples and their labels."""
        return Part(self.train_samples, self.train_labels, self)

    @property
    def test(self) -> Part:
        """The test samples and their labels."""
        return Part(self.test_samples, self.test_labels, self)

    def with_training_rows(self, rows: Int[np.ndarray, " chosen"]) -> "Dataset":
        """The set with the training samples at `rows` alone."""
        return replace(self, train_images=self.train_images[rows], train_labels=self.train_labels[rows])

    def scaled_as(self, full_scales: Mapping[str, float]) -> "Dataset":
        """The set in the scale of a training, which has a `full_scale` for each integer type that it knows."""
        full_scale = full_scales.get(self.integer_type or "", self.full_scale)
        if full_scale == self.full_scale:
            return self
        remark = (
            f"{self.name}: its values are divided by {full_scale:.10g}, as those that the network was trained with; by "
            f"themselves they would be by {self.full_scale:.10g}."
        )
        return replace(self, full_scale=full_scale, remarks=(remark,))

    @property
    def num_inputs(self) -> int:
        """Number of input values of one sample."""
        return self.train_images.shape[1]
