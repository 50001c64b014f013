//! `BinaryEquals`: base64 on both sides, compared byte for byte.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(super) fn parse(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

pub(super) fn matches(wanted: &[Option<Vec<u8>>], value: &str) -> bool {
    parse(value).is_some_and(|value| wanted.iter().flatten().any(|wanted| *wanted == value))
}
