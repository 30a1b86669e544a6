# SPDX-License-Identifier: Apache-2.0
"""Ingestion: messages to synchronised observations, never a made-up one. No ROS, no clock, no threads."""

from vla_ros.ingest.aligner import Aligner, Rejection
from vla_ros.ingest.bag_source import BagError, bag_messages, bag_observations
from vla_ros.ingest.decoders import Arrival, StreamDecoder
from vla_ros.ingest.ingestor import Ingestor, Route, routes
from vla_ros.ingest.sample import MalformedSampleError, Sample

__all__ = [
    "Aligner",
    "Arrival",
    "BagError",
    "Ingestor",
    "MalformedSampleError",
    "Rejection",
    "Route",
    "Sample",
    "StreamDecoder",
    "bag_messages",
    "bag_observations",
    "routes",
]
