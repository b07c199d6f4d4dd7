import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class HashAlgorithm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HASH_ALGORITHM_MD4: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_MD5: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_SHA1: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_RIPEMD160: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_SHA256: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_SHA384: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_SHA512: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_SHA224: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_RMD128: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_RMD256: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_RMD320: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_WP256: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_WP384: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_WP512: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_TGR128: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_TGR160: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_TGR192: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_SM3_256: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_STREEBOG_256: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_STREEBOG_512: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_SHA3_256: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_SHA3_384: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_SHA3_512: _ClassVar[HashAlgorithm]

class Template(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TEMPLATE_UNSPECIFIED: _ClassVar[Template]
    TEMPLATE_IMA_SIG: _ClassVar[Template]
    TEMPLATE_IMA_NG: _ClassVar[Template]
    TEMPLATE_IMA: _ClassVar[Template]
    TEMPLATE_IMA_NGV2: _ClassVar[Template]
    TEMPLATE_IMA_SIGV2: _ClassVar[Template]
    TEMPLATE_IMA_BUF: _ClassVar[Template]
    TEMPLATE_IMA_MODSIG: _ClassVar[Template]
    TEMPLATE_EVM_SIG: _ClassVar[Template]
    TEMPLATE_OTHER: _ClassVar[Template]
HASH_ALGORITHM_MD4: HashAlgorithm
HASH_ALGORITHM_MD5: HashAlgorithm
HASH_ALGORITHM_SHA1: HashAlgorithm
HASH_ALGORITHM_RIPEMD160: HashAlgorithm
HASH_ALGORITHM_SHA256: HashAlgorithm
HASH_ALGORITHM_SHA384: HashAlgorithm
HASH_ALGORITHM_SHA512: HashAlgorithm
HASH_ALGORITHM_SHA224: HashAlgorithm
HASH_ALGORITHM_RMD128: HashAlgorithm
HASH_ALGORITHM_RMD256: HashAlgorithm
HASH_ALGORITHM_RMD320: HashAlgorithm
HASH_ALGORITHM_WP256: HashAlgorithm
HASH_ALGORITHM_WP384: HashAlgorithm
HASH_ALGORITHM_WP512: HashAlgorithm
HASH_ALGORITHM_TGR128: HashAlgorithm
HASH_ALGORITHM_TGR160: HashAlgorithm
HASH_ALGORITHM_TGR192: HashAlgorithm
HASH_ALGORITHM_SM3_256: HashAlgorithm
HASH_ALGORITHM_STREEBOG_256: HashAlgorithm
HASH_ALGORITHM_STREEBOG_512: HashAlgorithm
HASH_ALGORITHM_SHA3_256: HashAlgorithm
HASH_ALGORITHM_SHA3_384: HashAlgorithm
HASH_ALGORITHM_SHA3_512: HashAlgorithm
TEMPLATE_UNSPECIFIED: Template
TEMPLATE_IMA_SIG: Template
TEMPLATE_IMA_NG: Template
TEMPLATE_IMA: Template
TEMPLATE_IMA_NGV2: Template
TEMPLATE_IMA_SIGV2: Template
TEMPLATE_IMA_BUF: Template
TEMPLATE_IMA_MODSIG: Template
TEMPLATE_EVM_SIG: Template
TEMPLATE_OTHER: Template

class ImaEventLog(_message.Message):
    __slots__ = ("version", "first_event_number", "collected_at", "events", "template_hash_algorithm", "big_endian", "packed_events")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FIRST_EVENT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    COLLECTED_AT_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_HASH_ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    BIG_ENDIAN_FIELD_NUMBER: _ClassVar[int]
    PACKED_EVENTS_FIELD_NUMBER: _ClassVar[int]
    version: int
    first_event_number: int
    collected_at: _timestamp_pb2.Timestamp
    events: _containers.RepeatedCompositeFieldContainer[ImaEvent]
    template_hash_algorithm: HashAlgorithm
    big_endian: bool
    packed_events: bytes
    def __init__(self, version: _Optional[int] = ..., first_event_number: _Optional[int] = ..., collected_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., events: _Optional[_Iterable[_Union[ImaEvent, _Mapping]]] = ..., template_hash_algorithm: _Optional[_Union[HashAlgorithm, str]] = ..., big_endian: _Optional[bool] = ..., packed_events: _Optional[bytes] = ...) -> None: ...

class ImaEvent(_message.Message):
    __slots__ = ("event_number", "pcr_index", "template_hash", "filedata_hash_algorithm", "filedata_hash", "filename_hint", "signature", "template", "template_data", "template_name")
    EVENT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    PCR_INDEX_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_HASH_FIELD_NUMBER: _ClassVar[int]
    FILEDATA_HASH_ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    FILEDATA_HASH_FIELD_NUMBER: _ClassVar[int]
    FILENAME_HINT_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_DATA_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_NAME_FIELD_NUMBER: _ClassVar[int]
    event_number: int
    pcr_index: int
    template_hash: bytes
    filedata_hash_algorithm: HashAlgorithm
    filedata_hash: bytes
    filename_hint: bytes
    signature: bytes
    template: Template
    template_data: bytes
    template_name: str
    def __init__(self, event_number: _Optional[int] = ..., pcr_index: _Optional[int] = ..., template_hash: _Optional[bytes] = ..., filedata_hash_algorithm: _Optional[_Union[HashAlgorithm, str]] = ..., filedata_hash: _Optional[bytes] = ..., filename_hint: _Optional[bytes] = ..., signature: _Optional[bytes] = ..., template: _Optional[_Union[Template, str]] = ..., template_data: _Optional[bytes] = ..., template_name: _Optional[str] = ...) -> None: ...
