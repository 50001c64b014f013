"""Errors as a program with boto3 meets them."""

import re

import botocore.exceptions

from harness import error_of

#: The codes that were provoked in this run.
PROVOKED = set()

#: The errors for which AWS is to blame.
FAULTS = {"DependencyTimeoutException", "KMSInternalException", "KeyUnavailableException"}


def refused(call, code, message=None, **members):
    """The call ends in an error with this code, its HTTP status, its class and this message (a text, or a compiled pattern)."""
    error = error_of(call, **members)
    client = call.__self__
    response = error.response
    assert response["Error"]["Code"] == code, response["Error"]
    told = response["Error"].get("Message", "")
    if isinstance(message, re.Pattern):
        assert message.fullmatch(told), told
    elif message is not None:
        assert told == message
    assert response["ResponseMetadata"]["HTTPStatusCode"] == (500 if code in FAULTS else 400)
    assert response["ResponseMetadata"]["RequestId"]
    modelled = {shape.name for shape in client.meta.service_model.error_shapes}
    kind = getattr(client.exceptions, code) if code in modelled else botocore.exceptions.ClientError
    assert type(error) is kind
    PROVOKED.add(code)
    return error
