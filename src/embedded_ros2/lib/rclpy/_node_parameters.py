# SPDX-License-Identifier: Apache-2.0
"""The parameter API of a node. Values and checks are in ``_parameter_store``, services in ``parameter_service``."""

from __future__ import annotations

import copy
import threading
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from rcl_interfaces.msg import (
    ListParametersResult,
    ParameterDescriptor,
    ParameterEvent,
    ParameterValue,
    SetParametersResult,
)

from rclpy._parameter_callbacks import SetCallbacks
from rclpy._parameter_store import ParameterStore, check_against, failure, success, with_declared_type
from rclpy.exceptions import (
    InvalidParameterException,
    InvalidParameterTypeException,
    InvalidParameterValueException,
    ParameterAlreadyDeclaredException,
    ParameterImmutableException,
    ParameterNotDeclaredException,
    ParameterUninitializedException,
)
from rclpy.parameter import PARAMETER_SEPARATOR_STRING, Parameter, parameter_value_to_python
from rclpy.qos import qos_profile_parameter_events

_ONLY_NAME_WARNING = (
    "when declaring parameter named {name}, declaring a parameter only providing its name is deprecated. "
    "You have to either:\n"
    "\t- Pass a name and a default value different to PARAMETER NOT SET (and optionally a descriptor).\n"
    "\t- Pass a name and a parameter type.\n"
    "\t- Pass a name and a descriptor with `dynamic_typing=True`\n"
)


class NodeParameters:
    """Parameters of one node; ``Node`` hands its parameter methods to this object.

    Args:
        node: The owner; it must already be able to create publishers.
        overrides: Initial values by name (command line merged with the constructor's).
        allow_undeclared: Whether names may be used without declaration.
        declare_overrides: Whether to declare every override at once.
    """

    def __init__(
        self,
        node: Any,
        overrides: Mapping[str, Parameter] | None = None,
        *,
        allow_undeclared: bool = False,
        declare_overrides: bool = False,
    ) -> None:
        self._node = node
        self._overrides = dict(overrides or {})
        self._allow_undeclared = allow_undeclared
        self._store = ParameterStore()
        self._lock = threading.RLock()
        self.callbacks = SetCallbacks()
        self._events = node.create_publisher(ParameterEvent, "/parameter_events", qos_profile_parameter_events)
        if declare_overrides:
            dynamic = ParameterDescriptor(dynamic_typing=True)
            self.declare_parameters("", [(name, item.value, dynamic) for name, item in self._overrides.items()])

    @property
    def store(self) -> ParameterStore:
        """The declared parameters (read it under no lock only from the executor's thread)."""
        return self._store

    @property
    def overrides(self) -> dict[str, Parameter]:
        """Initial values given from outside, by name."""
        return self._overrides

    # Declaration

    def declare_parameter(
        self,
        name: str,
        value: Any = None,
        descriptor: ParameterDescriptor | None = None,
        ignore_override: bool = False,
    ) -> Parameter:
        """Declare one parameter and return it with its initial value; see ``declare_parameters``."""
        return self.declare_parameters("", [(name, value, descriptor)], ignore_override)[0]

    def declare_parameters(
        self,
        namespace: str,
        parameters: Sequence[tuple],
        ignore_override: bool = False,
    ) -> list[Parameter]:
        """Declare parameters ``(name[, default value or type[, descriptor]])``.

        Raises:
            ParameterAlreadyDeclaredException: A name is declared already.
            InvalidParameterException: A name is empty.
            InvalidParameterTypeException: An override has another type than the default value.
            InvalidParameterValueException: A callback or a range refused the initial value.
            TypeError: An element does not have the form above.
        """
        prefix = namespace + PARAMETER_SEPARATOR_STRING if namespace else ""
        requests = [_declaration(prefix, item) for item in parameters]
        with self._lock:
            taken = [name for name, _, _ in requests if name in self._store]
            if taken:
                raise ParameterAlreadyDeclaredException(taken)
            declared = [self._declare_one(*request, ignore_override=ignore_override) for request in requests]
        self._publish_event(new=[item for item in declared if item.type_ != Parameter.Type.NOT_SET])
        return [self._store[item.name] for item in declared]

    def _declare_one(
        self, name: str, default: Parameter, descriptor: ParameterDescriptor, *, ignore_override: bool
    ) -> Parameter:
        initial = default
        if not ignore_override and name in self._overrides:
            initial = with_declared_type(self._overrides[name], Parameter.Type(descriptor.type))
        result = check_against(initial, descriptor) if initial.type_ != Parameter.Type.NOT_SET else success()
        if not result.successful and "Wrong parameter type" in result.reason:
            raise InvalidParameterTypeException(initial, Parameter.Type(descriptor.type).name)
        if result.successful and initial.type_ != Parameter.Type.NOT_SET:
            result = self.callbacks.ask([initial])
        if not result.successful:
            raise InvalidParameterValueException(name, initial.value, result.reason)
        self._store.declare(initial, descriptor)
        self.callbacks.tell([initial])
        return initial

    def undeclare_parameter(self, name: str) -> None:
        """Forget a parameter.

        Raises:
            ParameterNotDeclaredException: The name is not declared.
            ParameterImmutableException: The parameter is read-only.
        """
        with self._lock:
            parameter = self._declared(name)
            if self._store.descriptor(name).read_only:
                raise ParameterImmutableException(name)
            self._store.remove(name)
        self._publish_event(deleted=[parameter])

    def has_parameter(self, name: str) -> bool:
        """Tell whether a name is declared."""
        return name in self._store

    # Reading

    def get_parameter(self, name: str) -> Parameter:
        """Return a parameter.

        Raises:
            ParameterNotDeclaredException: The name is not declared and undeclared names are not allowed.
            ParameterUninitializedException: A statically typed parameter has no value yet.
        """
        if name not in self._store and self._allow_undeclared:
            return Parameter(name, Parameter.Type.NOT_SET, None)
        parameter = self._declared(name)
        if parameter.type_ == Parameter.Type.NOT_SET and not self._store.descriptor(name).dynamic_typing:
            raise ParameterUninitializedException(name)
        return parameter

    def get_parameters(self, names: Sequence[str]) -> list[Parameter]:
        """Return several parameters; raises as :meth:`get_parameter`."""
        if not all(isinstance(name, str) for name in names):
            raise TypeError("All names must be instances of type str")
        return [self.get_parameter(name) for name in names]

    def get_parameter_or(self, name: str, alternative_value: Parameter | None = None) -> Parameter:
        """Return a parameter, or the alternative when it is undeclared or has no value."""
        if alternative_value is None:
            alternative_value = Parameter(name, Parameter.Type.NOT_SET)
        if name not in self._store or self._store[name].type_ == Parameter.Type.NOT_SET:
            return alternative_value
        return self._store[name]

    def get_parameters_by_prefix(self, prefix: str) -> dict[str, Parameter]:
        """Return the parameters under a prefix by the rest of their name."""
        return self._store.under(prefix)

    def get_parameter_type(self, name: str) -> Parameter.Type:
        """Return the type of a parameter; raises as :meth:`get_parameter`."""
        if name not in self._store and self._allow_undeclared:
            return Parameter.Type.NOT_SET
        return self._declared(name).type_

    def get_parameter_types(self, names: Sequence[str]) -> list[Parameter.Type]:
        """Return the types of several parameters."""
        return [self.get_parameter_type(name) for name in names]

    def describe_parameter(self, name: str) -> ParameterDescriptor:
        """Return the descriptor of a parameter; raises as :meth:`get_parameter`."""
        if name not in self._store and self._allow_undeclared:
            return ParameterDescriptor()
        self._declared(name)
        return self._store.descriptor(name)

    def describe_parameters(self, names: Sequence[str]) -> list[ParameterDescriptor]:
        """Return the descriptors of several parameters."""
        return [self.describe_parameter(name) for name in names]

    def list_parameters(self, prefixes: Sequence[str], depth: int) -> ListParametersResult:
        """List names and groups under prefixes down to ``depth`` levels, 0 for all."""
        names, groups = self._store.list(list(prefixes), depth)
        return ListParametersResult(names=names, prefixes=groups)

    # Setting

    def set_parameters(self, parameter_list: Sequence[Parameter]) -> list[SetParametersResult]:
        """Set parameters one by one, in order; the first undeclared name raises.

        Raises:
            ParameterNotDeclaredException: A name is not declared and undeclared names are not allowed.
        """
        return [self.set_parameters_atomically([parameter]) for parameter in parameter_list]

    def set_parameters_atomically(self, parameter_list: Sequence[Parameter]) -> SetParametersResult:
        """Set all parameters, or none when one is refused.

        Raises:
            ParameterNotDeclaredException: A name is not declared and undeclared names are not allowed.
        """
        with self._lock:
            parameters = self.callbacks.rewrite(list(parameter_list))
            if parameter_list and not parameters:
                return failure("parameter list cannot be empty, this might be due to pre_set_parameters_callback")
            self._admit(parameters)
            result = self._first_failure(parameters)
            if not result.successful:
                return result
            new, changed, deleted = self._apply(parameters)
            self.callbacks.tell(parameters)
        self._publish_event(new, changed, deleted)
        return result

    def _admit(self, parameters: Sequence[Parameter]) -> None:
        unknown = [item.name for item in parameters if item.name not in self._store]
        if not unknown:
            return
        if not self._allow_undeclared:
            raise ParameterNotDeclaredException(self._with_hint(unknown))
        for name in unknown:
            unset = Parameter(name, Parameter.Type.NOT_SET, None)
            self._store.declare(unset, ParameterDescriptor(dynamic_typing=True))

    def _first_failure(self, parameters: Sequence[Parameter]) -> SetParametersResult:
        for parameter in parameters:
            result = self._store.check(parameter)
            if not result.successful:
                return result
        return self.callbacks.ask(list(parameters))

    def _apply(self, parameters: Sequence[Parameter]) -> tuple[list[Parameter], list[Parameter], list[Parameter]]:
        new: list[Parameter] = []
        changed: list[Parameter] = []
        deleted: list[Parameter] = []
        for parameter in parameters:
            old = self._store[parameter.name]
            if parameter.type_ == Parameter.Type.NOT_SET:
                self._store.remove(parameter.name)
                deleted.append(old)
                continue
            self._store.put(parameter)
            (new if old.type_ == Parameter.Type.NOT_SET else changed).append(self._store[parameter.name])
        return new, changed, deleted

    def set_descriptor(
        self, name: str, descriptor: ParameterDescriptor, alternative_value: ParameterValue | None = None
    ) -> ParameterValue:
        """Replace a descriptor and return the parameter's value; the alternative counts if the value no longer fits.

        Raises:
            ParameterNotDeclaredException: The name is not declared.
            ParameterImmutableException: The parameter is read-only.
            InvalidParameterValueException: Neither the value nor the alternative fits.
        """
        with self._lock:
            parameter = self._declared(name)
            if self._store.descriptor(name).read_only:
                raise ParameterImmutableException(name)
            if alternative_value is not None:
                parameter = Parameter(name, value=parameter_value_to_python(alternative_value))
            candidate = copy.copy(descriptor)
            candidate.type = self._store.descriptor(name).type
            result = check_against(parameter, candidate)
            if not result.successful:
                raise InvalidParameterValueException(name, parameter.value, result.reason)
            self._store.replace_descriptor(name, descriptor)
            self._store.put(parameter)
        return self._store[name].get_parameter_value()

    # Private

    def _declared(self, name: str) -> Parameter:
        if name not in self._store:
            raise ParameterNotDeclaredException(self._with_hint([name]))
        return self._store[name]

    def _with_hint(self, names: Sequence[str]) -> str:
        hints = "".join(self._store.hint(name) for name in names[:1])
        return f"{', '.join(names)}{hints}"

    def _publish_event(
        self, new: Sequence[Parameter] = (), changed: Sequence[Parameter] = (), deleted: Sequence[Parameter] = ()
    ) -> None:
        if not (new or changed or deleted):
            return
        self._events.publish(
            ParameterEvent(
                stamp=self._node.get_clock().now().to_msg(),
                node=self._node.get_fully_qualified_name(),
                new_parameters=[item.to_parameter_msg() for item in new],
                changed_parameters=[item.to_parameter_msg() for item in changed],
                deleted_parameters=[item.to_parameter_msg() for item in deleted],
            )
        )


def _declaration(prefix: str, item: tuple) -> tuple[str, Parameter, ParameterDescriptor]:
    if not isinstance(item, tuple) or not 1 <= len(item) <= 3:
        raise TypeError(f"Invalid parameter declaration {item!r}: must be (name[, value[, descriptor]])")
    name, value, descriptor = (*item, None, None)[:3]
    if not isinstance(name, str):
        raise TypeError(f"Invalid parameter declaration {item!r}: the name must be a str")
    if not name:
        raise InvalidParameterException(name)
    if descriptor is not None and not isinstance(descriptor, ParameterDescriptor):
        raise TypeError(f"Invalid parameter declaration {item!r}: the descriptor must be a ParameterDescriptor")
    if value is None and descriptor is None:
        warnings.warn(_ONLY_NAME_WARNING.format(name=name), stacklevel=4)
        descriptor = ParameterDescriptor(dynamic_typing=True)
    descriptor = copy.copy(descriptor) if descriptor is not None else ParameterDescriptor()
    name = prefix + name
    parameter = _default(name, value, descriptor)
    return name, parameter, descriptor


def _default(name: str, value: Any, descriptor: ParameterDescriptor) -> Parameter:
    if isinstance(value, ParameterValue):
        value = parameter_value_to_python(value)
    if isinstance(value, Parameter.Type):
        descriptor.type = value.value
        return Parameter(name, Parameter.Type.NOT_SET, None)
    parameter = Parameter(name, value=value)
    declared = Parameter.Type(descriptor.type)
    if declared != Parameter.Type.NOT_SET and not descriptor.dynamic_typing:
        parameter = with_declared_type(parameter, declared)
    if not descriptor.dynamic_typing and parameter.type_ != Parameter.Type.NOT_SET:
        descriptor.type = parameter.type_.value
    return parameter
