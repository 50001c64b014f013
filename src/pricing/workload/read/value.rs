//! Single values of a workload.

use crate::cloud::{Instant, parse_duration, parse_instant};
use crate::diag::{Diagnostic, cut};
use crate::doc::Node;
use crate::pricing::grouped;
use crate::pricing::workload::service::Form;
use rust_decimal::Decimal;

/// A value that cannot be used: the path of the field, what was expected, and what stands there.
pub(super) fn refused(node: &Node, path: &str, expected: &str) -> Diagnostic {
    let found = node.as_str().map_or_else(|| node.shape().to_owned(), |text| format!("`{}`", cut(text)));
    Diagnostic::error("cost/value", format!("`{path}` is {expected}, found {found}")).at(node.span, format!("expected {expected}"))
}

/// The digits of a whole number; underscores may stand between them.
fn whole(text: &str) -> Option<u64> {
    let tidy = !text.starts_with('_') && !text.ends_with('_') && !text.contains("__");
    let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    if tidy && digits { text.replace('_', "").parse().ok() } else { None }
}

/// A whole number within bounds.
pub(super) fn count(node: &Node, path: &str, (least, most): (u64, u64), diagnostics: &mut Vec<Diagnostic>) -> Option<u64> {
    let number = node.as_str().and_then(whole).filter(|number| (least..=most).contains(number));
    if number.is_none() {
        let bounds = format!("a whole number from {} to {}", grouped(Decimal::from(least)), grouped(Decimal::from(most)));
        let refused = refused(node, path, &bounds);
        let text = node.as_str().unwrap_or("");
        diagnostics.push(if text.contains('%') {
            refused.help("a percentage is no count: write how many a month")
        } else if text.contains(['e', 'E', ',']) {
            refused.help("write it out, with underscores if you like: 10_000_000")
        } else {
            refused
        });
    }
    number
}

/// `true` or `false`.
pub(super) fn flag(node: &Node, path: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<bool> {
    let flag = node.as_bool();
    if flag.is_none() {
        diagnostics.push(refused(node, path, "`true` or `false`"));
    }
    flag
}

/// A number of seconds, or a time like `5m`.
fn seconds(node: &Node, path: &str, (least, most): (u64, u64), diagnostics: &mut Vec<Diagnostic>) -> Option<u64> {
    let text = node.as_str().unwrap_or("");
    let of_time = || parse_duration(text).and_then(|span| u64::try_from(span.num_seconds()).ok());
    let seconds = whole(text).or_else(of_time).filter(|seconds| (least..=most).contains(seconds));
    if seconds.is_none() {
        let expected = format!("a time in seconds, or like `5m`, from {least} to {} s", grouped(Decimal::from(most)));
        diagnostics.push(refused(node, path, &expected));
    }
    seconds
}

/// The number that a field stands for.
pub(super) fn of_form(node: &Node, path: &str, form: &Form, diagnostics: &mut Vec<Diagnostic>) -> Option<u64> {
    match form {
        Form::Count { least, most, .. } => count(node, path, (*least, *most), diagnostics),
        Form::Seconds { least, most } => seconds(node, path, (*least, *most), diagnostics),
        Form::Flag(_) => flag(node, path, diagnostics).map(u64::from),
        Form::Choice(words) => {
            let at = words.iter().position(|word| node.as_str() == Some(word)).and_then(|at| u64::try_from(at).ok());
            if at.is_none() {
                let list: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                diagnostics.push(refused(node, path, &format!("one of {}", list.join(", "))));
            }
            at
        }
    }
}

/// A date, or a date and a time.
pub(super) fn instant(node: &Node, path: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Instant> {
    let instant = node.as_str().and_then(parse_instant);
    if instant.is_none() {
        diagnostics.push(refused(node, path, "a date like `2026-07-01`, or a date and a time like `2026-07-01T12:00:00Z`"));
    }
    instant
}
