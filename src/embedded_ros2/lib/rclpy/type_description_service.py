# SPDX-License-Identifier: Apache-2.0
"""The service that describes the types a node uses to those that do not have them."""

from __future__ import annotations

from typing import Any

from rcl_interfaces.msg import ParameterDescriptor
from type_description_interfaces.msg import Field, FieldType, IndividualTypeDescription, TypeDescription, TypeSource
from type_description_interfaces.srv import GetTypeDescription

from embedded_ros2.interfaces import InterfaceError, rihs01, type_description
from embedded_ros2.interfaces.source import interface_path

START_TYPE_DESCRIPTION_SERVICE_PARAM = "start_type_description_service"
_DESCRIPTOR = ParameterDescriptor(
    description="If enabled, start the ~/get_type_description service.",
    read_only=True,
)


class TypeDescriptionService:
    """Serves ``~/get_type_description`` unless the parameter ``start_type_description_service`` is false.

    Unlike upstream it knows every interface that the process can find, not only those in use.

    Args:
        node: The node that owns the service.
    """

    def __init__(self, node: Any) -> None:
        name = START_TYPE_DESCRIPTION_SERVICE_PARAM
        if not node.has_parameter(name):
            node.declare_parameter(name, True, _DESCRIPTOR)
        if node.get_parameter(name).value is True:
            node.create_service(GetTypeDescription, "~/get_type_description", self._describe)

    @staticmethod
    def _describe(request: Any, response: Any) -> Any:
        try:
            own_hash = rihs01(request.type_name)
            if request.type_hash not in ("", own_hash):
                response.failure_reason = f"the type is known here with the hash {own_hash} only"
                return response
            description = type_description(request.type_name)
        except (InterfaceError, ValueError) as error:
            response.failure_reason = str(error)
            return response
        parts = description["referenced_type_descriptions"]
        main = _individual(description["type_description"])
        response.type_description = TypeDescription(
            type_description=main, referenced_type_descriptions=[_individual(part) for part in parts]
        )
        if request.include_type_sources:
            names = [main.type_name, *(part["type_name"] for part in parts)]
            response.type_sources = [_source(name) for name in names]
        response.successful = True
        return response


def _individual(description: dict[str, Any]) -> IndividualTypeDescription:
    fields = [Field(name=field["name"], type=FieldType(**field["type"])) for field in description["fields"]]
    return IndividualTypeDescription(type_name=description["type_name"], fields=fields)


def _source(name: str) -> TypeSource:
    package, kind, short = name.split("/")
    try:
        text = interface_path(package, kind, short).read_text(encoding="utf-8")
    except (InterfaceError, OSError):
        # A part of a service or action: its text is in the whole one's file.
        return TypeSource(type_name=name, encoding="implicit")
    return TypeSource(type_name=name, encoding=kind, raw_file_contents=text)
