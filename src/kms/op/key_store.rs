//! placeholder
use crate::cloud::{ApiError, Caller};
use crate::kms::*;
type R = Result<Response, ApiError>;
fn no() -> ApiError {
    super::no_algorithm("custom key stores yet")
}
pub(super) fn connect(_: &mut Door<'_>, _: &Caller, _: &CustomKeyStoreRequest) -> R {
    Err(no())
}
pub(super) fn disconnect(_: &mut Door<'_>, _: &Caller, _: &CustomKeyStoreRequest) -> R {
    Err(no())
}
pub(super) fn delete(_: &mut Door<'_>, _: &Caller, _: &CustomKeyStoreRequest) -> R {
    Err(no())
}
pub(super) fn create(_: &mut Door<'_>, _: &Caller, _: &CreateCustomKeyStoreRequest) -> R {
    Err(no())
}
pub(super) fn update(_: &mut Door<'_>, _: &Caller, _: &UpdateCustomKeyStoreRequest) -> R {
    Err(no())
}
pub(super) fn describe(_: &mut Door<'_>, _: &Caller, _: &DescribeCustomKeyStoresRequest) -> R {
    Err(no())
}
pub(super) fn makes_random(_: &Door<'_>, _: &Caller, _: &str) -> Result<(), ApiError> {
    Err(no())
}
pub(super) fn link(_: &mut Door<'_>, _: &Caller, _: &str, _: Origin, _: &CreateKeyRequest) -> Result<StoreLink, ApiError> {
    Err(no())
}
