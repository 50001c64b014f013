//! Why a request is turned away before it reaches a service, in the words of each protocol.

use crate::cloud::ApiError;
use std::borrow::Cow;

/// How a client talks to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// AWS JSON 1.1: KMS.
    Json,
    /// The query protocol, which answers in XML: STS.
    Query,
}

/// The kinds of refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// There is no signature.
    Missing,
    /// The signature lacks something.
    Incomplete,
    /// The access key or the session token is not known.
    UnknownKey,
    /// The signature is wrong, or too old, or for another service.
    Signature,
    /// The session has ended.
    ExpiredToken,
    /// The service does not know the operation.
    UnknownOperation,
    /// The body is no request of the protocol.
    Malformed,
    /// The body is too large.
    TooLarge,
    /// The server cannot keep what the call would change.
    Internal,
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its kind.
    pub kind: RefusalKind,
    /// AWS's message.
    pub message: Cow<'static, str>,
}

/// What a kind is called in JSON and in the query protocol, with its HTTP status.
struct Row {
    kind: RefusalKind,
    json: (&'static str, u16),
    query: (&'static str, u16),
}

/// Source: "Common Error Types" of the AWS KMS API Reference and "Common Errors" of the AWS STS API Reference; the names that the JSON
/// services send are those that clients report.
const ROWS: [Row; 9] = [
    Row { kind: RefusalKind::Missing, json: ("MissingAuthenticationTokenException", 400), query: ("MissingAuthenticationToken", 403) },
    Row { kind: RefusalKind::Incomplete, json: ("IncompleteSignatureException", 400), query: ("IncompleteSignature", 400) },
    Row { kind: RefusalKind::UnknownKey, json: ("UnrecognizedClientException", 400), query: ("InvalidClientTokenId", 403) },
    Row { kind: RefusalKind::Signature, json: ("InvalidSignatureException", 400), query: ("SignatureDoesNotMatch", 403) },
    Row { kind: RefusalKind::ExpiredToken, json: ("ExpiredTokenException", 400), query: ("ExpiredToken", 403) },
    Row { kind: RefusalKind::UnknownOperation, json: ("UnknownOperationException", 400), query: ("InvalidAction", 400) },
    Row { kind: RefusalKind::Malformed, json: ("SerializationException", 400), query: ("MalformedQueryString", 400) },
    Row { kind: RefusalKind::TooLarge, json: ("RequestEntityTooLargeException", 413), query: ("RequestEntityTooLarge", 413) },
    Row { kind: RefusalKind::Internal, json: ("KMSInternalException", 500), query: ("InternalFailure", 500) },
];

impl Refusal {
    /// A refusal.
    #[must_use]
    pub fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Refusal { kind, message: Cow::Owned(message.into()) }
    }

    /// The error that a client of this protocol sees.
    #[must_use]
    pub fn error(&self, protocol: Protocol) -> ApiError {
        let row = ROWS.iter().find(|row| row.kind == self.kind);
        let (code, status) = row.map_or(("InternalFailure", 500), |row| match protocol {
            Protocol::Json => row.json,
            Protocol::Query => row.query,
        });
        ApiError::new(code, self.message.clone()).status(status)
    }
}
