//! What calls come back with, and what is asked of every answer and of every error.

use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::operation::RequestId;
use std::fmt::Debug;

/// The end of a call to any service.
pub trait Answer<O, E> {
    /// The output of a call that succeeded: it has a request id, and its enumerations have values that the SDK knows.
    fn good(self) -> O;

    /// The error of a call that did not.
    fn refused(self) -> Refusal<E>;
}

/// An error of a service, as the SDK gives it to a program.
#[derive(Debug)]
pub struct Refusal<E> {
    pub error: SdkError<E, HttpResponse>,
    pub code: String,
    pub message: String,
    pub status: u16,
}

impl<O: Debug + RequestId, E: Debug + ProvideErrorMetadata> Answer<O, E> for Result<O, SdkError<E, HttpResponse>> {
    #[track_caller]
    fn good(self) -> O {
        let output = self.unwrap();
        assert!(output.request_id().is_some_and(|id| !id.is_empty()), "no request id: {output:?}");
        // The old name of KeySpec takes no new values in the SDK, although answers have them.
        let shown = format!("{output:?}").replace("customer_master_key_spec: Some(Unknown(", "");
        assert!(!shown.contains("Unknown("), "an unknown value: {shown}");
        output
    }

    #[track_caller]
    fn refused(self) -> Refusal<E> {
        let error = self.expect_err("an error");
        assert!(error.request_id().is_some_and(|id| !id.is_empty()), "no request id: {error:?}");
        let SdkError::ServiceError(service) = &error else { panic!("no error of the service: {error:?}") };
        let (code, message) = (service.err().code().unwrap().to_owned(), service.err().message().unwrap_or_default().to_owned());
        let status = service.raw().status().as_u16();
        Refusal { error, code, message, status }
    }
}

impl<E: Debug> Refusal<E> {
    /// The error has this code and status, and this message.
    #[track_caller]
    pub fn is(self, code: &str, status: u16, message: &str) {
        assert_eq!((self.code.as_str(), self.status, self.message.as_str()), (code, status, message));
    }

    /// The error has this code and status.
    #[track_caller]
    pub fn has(self, code: &str, status: u16) {
        assert_eq!((self.code.as_str(), self.status), (code, status), "{}", self.message);
    }
}

/// Calls, and asserts that the SDK makes this modelled error of the answer: variant, code, status, and the message, if one is given.
/// Gives the name of the variant.
macro_rules! refused {
    ($call:expr, $kind:ident $(, $message:expr)?) => {{
        let refusal = $crate::answer::Answer::refused($call.send().await);
        assert!(refusal.code.eq_ignore_ascii_case(stringify!($kind)), "expected {}: {refusal:?}", stringify!($kind));
        $(assert_eq!(refusal.message, $message);)?
        let error = aws_sdk_kms::Error::from(refusal.error);
        assert!(matches!(error, aws_sdk_kms::Error::$kind(_)), "expected {}: {error:?}", stringify!($kind));
        let fault = ["DependencyTimeoutException", "KmsInternalException"].contains(&stringify!($kind));
        assert_eq!(refusal.status, if fault { 500 } else { 400 });
        stringify!($kind)
    }};
}
pub(crate) use refused;
