# SPDX-License-Identifier: Apache-2.0
"""Token decoders against the published vectors, and no failure that becomes motion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.fft import dct

from vla_ros.errors import ConfigError
from vla_ros.policy.decoders import BinTokens, FastTokens, MuLawTokens

RNG = np.random.default_rng(9)


@pytest.mark.parametrize(
    ("token", "value"), [(31999, -0.996078), (31872, 0.0), (31871, 0.007843), (31745, 0.996078), (31744, 0.996078)]
)
def test_bins_are_openvlas(token, value):
    decoded = BinTokens(width=1).decode(np.array([token]))
    assert decoded.ok
    assert decoded.rows[0, 0] == pytest.approx(value, abs=1e-6)


def test_bins_come_back_within_half_a_bin():
    rows = RNG.uniform(-1, 1, (6, 7))
    bins = BinTokens(width=7)
    np.testing.assert_allclose(bins.decode(bins.encode(rows)).rows, rows, atol=1.0 / 255 + 1e-12)
    expected = 32000 - np.digitize(np.clip(rows, -1, 1), np.linspace(-1, 1, 256))
    np.testing.assert_array_equal(bins.encode(rows), expected.reshape(-1))


@pytest.mark.parametrize("tokens", [[32000] * 7, [31743] * 7, [31900] * 6, []])
def test_bin_outside_the_action_tokens_is_a_failure_without_rows(tokens):
    decoded = BinTokens(width=7).decode(np.array(tokens, dtype=np.int64))
    assert (decoded.ok, decoded.rows.shape) == (False, (0, 7))
    assert decoded.reason


def test_mu_law_is_gatos():
    mu = MuLawTokens(width=1)
    value = 0.3
    compressed = np.log(100 * value + 1) / np.log(100 * 256 + 1)
    assert mu.encode(np.array([[value]]))[0] == 32000 + int((compressed + 1) / 2 * 1024)
    back = mu.decode(mu.encode(np.linspace(-1, 1, 41)[:, None])).rows[:, 0]
    np.testing.assert_allclose(back, np.linspace(-1, 1, 41), atol=0.012)
    assert np.abs(back[20]) < 1e-3, "companding is finest around zero"


def test_actions_of_gato_are_binned_without_companding():
    plain = MuLawTokens(width=2, companded=False)
    rows = RNG.uniform(-1, 1, (5, 2))
    np.testing.assert_allclose(plain.decode(plain.encode(rows)).rows, rows, atol=1.0 / 1024 + 1e-12)
    assert not plain.decode(np.array([31999, 32000])).ok
    assert not plain.decode(np.array([33024, 32000])).ok
    assert not plain.decode(np.array([32000])).ok


def fast(rows=8, width=3):
    """FAST with a byte-pair model that has one piece per character, offset by 1000."""

    def to_text(tokens):
        return "".join(chr(token - 1000) for token in tokens)

    return FastTokens(rows, width, to_text, lambda text: [1000 + ord(character) for character in text])


def test_fast_quantises_the_cosine_transform_frequency_by_frequency():
    chunk = np.cumsum(RNG.normal(0, 0.05, (8, 3)), axis=0)
    quantised = np.round(dct(chunk, axis=0, norm="ortho") * 10).astype(int)
    assert fast().encode(chunk) == [1000 + 354 + q for q in quantised.reshape(-1)]
    decoded = fast().decode(fast().encode(chunk))
    assert decoded.ok
    # Parseval: the error of the rows is that of the coefficients, at most half a step each.
    assert np.linalg.norm(decoded.rows - chunk) <= 0.05 * np.sqrt(24) + 1e-9


@given(st.lists(st.integers(1000, 2400), max_size=40))
def test_fast_fails_by_name_or_gives_a_whole_chunk(tokens):
    decoded = fast().decode(tokens)
    assert decoded.ok == (len(tokens) == 24)
    assert decoded.rows.shape == ((8, 3) if decoded.ok else (0, 3))


def test_fast_failure_of_the_byte_pair_model_is_a_failure_not_zeros():
    decoded = fast().decode([5])
    assert not decoded.ok
    assert "refused" in decoded.reason
    assert decoded.rows.size == 0


def test_fast_reads_the_text_of_a_real_byte_pair_model():
    tokenizers = pytest.importorskip("tokenizers")
    chunks = [np.cumsum(RNG.normal(0, 0.05, (8, 3)), axis=0) for _ in range(40)]
    plain = FastTokens(8, 3, "".join, list)
    texts = ["".join(plain.encode(chunk)) for chunk in chunks]
    model = tokenizers.Tokenizer(tokenizers.models.BPE())
    model.decoder = tokenizers.decoders.Fuse()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=300, show_progress=False)
    model.train_from_iterator(texts, trainer)
    decoder = FastTokens(8, 3, model.decode, lambda text: model.encode(text).ids)
    tokens = decoder.encode(chunks[0])
    assert len(tokens) < 24, "pieces are longer than one coefficient"
    np.testing.assert_array_equal(decoder.decode(tokens).rows, plain.decode(list(texts[0])).rows)


def test_impossible_number_of_bins_is_refused():
    with pytest.raises(ConfigError, match=r"2\.\.32000"):
        BinTokens(width=7, bins=1)
