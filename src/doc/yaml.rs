//! The parser's events -> tree, one pass without recursion.
//!
//! The parser is asked for events one at a time and every limit is checked per event, so that hostile
//! input is given up at the first event too many. What YAML has beyond JSON's data and the tree cannot
//! hold (anchors, aliases, tags, merge keys, keys that are no text) is an error at its place.

use std::collections::BTreeMap;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, StructureStyle};

use super::read::{PLACES, code_point, is_hostile, span};
use super::syntax::syntax_error;
use super::tree::{Builder, Key};
use super::{Limits, Node, NodeKind, Scalar};
use crate::diag::{Diagnostic, FileId, Label, Span};

/// Reads the one document of a text.
pub(super) fn read_document(file: FileId, text: &str, limits: Limits) -> Result<Node, Vec<Diagnostic>> {
    let mut reader = Reader {
        file,
        text,
        limits,
        builder: Builder::default(),
        nodes: 0,
        documents: 0,
        refused: BTreeMap::new(),
        diagnostics: Vec::new(),
    };
    // The parser limits each style by itself and may look ahead to a level before its event comes; the
    // builder counts both styles together.
    let options = granit_parser::options! {
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        flow_nesting_limit: limits.depth,
        block_nesting_limit: limits.depth,
    };
    for step in Parser::new_from_str_with_options(text, options) {
        let next = match step {
            Ok((event, place)) => reader.event(event, place),
            Err(error) => {
                reader.syntax(&error);
                Next::Stop
            }
        };
        if next == Next::Stop {
            break;
        }
    }
    reader.finish()
}

/// Whether reading goes on after an event.
#[derive(PartialEq, Eq)]
enum Next {
    Go,
    Stop,
}

/// The places of one kind of finding: the first few, and how many there are.
#[derive(Default)]
struct Places {
    labels: Vec<Label>,
    count: usize,
}

/// What YAML allows and this reader does not. Each kind is reported once, with its places, since a file that
/// has one usually has many.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Refused {
    Alias,
    Tag,
    MergeKey,
    ComplexKey,
    EmptyKey,
    Escape,
}

impl Refused {
    /// Code, message and help.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Refused::Alias => (
                "doc/alias",
                "anchors and aliases are not supported",
                "write the value out, or put the text in quotes if it begins with `&` or `*`",
            ),
            Refused::Tag => ("doc/tag", "tags are not supported", "remove the tag, or put the text in quotes if it begins with `!`"),
            Refused::MergeKey => ("doc/merge-key", "merge keys are not supported", "write the fields out in each mapping that needs them"),
            Refused::ComplexKey => {
                ("doc/complex-key", "a key must be a text, not a list or a mapping", "put it in quotes if it was meant as a text")
            }
            Refused::EmptyKey => ("doc/empty-key", "a key is missing", "write a key before the `:`, or `\"\"` for an empty one"),
            Refused::Escape => (
                "doc/control-character",
                "a text contains an invisible character as an escape",
                "remove the escape: it can hide or reorder what a reader sees",
            ),
        }
    }

    fn report(self, places: Places) -> Diagnostic {
        let (code, message, help) = self.words();
        let many = if places.count == 1 { String::new() } else { format!(" ({} places)", places.count) };
        let mut diagnostic = Diagnostic::error(code, format!("{message}{many}")).help(help);
        diagnostic.labels = places.labels;
        diagnostic
    }
}

struct Reader<'t> {
    file: FileId,
    text: &'t str,
    limits: Limits,
    builder: Builder,
    nodes: usize,
    documents: usize,
    refused: BTreeMap<Refused, Places>,
    diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, place: granit_parser::Span) -> Next {
        let here = self.place(place);
        if let Some(tag) = place.tag_span() {
            let tag = self.place(tag);
            self.refuse(Refused::Tag, tag, "a tag");
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.diagnostics.push(
                        Diagnostic::error("doc/many-documents", "file holds more than one document")
                            .at(here, "a second document starts here")
                            .help("keep one document in a file, without a second `---`"),
                    );
                    return Next::Stop;
                }
                Next::Go
            }
            Event::Scalar(value, style, ..) => {
                let scalar = self.scalar(value.into_owned(), style, here);
                let here = match style {
                    ScalarStyle::Literal | ScalarStyle::Folded => self.first_line(here),
                    ScalarStyle::Plain if here.start == here.end => self.behind_colon(here),
                    ScalarStyle::Plain | ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => here,
                };
                if self.builder.at_key() {
                    let key = self.key(scalar, here);
                    self.builder.key(key);
                    return Next::Go;
                }
                self.builder.value(Node { kind: NodeKind::Scalar(scalar), span: here });
                self.count(here)
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.refuse(Refused::Alias, here, "an alias");
                if self.builder.at_key() {
                    self.builder.key(Key::Broken);
                } else {
                    self.builder.value(Node { kind: NodeKind::Scalar(Scalar { text: String::new(), quoted: false }), span: here });
                }
                self.count(here)
            }
            Event::Anchor(..) => {
                self.refuse(Refused::Alias, here, "an anchor");
                Next::Go
            }
            Event::SequenceStart(style, ..) => self.open(here, style, false),
            Event::MappingStart(style, ..) => self.open(here, style, true),
            Event::SequenceEnd | Event::MappingEnd => {
                self.builder.close(here.end, &mut self.diagnostics);
                Next::Go
            }
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd | _ => Next::Go,
        }
    }

    fn open(&mut self, here: Span, style: StructureStyle, mapping: bool) -> Next {
        if self.builder.at_key() {
            self.refuse(Refused::ComplexKey, here, "a key that is no text");
        }
        if self.builder.depth() >= self.limits.depth {
            self.too_deep(here);
            return Next::Stop;
        }
        self.builder.open(here, style == StructureStyle::Flow, mapping);
        self.count(here)
    }

    /// Counts a value; the one too many ends the reading.
    fn count(&mut self, here: Span) -> Next {
        self.nodes += 1;
        if self.nodes <= self.limits.nodes {
            return Next::Go;
        }
        self.diagnostics.push(
            Diagnostic::error("doc/too-many-nodes", format!("file holds more than {} values", self.limits.nodes))
                .at(here, "the first value too many")
                .help("split the file"),
        );
        Next::Stop
    }

    fn refuse(&mut self, kind: Refused, here: Span, text: &str) {
        let places = self.refused.entry(kind).or_default();
        places.count += 1;
        if places.labels.len() < PLACES {
            places.labels.push(Label { span: here, text: text.to_owned() });
        }
    }

    fn too_deep(&mut self, here: Span) {
        self.diagnostics.push(
            Diagnostic::error("doc/too-deep", format!("lists and mappings are nested more than {} deep", self.limits.depth))
                .at(here, "the first level too many")
                .help("flatten the file"),
        );
    }

    fn scalar(&mut self, text: String, style: ScalarStyle, here: Span) -> Scalar {
        let quoted = style != ScalarStyle::Plain;
        // The parser writes `~` where nothing stands.
        let text = if !quoted && here.start == here.end { String::new() } else { text };
        // Plain text was checked before parsing; only escapes of a double-quoted one can bring these in.
        if style == ScalarStyle::DoubleQuoted
            && let Some(hostile) = text.chars().find(|character| is_hostile(*character))
        {
            self.refuse(Refused::Escape, here, &code_point(hostile));
        }
        Scalar { text, quoted }
    }

    fn key(&mut self, scalar: Scalar, here: Span) -> Key {
        if !scalar.quoted && scalar.text == "<<" {
            self.refuse(Refused::MergeKey, here, "a merge key");
            return Key::Broken;
        }
        if !scalar.quoted && scalar.text.is_empty() {
            self.refuse(Refused::EmptyKey, here, "no key here");
            return Key::Broken;
        }
        Key::Text { text: scalar.text, span: here }
    }

    fn syntax(&mut self, error: &granit_parser::ScanError) {
        let at = self.boundary(error.marker().byte_offset().unwrap_or(0));
        // One character wide, or nothing at the end of a line.
        let width =
            self.text.get(at..).and_then(|rest| rest.chars().next()).filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
        let here = span(self.file, at, at + width);
        let kind = error.kind();
        if *kind == ErrorKind::RecursionLimitExceeded {
            self.too_deep(here);
        } else if *kind == ErrorKind::UndeclaredTagHandle {
            self.refuse(Refused::Tag, here, "a tag");
        } else {
            let bracket = self.builder.open_flows().map(|at| at as usize).find(|at| self.is_bracket(*at));
            self.diagnostics.push(syntax_error(kind, here, bracket.map(|at| span(self.file, at, at + 1))));
        }
    }

    fn is_bracket(&self, at: usize) -> bool {
        matches!(self.text.as_bytes().get(at), Some(b'[' | b'{'))
    }

    /// Where the value of `key:` would stand, if none does: the parser puts it before the colon.
    fn behind_colon(&self, here: Span) -> Span {
        let at = here.start as usize;
        let value = !self.builder.at_key() && self.text.as_bytes().get(at) == Some(&b':');
        span(self.file, at + usize::from(value), at + usize::from(value))
    }

    /// The span of the first line of a block scalar, which is enough to find it.
    fn first_line(&self, whole: Span) -> Span {
        let lines = self.text.get(whole.start as usize..whole.end as usize).unwrap_or_default();
        let first = lines.lines().next().unwrap_or_default();
        span(self.file, whole.start as usize, whole.start as usize + first.len())
    }

    fn place(&self, place: granit_parser::Span) -> Span {
        let start = self.boundary(place.start.byte_offset().unwrap_or(0));
        let end = self.boundary(place.end.byte_offset().unwrap_or(start));
        span(self.file, start, end)
    }

    /// The nearest character boundary at or before an offset, inside the text: spans are promised to be good
    /// for slicing, whatever the parser reports.
    fn boundary(&self, at: usize) -> usize {
        self.text.floor_char_boundary(at)
    }

    fn finish(mut self) -> Result<Node, Vec<Diagnostic>> {
        self.diagnostics.extend(self.refused.into_iter().map(|(kind, places)| kind.report(places)));
        if !self.diagnostics.is_empty() {
            return Err(self.diagnostics);
        }
        match self.builder.finish() {
            Some(root) if !root.is_null() => Ok(root),
            _ => Err(vec![
                Diagnostic::error("doc/empty", "file holds nothing")
                    .at(span(self.file, 0, 0), "expected a mapping or a list")
                    .help("comments and blank lines do not count"),
            ]),
        }
    }
}
