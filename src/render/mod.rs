//! Results as text and JSON.
//!
//! Nothing here decides anything or prints anything: functions from values to strings, for `cli` to write out.
//! Every text that came from outside goes through [`safe()`] or [`safe_line`] on its way.

mod diagnostic;
mod excerpt;
mod safe;
mod wrap;

pub use diagnostic::{diagnostics_json, diagnostics_text};
pub use safe::{safe, safe_line};
pub use wrap::wrap;
