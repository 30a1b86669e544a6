# SPDX-License-Identifier: Apache-2.0
"""Videos of a camera: written frame by frame, joined without coding them again, read back. PyAV does the coding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from vla_ros.dataset.config import CODECS
from vla_ros.errors import VlaError

__all__ = ["VideoWriter", "join_videos", "read_video", "video_facts"]

Image = npt.NDArray[np.uint8]
GROUP = 2  # frames from key frame to key frame, as LeRobot writes: any frame is found by decoding two
PIXELS = "yuv420p"
FAST = {"h264": {"preset": "veryfast", "bf": "0"}, "av1": {"preset": "12"}}  # no reordered frames: joined by stamps


def video_facts(codec: str) -> dict[str, Any]:
    """Return what ``meta/info.json`` tells of every video."""
    return {
        "video.codec": codec,
        "video.pix_fmt": PIXELS,
        "video.is_depth_map": False,
        "has_audio": False,
    }


class VideoWriter:
    """Writes one file; use as a context manager. Frame ``i`` is due at ``i / fps``."""

    def __init__(self, path: Path, fps: int, codec: str, crf: int) -> None:
        self._path, self._fps = path, fps
        self._codec, self._options = codec, FAST[codec] | {"crf": str(crf), "g": str(GROUP)}
        self._container: Any = None
        self._stream: Any = None
        self._count = 0

    def __enter__(self) -> VideoWriter:
        """Create the file."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._container = av.open(str(self._path), "w", format="mp4")
        return self

    def write(self, image: Image) -> None:
        """Add a picture ``(H, W, 3)`` RGB; all have the size of the first, both sides even.

        Raises:
            VlaError: it has another or an odd size.
        """
        height, width = image.shape[:2]
        if self._stream is None:
            self._open(width, height)
        if (self._stream.width, self._stream.height) != (width, height):
            size = f"{self._stream.width}x{self._stream.height}"
            raise VlaError(f"a picture of {width}x{height} does not fit the video of {size}")
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        frame.pts = self._count
        self._count += 1
        for packet in self._stream.encode(frame):
            self._container.mux(packet)

    def _open(self, width: int, height: int) -> None:
        if width % 2 or height % 2:
            raise VlaError(f"videos need even sides, pictures are {width}x{height}: change the contract's image size")
        stream = self._container.add_stream(CODECS[self._codec], rate=self._fps, options=self._options)
        stream.width, stream.height, stream.pix_fmt = width, height, PIXELS
        stream.time_base = stream.codec_context.time_base = Fraction(1, self._fps)
        stream.codec_context.thread_count = 1  # bags are exported side by side
        self._stream = stream

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is left and close the file."""
        if self._stream is not None and kind is None:
            for packet in self._stream.encode():
                self._container.mux(packet)
        self._container.close()


def join_videos(parts: Sequence[Path], lengths: Sequence[int], target: Path, fps: int) -> None:
    """Write the videos one after the other without coding them again.

    Args:
        parts: Files of the same size and codec.
        lengths: Frames of each.
        target: New file.
        fps: Frames a second.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(target), "w", format="mp4") as output:
        stream: Any = None
        start = 0
        for part, length in zip(parts, lengths, strict=True):
            with av.open(str(part)) as source:
                video = source.streams.video[0]
                stream = stream if stream is not None else output.add_stream_from_template(video, opaque=True)
                _copy(source, video, output, (stream, Fraction(start, fps)))
            start += length


def _copy(source: Any, video: Any, output: Any, place: tuple[Any, Fraction]) -> None:
    stream, offset_s = place
    for packet in source.demux(video):
        if packet.dts is None:
            continue
        shift = round(offset_s / packet.time_base)
        packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
        packet.stream = stream
        output.mux(packet)


def read_video(path: Path, begin_s: float = 0.0, end_s: float = float("inf")) -> Iterator[tuple[float, Image]]:
    """Yield time [s] and picture ``(H, W, 3)`` RGB of the frames in ``[begin_s, end_s)``."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        half = 0.5 / float(stream.average_rate)
        if begin_s > 0.0:
            container.seek(int(begin_s / stream.time_base), stream=stream)
        for frame in container.decode(stream):
            at_s = float(frame.pts * stream.time_base)
            if at_s >= end_s - half:
                return
            if at_s >= begin_s - half:
                yield at_s, frame.to_ndarray(format="rgb24")
