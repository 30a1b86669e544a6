# SPDX-License-Identifier: Apache-2.0
"""FAST tokens against the algorithm of arXiv 2501.09747 written out again, with a real byte-pair model."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.fft import dct

from vla_ros.policy.decoders import FastTokens

tokenizers = pytest.importorskip("tokenizers")

ROWS, WIDTH, SCALE, MINIMUM = 10, 3, 10.0, -354


def cosine_basis(rows):
    """Return the orthonormal DCT-II matrix by its definition: row k is the k-th frequency."""

    def entry(k, n):
        return math.sqrt((2.0 if k else 1.0) / rows) * math.cos(math.pi * k * (2 * n + 1) / (2 * rows))

    return np.array([[entry(k, n) for n in range(rows)] for k in range(rows)])


BASIS = cosine_basis(ROWS)


def reference_text(chunk):
    """Characters of the quantised coefficients: all columns of frequency 0, then of frequency 1, and so on."""
    characters = []
    for frequency in range(ROWS):
        for column in range(WIDTH):
            coefficient = sum(BASIS[frequency][row] * chunk[row][column] for row in range(ROWS))
            characters.append(chr(max(0, round(coefficient * SCALE) - MINIMUM)))
    return "".join(characters)


def reference_chunk(text):
    """Return the chunk of a text, or None where it is not exactly one chunk."""
    if len(text) != ROWS * WIDTH:
        return None
    coefficients = [[(ord(text[k * WIDTH + c]) + MINIMUM) / SCALE for c in range(WIDTH)] for k in range(ROWS)]
    return np.array(
        [[sum(BASIS[k][row] * coefficients[k][c] for k in range(ROWS)) for c in range(WIDTH)] for row in range(ROWS)]
    )


def smooth_chunks(count, seed):
    rng = np.random.default_rng(seed)
    return [np.cumsum(rng.normal(0, 0.05, (ROWS, WIDTH)), axis=0) for _ in range(count)]


@pytest.fixture(scope="module")
def model():
    pieces = tokenizers.Tokenizer(tokenizers.models.BPE())
    pieces.decoder = tokenizers.decoders.Fuse()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=400, show_progress=False)
    pieces.train_from_iterator([reference_text(chunk) for chunk in smooth_chunks(60, 1)], trainer)
    return pieces


@pytest.fixture(scope="module")
def fast(model):
    return FastTokens(ROWS, WIDTH, model.decode, lambda text: model.encode(text).ids, SCALE, MINIMUM)


def test_the_cosine_transform_of_scipy_is_the_definition():
    chunk = smooth_chunks(1, 2)[0]
    np.testing.assert_allclose(dct(chunk, axis=0, norm="ortho"), BASIS @ chunk, atol=1e-12)
    np.testing.assert_allclose(BASIS @ BASIS.T, np.eye(ROWS), atol=1e-12)


def test_encoding_is_the_references(fast, model):
    for chunk in smooth_chunks(20, 3):
        assert fast.encode(chunk) == model.encode(reference_text(chunk)).ids


def test_decoding_is_the_references(fast, model):
    for chunk in smooth_chunks(20, 4):
        tokens = model.encode(reference_text(chunk)).ids
        np.testing.assert_allclose(fast.decode(tokens).rows, reference_chunk(reference_text(chunk)), atol=1e-12)


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 2**16), cut=st.integers(-6, 6), swap=st.booleans())
def test_a_token_sequence_is_valid_exactly_where_the_reference_has_a_chunk(fast, model, seed, cut, swap):
    rng = np.random.default_rng(seed)
    tokens = model.encode(reference_text(smooth_chunks(1, seed)[0])).ids
    size = model.get_vocab_size()
    if swap:
        tokens[int(rng.integers(len(tokens)))] = int(rng.integers(size))
    tokens = tokens[:cut] if cut < 0 else tokens + rng.integers(0, size, cut).tolist()
    expected, found = reference_chunk(model.decode(tokens)), fast.decode(tokens)
    assert found.ok == (expected is not None)
    if expected is None:
        assert found.rows.size == 0 and found.reason
    else:
        np.testing.assert_allclose(found.rows, expected, atol=1e-12)


def test_a_token_beyond_the_vocabulary_is_no_chunk(fast, model):
    tokens = model.encode(reference_text(smooth_chunks(1, 9)[0])).ids
    assert not fast.decode([*tokens[:-1], model.get_vocab_size() + 5]).ok
