//! AWS's errors, with what the model knows of their cause.

use super::DecisionTrace;
use crate::diag::Span;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// An error as AWS returns it. It is an answer of the model, and a check may expect it.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    /// The error code, such as `AccessDeniedException`.
    pub code: Cow<'static, str>,
    /// AWS's message text.
    pub message: String,
    /// The HTTP status that carries it.
    pub http_status: u16,
    /// What decided it, which AWS does not tell and the model does.
    pub reason: Option<Arc<Reason>>,
}

/// Why something happened: a headline and the evidence below it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reason {
    /// One sentence that names what decided: a statement, a state, a grant, a context.
    pub headline: String,
    /// The evidence, in order.
    pub details: Vec<Detail>,
    /// The whole path to a decision of authorisation, where [`super::Cloud::explain_allows`] asks for it.
    pub trace: Option<Arc<DecisionTrace>>,
}

/// One line of evidence, with its place in the learner's or author's file where it has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// The line.
    pub text: String,
    /// Where it comes from.
    pub span: Option<Span>,
}

impl ApiError {
    /// An error with the status that KMS uses for its client errors.
    #[must_use]
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        ApiError { code: code.into(), message: message.into(), http_status: 400, reason: None }
    }

    /// With another HTTP status.
    #[must_use]
    pub fn status(mut self, http_status: u16) -> Self {
        self.http_status = http_status;
        self
    }

    /// With a reason of one sentence.
    #[must_use]
    pub fn because(self, headline: impl Into<String>) -> Self {
        self.with_reason(Arc::new(Reason::new(headline)))
    }

    /// With a reason.
    #[must_use]
    pub fn with_reason(mut self, reason: Arc<Reason>) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The same cause under a service's own code: how a KMS error comes out of S3, SQS or RDS.
    #[must_use]
    pub fn translate(&self, code: &'static str, message: impl Into<String>, http_status: u16) -> Self {
        let reason = self.reason.clone().unwrap_or_else(|| Arc::new(Reason::new(format!("KMS answered {}: {}", self.code, self.message))));
        ApiError { code: code.into(), message: message.into(), http_status, reason: Some(reason) }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() { f.write_str(&self.code) } else { write!(f, "{}: {}", self.code, self.message) }
    }
}

impl std::error::Error for ApiError {}

impl Reason {
    /// A reason with a headline.
    #[must_use]
    pub fn new(headline: impl Into<String>) -> Self {
        Reason { headline: headline.into(), details: Vec::new(), trace: None }
    }

    /// Adds a line of evidence.
    #[must_use]
    pub fn detail(mut self, text: impl Into<String>, span: Option<Span>) -> Self {
        self.details.push(Detail { text: text.into(), span });
        self
    }
}
