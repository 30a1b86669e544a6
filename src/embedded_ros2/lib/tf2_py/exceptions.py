# SPDX-License-Identifier: Apache-2.0
"""What a lookup of a transform can raise."""


class TransformException(Exception):
    """Base of all exceptions of the transform buffer."""


class LookupException(TransformException):
    """A frame is unknown."""


class ConnectivityException(TransformException):
    """Two frames are in different trees."""


class ExtrapolationException(TransformException):
    """The buffer has no data at the requested time."""


class InvalidArgumentException(TransformException):
    """An argument cannot be used, e.g. an empty frame name."""


class TimeoutException(TransformException):
    """A transform did not come in time."""
