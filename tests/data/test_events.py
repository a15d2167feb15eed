import jax.numpy as jnp
import numpy as np

from physdfa.data.events import CHUNK_EVENTS, first_spikes


def test_the_brightest_fires_at_once_the_faintest_at_the_end_of_the_window_and_black_never():
    events = first_spikes(jnp.array([[1.0, 0.0, 0.5], [0.0, 1 / 255, 0.25]]), 255)
    count = int(events.num_events)
    rows = np.stack([events.samples, events.sources, events.steps], axis=1)[:count].tolist()
    shown = {(sample, source): step for sample, source, step in rows}
    assert shown == {(0, 0): 0, (0, 2): 128, (1, 1): 254, (1, 2): 191}  # 127.5 and 191.25 steps, rounded


def test_eight_bit_pixels_lie_on_255_levels_exactly():
    events = first_spikes(jnp.arange(1.0, 256.0)[None] / 255, 255)
    np.testing.assert_array_equal(events.steps[:255], 255 - np.arange(1, 256))


def test_the_list_has_room_for_every_pixel_and_is_marked_beyond_its_end():
    events = first_spikes(jnp.ones((5, 500)), 10)
    assert int(events.num_events) == 2500
    assert events.sources.shape[0] % CHUNK_EVENTS == 0
    assert np.all(events.sources[2500:] == -1)
    np.testing.assert_array_equal(np.bincount(events.samples[:2500]), np.full(5, 500))
