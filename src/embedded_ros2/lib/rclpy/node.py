# SPDX-License-Identifier: Apache-2.0
"""Nodes. Factories, graph queries and parameters are in the classes that ``Node`` is composed of."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

from rclpy import _rosout
from rclpy._arguments import RosArguments
from rclpy._executable import Executable
from rclpy._name_resolution import NodeNames
from rclpy._node_endpoints import NodeEndpointApi
from rclpy._node_graph import NodeGraphApi
from rclpy._node_parameter_api import NodeParameterApi
from rclpy._node_parameters import NodeParameters
from rclpy._node_state import KINDS, NodeState
from rclpy._parameter_overrides import overrides_from_arguments
from rclpy._vendor_watch import VendorWatch
from rclpy.callback_groups import CallbackGroup
from rclpy.clock import Clock
from rclpy.context import Context
from rclpy.exceptions import NotInitializedException
from rclpy.logging import get_logger
from rclpy.parameter import Parameter
from rclpy.parameter_service import ParameterService
from rclpy.time_source import TimeSource
from rclpy.type_description_service import TypeDescriptionService
from rclpy.utilities import get_default_context

HIDDEN_NODE_PREFIX = "_"


class Node(NodeEndpointApi, NodeGraphApi, NodeParameterApi):
    """A participant of the ROS graph with a name, until it is destroyed or its context leaves the network.

    Args:
        node_name: Its name; remap rules may change it.
        cli_args: Arguments with ``--ros-args`` for this node only; they come before those of init().
        namespace: Its namespace; remap rules may change it.
        parameter_overrides: Initial values that take precedence over those of the command line.

    Raises:
        NotInitializedException: init() has not been called.
        InvalidNodeNameException: The name breaks the naming rules.
        InvalidNamespaceException: The namespace breaks the naming rules.
    """

    def __init__(
        self,
        node_name: str,
        *,
        context: Context | None = None,
        cli_args: Sequence[str] | None = None,
        namespace: str | None = None,
        use_global_arguments: bool = True,
        enable_rosout: bool = True,
        start_parameter_services: bool = True,
        parameter_overrides: Sequence[Parameter] | None = None,
        allow_undeclared_parameters: bool = False,
        automatically_declare_parameters_from_overrides: bool = False,
        enable_logger_service: bool = False,
    ):
        context = context or get_default_context()
        if not context.ok():
            raise NotInitializedException("cannot create node")
        arguments = _arguments(context, cli_args, use_global_arguments=use_global_arguments)
        names = NodeNames.resolve(node_name, namespace or "", arguments.remap_rules)
        state = self._node_state = NodeState(context, names)
        context.track_node(self)
        with contextlib.ExitStack() as on_error:
            on_error.callback(Node.destroy_node, self)
            state.logger = get_logger(names.fully_qualified.strip("/").replace("/", "."))
            if enable_rosout and arguments.rosout_enabled:
                state.rosout = _rosout.attach(self)
            overrides = overrides_from_arguments(arguments.arguments, names.fully_qualified)
            overrides |= {parameter.name: parameter for parameter in parameter_overrides or ()}
            state.parameters = NodeParameters(
                self,
                overrides,
                allow_undeclared=allow_undeclared_parameters,
                declare_overrides=automatically_declare_parameters_from_overrides,
            )
            state.time_source = TimeSource(node=self)
            state.time_source.attach_clock(state.clock)
            if start_parameter_services:
                state.services.append(ParameterService(self, state.parameters))
            state.services.append(TypeDescriptionService(self))
            if enable_logger_service:
                from rclpy.logging_service import LoggingService

                state.services.append(LoggingService(self))
            state.add("waitables", VendorWatch(context, state.logger))
            on_error.pop_all()

    # Identity

    def get_name(self) -> str:
        """Return the name after remapping."""
        return self._node_state.names.name

    def get_namespace(self) -> str:
        """Return the namespace after remapping."""
        return self._node_state.names.namespace

    def get_fully_qualified_name(self) -> str:
        """Return namespace and name."""
        return self._node_state.names.fully_qualified

    def get_logger(self) -> Any:
        """Return the logger that is named after the node."""
        return self._node_state.logger

    def get_clock(self) -> Clock:
        """Return the node's clock: ROS time."""
        return self._node_state.clock

    def resolve_topic_name(self, topic: str, *, only_expand: bool = False) -> str:
        """Return the fully qualified topic after remapping."""
        return self._node_state.names.resolve_topic(topic, only_expand=only_expand)

    def resolve_service_name(self, service: str, *, only_expand: bool = False) -> str:
        """Return the fully qualified service after remapping."""
        return self._node_state.names.resolve_service(service, only_expand=only_expand)

    @property
    def context(self) -> Context:
        """The context that the node lives in."""
        return self._node_state.context

    @property
    def default_callback_group(self) -> CallbackGroup:
        """The group of entities that are given none: one callback at a time."""
        return self._node_state.callback_groups.default

    @property
    def handle(self) -> Node:
        """The node itself; upstream this is the C++ object."""
        return self

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.get_fully_qualified_name()}>"

    # Entities and execution

    @property
    def executor(self) -> Any:
        """The executor that the node was added to, None if there is none. Setting it moves the node there."""
        return self._node_state.current_executor()

    @executor.setter
    def executor(self, new_executor: Any) -> None:
        current = self._node_state.current_executor()
        if current is new_executor:
            return
        if current is not None:
            self._node_state.executor = None
            current.remove_node(self)
        self._node_state.executor = None if new_executor is None else weakref.ref(new_executor)
        if new_executor is not None and self not in new_executor.get_nodes():
            new_executor.add_node(self)

    @property
    def revision(self) -> int:
        """Counts the changes of the node's entities."""
        return self._node_state.entities.revision

    def executables(self) -> Iterator[Executable]:
        """Return what an executor waits for."""
        return self._node_state.entities.executables()

    @property
    def publishers(self) -> Iterator[Any]:
        yield from self._node_state.entities.of("publishers")

    @property
    def subscriptions(self) -> Iterator[Any]:
        yield from self._node_state.entities.of("subscriptions")

    @property
    def clients(self) -> Iterator[Any]:
        yield from self._node_state.entities.of("clients")

    @property
    def services(self) -> Iterator[Any]:
        yield from self._node_state.entities.of("services")

    @property
    def timers(self) -> Iterator[Any]:
        yield from self._node_state.entities.of("timers")

    @property
    def guards(self) -> Iterator[Any]:
        yield from self._node_state.entities.of("guards")

    @property
    def waitables(self) -> Iterator[Any]:
        yield from self._node_state.entities.of("waitables")

    def destroy_node(self) -> None:
        """Leave the graph and destroy all entities. A second call does nothing."""
        state = self._node_state
        if not state.announcement.stands:
            return
        if state.rosout is not None:
            _rosout.detach(self, state.rosout)
        for kind in reversed(KINDS):
            for entity in reversed(state.entities.of(kind)):
                state.remove(kind, entity)
                if hasattr(entity, "destroy"):
                    entity.destroy()
        if state.time_source is not None:  # else the making of this node was interrupted by an error
            state.time_source.detach_node()
        self.executor = None
        state.announcement.withdraw()
        state.context.untrack_node(self)

    def __enter__(self) -> Node:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.destroy_node()


def _arguments(context: Context, cli_args: Sequence[str] | None, *, use_global_arguments: bool) -> RosArguments:
    """Return the node's own arguments with those of init() behind them: the first remap rule that fits counts."""
    own = RosArguments.parse(cli_args or ())
    if not use_global_arguments:
        return own
    everywhere = context.arguments
    return RosArguments(
        # The last parameter value counts, so here the node's own come last.
        arguments=(*everywhere.arguments, "--", *own.arguments),
        remap_rules=own.remap_rules + everywhere.remap_rules,
        enclave=own.enclave or everywhere.enclave,
        switches=own.switches | everywhere.switches,
    )
