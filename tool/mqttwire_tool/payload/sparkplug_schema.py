# SPDX-License-Identifier: MIT
"""Fields and data types of Sparkplug B, by chapter 6 of Sparkplug 3.0."""

from __future__ import annotations

from functools import cache
from typing import Any

# Message: what it is in, and its fields by number.  `one of` begins the fields of its value.
MESSAGES = {
    "Payload": "1 uint64 timestamp, 2 *Metric metrics, 3 uint64 seq, 4 string uuid, 5 bytes body",
    "Metric": "1 string name, 2 uint64 alias, 3 uint64 timestamp, 4 uint32 datatype,"
    " 5 bool is_historical, 6 bool is_transient, 7 bool is_null, 8 MetaData metadata,"
    " 9 PropertySet properties, one of, 10 uint32 int_value, 11 uint64 long_value,"
    " 12 float float_value, 13 double double_value, 14 bool boolean_value,"
    " 15 string string_value, 16 bytes bytes_value, 17 DataSet dataset_value,"
    " 18 Template template_value",
    "MetaData": "1 bool is_multi_part, 2 string content_type, 3 uint64 size, 4 uint64 seq,"
    " 5 string file_name, 6 string file_type, 7 string md5, 8 string description",
    "PropertySet": "1 *string keys, 2 *PropertyValue values",
    "PropertySetList": "1 *PropertySet propertyset",
    "PropertyValue": "1 uint32 type, 2 bool is_null, one of, 3 uint32 int_value,"
    " 4 uint64 long_value, 5 float float_value, 6 double double_value, 7 bool boolean_value,"
    " 8 string string_value, 9 PropertySet propertyset_value,"
    " 10 PropertySetList propertysets_value",
    "DataSet": "1 uint64 num_of_columns, 2 *string columns, 3 *uint32 types, 4 *Row rows",
    "Row": "1 *DataSetValue elements",
    "DataSetValue": "one of, 1 uint32 int_value, 2 uint64 long_value, 3 float float_value,"
    " 4 double double_value, 5 bool boolean_value, 6 string string_value",
    "Template": "1 string version, 2 *Metric metrics, 3 *Parameter parameters,"
    " 4 string template_ref, 5 bool is_definition",
    "Parameter": "1 string name, 2 uint32 type, one of, 3 uint32 int_value, 4 uint64 long_value,"
    " 5 float float_value, 6 double double_value, 7 bool boolean_value, 8 string string_value",
}

# Data types, by their numbers.
TYPE_NAMES = """
    Unknown Int8 Int16 Int32 Int64 UInt8 UInt16 UInt32 UInt64 Float Double Boolean String
    DateTime Text UUID DataSet Bytes File Template PropertySet PropertySetList Int8Array
    Int16Array Int32Array Int64Array UInt8Array UInt16Array UInt32Array UInt64Array FloatArray
    DoubleArray BooleanArray StringArray DateTimeArray
"""
TYPES = TYPE_NAMES.split()


def type_name(number: int) -> str:
    return TYPES[number] if number < len(TYPES) else f"type {number}"


@cache
def payload_class() -> Any:
    """The message class of payloads.  ImportError: there is no protobuf."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    # By the rules of proto3 for text, which has to be UTF-8; `optional` says what is there.
    file = descriptor_pb2.FileDescriptorProto(name="sparkplug", package="sparkplug")
    file.syntax = "proto3"
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for words in (part.split() for part in fields.split(", ")):
            if words == ["one", "of"]:
                message.oneof_decl.add(name="value")
            else:
                _add(message, int(words[0]), words[1], words[2])
        for field in message.field:
            if field.proto3_optional:  # protobuf wants a `one of` for each, after the others
                field.oneof_index = len(message.oneof_decl)
                message.oneof_decl.add(name=f"_{field.name}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("sparkplug.Payload"))


def _add(message: Any, number: int, kind: str, name: str) -> None:
    field = message.field.add(name=name, number=number)
    repeated = kind.startswith("*")
    kind = kind.lstrip("*")
    field.label = field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL
    if kind in MESSAGES:
        field.type, field.type_name = field.TYPE_MESSAGE, f".sparkplug.{kind}"
    else:
        field.type = field.Type.Value(f"TYPE_{kind.upper()}")
    if message.oneof_decl:
        field.oneof_index = 0
    elif not repeated and kind not in MESSAGES:
        field.proto3_optional = True
