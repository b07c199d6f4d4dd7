"""Run one collector and turn whatever it does into a report."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

from xrattest.errors import CollectError, Unavailable
from xrattest.evidence import ResultCode
from xrattest.plugin.bodywriter import BodyWriter
from xrattest.plugin.collector import Collector, Context
from xrattest.plugin.messages import Report
from xrattest.plugin.processes import Limits
from xrattest.plugin.reasons import reason_of


def collect_and_report(
    collector: Collector,
    context: Context,
    body: BodyWriter,
    limits: Limits,
    on_memory: Callable[[], None] = lambda: None,
) -> Report:
    """Run one collector; whatever it does short of ending the process becomes a `Report`.

    `on_memory` is called first when the memory limit was hit. `KeyboardInterrupt` is the one exception that leaves.
    """
    try:
        returned: Any = collector.collect(context, body)  # type: ignore[func-returns-value] # a plugin may return anything
        _check_returned(returned, body)
        body.finish()
    except Unavailable as absent:
        return Report(code=ResultCode.UNAVAILABLE, reason=reason_of(absent))
    except KeyboardInterrupt:
        raise
    except MemoryError:
        on_memory()
        return _failure(f"over the memory limit of {limits.memory_text}")
    except OSError as error:
        if error.errno == errno.EFBIG:
            return _failure(f"wrote more than the output limit of {limits.output_text}")
        return _failure(reason_of(error))
    except BaseException as error:  # noqa: BLE001 - SystemExit and friends cost this collector's part alone
        return _failure(reason_of(error))
    code = ResultCode.PARTIAL if body.problems else ResultCode.SUCCESS
    return Report(code=code, problems=body.problems, unlisted=body.unlisted)


def _check_returned(returned: object, body: BodyWriter) -> None:
    if returned is not None:
        raise CollectError(f"collect() returned {type(returned).__name__} instead of writing to its body")
    if body.empty:
        raise CollectError("collect() wrote no member")


def _failure(reason: str) -> Report:
    return Report(code=ResultCode.FAILURE, reason=reason)
