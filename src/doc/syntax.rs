//! The parser's complaints in the words of somebody who has to fix the file.

use granit_parser::ErrorKind;

use crate::diag::{Diagnostic, Span};

/// What happened, what stands at the caret, and what to do.
struct Words {
    message: String,
    label: &'static str,
    help: Option<&'static str>,
}

impl Words {
    fn new(message: impl Into<String>, label: &'static str, help: &'static str) -> Self {
        Words { message: message.into(), label, help: Some(help) }
    }
}

/// The diagnostic for a syntax error at `here`; `bracket` is the innermost bracket that is still open there.
pub(super) fn syntax_error(kind: &ErrorKind, here: Span, bracket: Option<Span>) -> Diagnostic {
    let Words { message, label, help } = words(kind);
    let mut diagnostic = Diagnostic::error("doc/syntax", message).at(here, label);
    if let Some(bracket) = bracket.filter(|bracket| *bracket != here) {
        diagnostic = diagnostic.at(bracket, "this bracket is still open");
    }
    diagnostic.help.extend(help.map(str::to_owned));
    diagnostic
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the parser may learn new complaints; its own words do for the rare ones")]
fn words(kind: &ErrorKind) -> Words {
    use ErrorKind as E;
    match kind {
        E::TabInBlockIndentation | E::TabInIndentation | E::TabNotAllowed | E::TabAtBlockScalarStart | E::TabInPlainScalar => {
            Words::new("a tab is used as indentation", "a tab stands before this", "indent with spaces; an editor can replace the tabs")
        }
        E::UnclosedQuotedScalar | E::DocumentIndicatorInQuotedScalar | E::InvalidQuotedScalarIndent => {
            Words::new("a quoted text has no end", "the quote that is open", "close it with the same quote character")
        }
        E::UnclosedFlowCollection { open } => Words::new(
            format!("bracket `{open}` is not closed"),
            "opened here",
            "add the closing bracket, or check the one before the end of the file",
        ),
        E::UnexpectedEofFlowSequence | E::UnexpectedEofFlowMapping | E::UnexpectedEofImplicitFlowMapping => {
            Words::new("a bracket is not closed", "the file goes on without it", "add the closing `]` or `}`")
        }
        E::MismatchedFlowCollectionEnd { open, close } => Words::new(
            format!("bracket `{open}` is closed by `{close}`"),
            "the wrong closing bracket",
            "close brackets in the reverse order of opening them",
        ),
        E::MisplacedFlowCollectionEnd => {
            Words::new("a closing bracket has no opening one", "nothing to close", "remove it, or put the text in quotes")
        }
        E::ExpectedFlowMappingSeparator | E::ExpectedFlowSequenceSeparator | E::InvalidColonPlacement | E::InvalidFlowScalarIndent => {
            Words::new(
                "the list or mapping in brackets does not go on like this",
                "unexpected here",
                "a comma or the closing bracket is missing before it",
            )
        }
        E::MappingValueNotAllowed => Words::new(
            "`:` is not allowed here",
            "a second `:` in one value, or wrong indentation",
            "put a value that contains `: ` in quotes, or line the key up with the keys above it",
        ),
        E::SimpleKeyExpected | E::InvalidSimpleKey => Words::new(
            "a line without `:` stands between keys",
            "expected `key: value`",
            "add `:` after the key, or indent the line if it continues the value above",
        ),
        E::ExpectedBlockMappingKey | E::MappingKeyNotAllowed | E::UnexpectedEofBlockMapping => {
            Words::new("expected a key", "no key can stand here", "line it up with the keys above it")
        }
        E::ExpectedBlockSequenceEntry | E::BlockSequenceEntryNotAllowed | E::UnexpectedEofBlockSequence | E::BlockEntryInFlowCollection => {
            Words::new(
                "a list item does not fit here",
                "unexpected here",
                "begin each item with `- ` on a line of its own, lined up with the items above it",
            )
        }
        E::ExpectedDocumentStart | E::InvalidIndentation | E::InvalidBlockScalarIndent => {
            Words::new("this line is not indented like the lines it belongs to", "unexpected indentation", "line it up with its neighbours")
        }
        E::UnexpectedCharacter { character } => {
            Words::new(format!("a plain text cannot begin with `{character}`"), "reserved character", "put the text in quotes")
        }
        E::InvalidTrailingSingleQuotedScalar | E::InvalidTrailingDoubleQuotedScalar => Words::new(
            "something follows a quoted text",
            "expected the end of the value",
            "a comma or `:` may be missing, or a quote inside the text must be escaped (`''` in single, `\\\"` in double quotes)",
        ),
        E::UnknownQuotedScalarEscape => Words::new(
            "a double-quoted text contains an unknown escape",
            "in this text",
            "write `\\\\` for a backslash, or use single quotes, where it stands for itself",
        ),
        E::MissingAnchorOrAliasName => {
            Words::new("`*` or `&` stands alone", "begins an alias or anchor", "put a text that begins with `*` or `&` in quotes")
        }
        E::CommentNotSeparated => {
            Words::new("`#` begins a comment only after a space", "no space before it", "add a space, or put the text in quotes")
        }
        other => Words { message: other.to_string(), label: "the parser stops here", help: None },
    }
}
