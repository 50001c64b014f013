//! Looking for events in the trail: by paths into their records, and by filter patterns.

use crate::cloud::FilterPattern;
use crate::diag::{Diagnostic, Span};
use crate::doc::{Fields, Node};

/// Events to find in the trail since the scenario began.
#[derive(Clone, Debug)]
pub struct TrailCheck {
    /// Paths into the record with patterns (`*` and `?`).
    pub matching: Vec<(String, String)>,
    /// A filter pattern as CloudWatch Logs takes it.
    pub filter: Option<FilterPattern>,
    /// At least so many.
    pub at_least: usize,
    /// At most so many.
    pub at_most: Option<usize>,
}

/// Reads one check of the trail.
pub(super) fn read_trail_check(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<TrailCheck> {
    let mut fields = Fields::of(node, "a trail check", diagnostics)?;
    let matching = fields.entries("where", diagnostics);
    let filter = fields.optional("filter");
    let at_least = fields.integer("at_least", diagnostics);
    let at_most = fields.integer("at_most", diagnostics).and_then(|count| usize::try_from(count).ok());
    fields.finish(diagnostics);
    let matching = matching.iter().filter_map(|pair| Some((pair.key.clone(), pair.value.as_str()?.to_owned()))).collect();
    let at_least = at_least.and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::from(at_most.is_none()));
    let filter = filter.and_then(|node| read_filter(node, diagnostics));
    Some(TrailCheck { matching, filter, at_least, at_most })
}

fn read_filter(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<FilterPattern> {
    let Some(text) = node.as_str() else {
        diagnostics.push(node.expected("scenario/filter", "a filter pattern such as \"{ $.errorCode = * }\""));
        return None;
    };
    let read = FilterPattern::parse(text);
    read.map_err(|error| {
        let diagnostic = Diagnostic::error("scenario/filter", format!("no filter pattern: {}", error.message));
        diagnostics.push(diagnostic.at(place_within(node.span, text, error.at), format!("column {} of the pattern", error.at + 1)));
    })
    .ok()
}

/// The place of a character of a text in the file, or the whole text where it does not stand there letter by letter.
fn place_within(span: Span, text: &str, character: usize) -> Span {
    let (start, end) = (span.start as usize, span.end as usize);
    // As it is, or in quotes; with escapes or folded lines the lengths differ.
    let before = match end.saturating_sub(start).checked_sub(text.len()) {
        Some(0) => 0,
        Some(2) => 1,
        Some(_) | None => return span,
    };
    let offset: usize = text.chars().take(character).map(char::len_utf8).sum();
    // A pattern that ends too early is told at its last character.
    let at = start + before + offset.min(text.len().saturating_sub(1));
    let length = text.get(offset..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
    match (u32::try_from(at), u32::try_from(at + length)) {
        (Ok(start), Ok(end)) => Span { start, end, ..span },
        _ => span,
    }
}
