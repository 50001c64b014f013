//! Diagnostics as text with carets, and as JSON.

use annotate_snippets::renderer::{DEFAULT_HELP_STYLE, DEFAULT_LINE_NUM_STYLE, Renderer};
use annotate_snippets::{AnnotationKind, Group, Level, Snippet};
use serde_json::{Value, json};

use super::excerpt::{Caret, Excerpt};
use super::{safe_line, wrap};
use crate::diag::{Diagnostic, Label, Severity, Sources};

/// Diagnostics as people read them, in the order of files and places, `width` columns wide.
///
/// ```text
/// error[doc/duplicate-key]: key `a` stands twice in one mapping
///  --> scenario.yaml:3:1
///   |
/// 1 | a: 1
///   | - first here
/// 2 | b: 2
/// 3 | a: 3
///   | ^ again here
/// help: remove one of them, or rename it
/// ```
///
/// All of them are shown: the caller decides how many are too many.
#[must_use]
pub fn diagnostics_text(diagnostics: &[Diagnostic], sources: &Sources, color: bool, width: usize) -> String {
    // The excerpts fit already, by display width and with each mark whole: the renderer cuts nothing more.
    let renderer = if color { Renderer::styled() } else { Renderer::plain() }.term_width(UNCUT);
    let look = Look { renderer, color, width };
    let blocks: Vec<String> = sorted(diagnostics).into_iter().map(|diagnostic| text(diagnostic, sources, &look)).collect();
    blocks.join("\n")
}

/// Diagnostics for programs, in the order of files and places: an array of objects with `severity`, `code`,
/// `message`, `labels` (`file`, `line`, `column`, `end_line` if it is another line, `text`) and `help`.
#[must_use]
pub fn diagnostics_json(diagnostics: &[Diagnostic], sources: &Sources) -> Value {
    sorted(diagnostics)
        .into_iter()
        .map(|diagnostic| {
            json!({
                "severity": diagnostic.severity,
                "code": diagnostic.code,
                "message": safe_line(&diagnostic.message),
                "labels": diagnostic.labels.iter().map(|label| label_json(label, sources)).collect::<Value>(),
                "help": diagnostic.help.iter().map(|help| safe_line(help)).collect::<Vec<_>>(),
            })
        })
        .collect()
}

fn label_json(label: &Label, sources: &Sources) -> Value {
    let place = sources.locate(label.span);
    let mut value = json!({ "file": safe_line(&place.file), "line": place.line, "column": place.column, "text": safe_line(&label.text) });
    let end_line = sources.get(label.span.file).map_or(place.line, |source| source.position(label.span.end).0);
    if end_line != place.line
        && let Some(fields) = value.as_object_mut()
    {
        fields.insert("end_line".to_owned(), end_line.into());
    }
    value
}

/// By file and place of the primary label; those without a place come first.
fn sorted(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|diagnostic| diagnostic.labels.first().map(|label| label.span));
    sorted
}

fn text(diagnostic: &Diagnostic, sources: &Sources, look: &Look) -> String {
    let mut lines = vec![look.render(look.title(diagnostic))];
    for (index, excerpt) in excerpts(&diagnostic.labels, sources, look.width).into_iter().enumerate() {
        let primary = diagnostic.labels.first().filter(|_| index == 0);
        let first = primary.unwrap_or_else(|| excerpt.first_label());
        let (drawn, carets) = excerpt.draw();
        let place = sources.locate(first.span);
        let arrow = look.paint(DEFAULT_LINE_NUM_STYLE, if index == 0 { "--> " } else { "::: " });
        lines.push(format!("{:gutter$}{arrow}{}", "", safe_line(&place.to_string()), gutter = excerpt.last_line().to_string().len()));
        if sources.text(first.span.file).is_empty() {
            continue;
        }
        let annotations: Vec<_> = carets
            .into_iter()
            .map(|Caret { range, label }| {
                let kind = if Some(label) == primary { AnnotationKind::Primary } else { AnnotationKind::Context };
                let words = Some(shown(&label.text)).filter(|words| !words.is_empty());
                kind.span(range).label(words)
            })
            .collect();
        let snippet = Snippet::source(drawn).line_start(excerpt.first_line()).annotations(annotations);
        // The excerpt is a part of the file in other characters, so the renderer would count the column wrong:
        // it draws without a place, below a title that was written already.
        let block = look.render(look.title(diagnostic).element(snippet));
        lines.extend(block.split_once('\n').map(|(_, below)| below.to_owned()));
    }
    for help in &diagnostic.help {
        let wrapped = wrap(&shown(help), look.width, "help: ", "      ");
        lines.push(wrapped.strip_prefix("help").map_or_else(String::new, |rest| look.paint(DEFAULT_HELP_STYLE, "help") + rest));
    }
    lines.join("\n") + "\n"
}

/// A width that no line reaches.
const UNCUT: usize = 1 << 20;

/// A message quotes the file, which may hold a name of a megabyte.
const LONGEST_TEXT: usize = 400;

/// Text for one line of output: safe, and cut when very long.
fn shown(text: &str) -> String {
    let cut = text.char_indices().nth(LONGEST_TEXT).and_then(|(end, _)| text.get(..end));
    cut.map_or_else(|| safe_line(text).into_owned(), |start| format!("{}...", safe_line(start)))
}

/// How things are drawn.
struct Look {
    renderer: Renderer,
    color: bool,
    width: usize,
}

impl Look {
    fn title<'d>(&self, diagnostic: &'d Diagnostic) -> Group<'d> {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        Group::with_title(level.primary_title(shown(&diagnostic.message)).id(diagnostic.code))
    }

    fn render(&self, group: Group<'_>) -> String {
        self.renderer.render(&[group])
    }

    fn paint(&self, style: anstyle::Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// The labels in as few excerpts as can show them, the primary one's first.
fn excerpts<'s>(labels: &'s [Label], sources: &'s Sources, width: usize) -> Vec<Excerpt<'s>> {
    let mut excerpts: Vec<Excerpt<'s>> = Vec::new();
    for label in labels {
        if !excerpts.iter_mut().any(|excerpt| excerpt.add(label))
            && let Some(source) = sources.get(label.span.file)
        {
            excerpts.push(Excerpt::new(source, label, width));
        }
    }
    excerpts
}

#[cfg(test)]
mod tests;
