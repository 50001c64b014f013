//! `Null`: whether the request carries the key at all.

/// `"true"` wants the key absent, `"false"` wants it present.
pub(super) fn holds(wanted: &[Option<bool>], absent: bool) -> bool {
    wanted.contains(&Some(absent))
}
