//! The question document: from a file's tree to [`Question`]s, with every error of the file.

use crate::diag::{Diagnostic, Span};
use crate::doc::{Fields, Node, Pair};
use crate::rulebook::Rulebook;
use crate::scenario::{Choice, Decision, Document, FailRule, Fills, Proof, Selection, lower_parts};

/// The version of the format that this program reads.
const VERSION: i64 = 1;

/// The decision that a question is, in the scenario language: holes say `{ answer: option }`.
pub(super) const DECISION: &str = "option";

/// Most options: their letters A to F are kept free of commands.
const MOST_OPTIONS: usize = 6;

/// A question as its file has it.
#[derive(Clone, Debug)]
pub struct Question {
    /// Its id, under which progress is kept: small letters, digits, hyphens.
    pub id: String,
    /// Where the id stands.
    pub id_span: Span,
    /// How many options are right.
    pub kind: Kind,
    /// Topics, the main one first.
    pub topics: Vec<String>,
    /// The domain of the exam guide.
    pub domain: Domain,
    /// The section of the guide.
    pub guide: String,
    /// The facts it leans on.
    pub facts: Vec<String>,
    /// The situation and what is asked.
    pub stem: String,
    /// Where the stem stands.
    pub stem_span: Span,
    /// The options, in the order of the file.
    pub options: Vec<QuestionOption>,
    /// The names of the right options.
    pub key: Vec<String>,
    /// The names of the right options by the guide, where that is another answer.
    pub guide_key: Option<Vec<String>>,
    /// Where the key stands.
    pub key_span: Span,
    /// The one sentence to take away.
    pub why: String,
    /// Hints, from a nudge to the first step.
    pub hints: Vec<String>,
    /// One thing to try after the answer.
    pub try_next: Option<String>,
    /// What the key rests on.
    pub evidence: Evidence,
}

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One option is right.
    Choice,
    /// So many options are right, all or nothing.
    Response {
        /// How many.
        choose: usize,
    },
}

impl Kind {
    /// How many options are chosen.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Kind::Choice => 1,
            Kind::Response { choose } => choose,
        }
    }

    /// `choice` or `response`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Choice => "choice",
            Kind::Response { .. } => "response",
        }
    }
}

/// A domain of the exam. Source: exam guide of AWS Certified Solutions Architect - Associate (SAA-C03).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Domain {
    /// Design Secure Architectures.
    Secure,
    /// Design Resilient Architectures.
    Resilient,
    /// Design High-Performing Architectures.
    Performing,
    /// Design Cost-Optimized Architectures.
    Cost,
}

impl Domain {
    const ALL: [Domain; 4] = [Domain::Secure, Domain::Resilient, Domain::Performing, Domain::Cost];

    /// `secure`, `resilient`, `performing` or `cost`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Domain::Secure => "secure",
            Domain::Resilient => "resilient",
            Domain::Performing => "performing",
            Domain::Cost => "cost",
        }
    }
}

/// One option of a question.
#[derive(Clone, Debug)]
pub struct QuestionOption {
    /// Its name in the file: `a`.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// What the learner reads.
    pub text: String,
    /// Where the text stands.
    pub text_span: Span,
    /// Why it works or fails.
    pub why: String,
    /// The mistake that makes it tempting; a right option has none.
    pub misconception: Option<String>,
}

/// What the key of a question rests on.
#[derive(Clone, Debug)]
pub enum Evidence {
    /// A run of the model.
    Executed {
        /// World, checks and the one decision, in the scenario language.
        document: Box<Document>,
    },
    /// A page of AWS.
    Cited {
        /// Its title.
        source: String,
    },
}

impl Question {
    /// The option of this name.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&QuestionOption> {
        self.options.iter().find(|option| option.name == name)
    }

    /// The names of the right options under a rulebook.
    #[must_use]
    pub fn key_under(&self, rulebook: Rulebook) -> &[String] {
        match (rulebook.kind, &self.guide_key) {
            (crate::rulebook::RulebookKind::Guide, Some(key)) => key,
            (crate::rulebook::RulebookKind::Guide, None) | (crate::rulebook::RulebookKind::Current, _) => &self.key,
        }
    }

    /// Whether these are the right options, all of them and no other.
    #[must_use]
    pub fn is_right(&self, chosen: &[String], rulebook: Rulebook) -> bool {
        let mut chosen: Vec<&String> = chosen.iter().collect();
        let mut key: Vec<&String> = self.key_under(rulebook).iter().collect();
        chosen.sort();
        key.sort();
        chosen == key
    }
}

/// Reads the questions of one file: `{ version: 1, questions: [ … ] }`.
///
/// # Errors
/// All that is wrong with the file, apart from proofs and form, which are for lint.
pub fn read_questions(node: &Node) -> Result<Vec<Question>, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let questions = file(node, &mut diagnostics);
    if diagnostics.is_empty() { Ok(questions) } else { Err(diagnostics) }
}

fn file(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Vec<Question> {
    let Some(mut fields) = Fields::of(node, "a question file", diagnostics) else { return Vec::new() };
    if let Some(version) = fields.optional("version").filter(|version| version.as_str() != Some(&VERSION.to_string())) {
        diagnostics.push(
            Diagnostic::error("question/version", format!("this program reads version {VERSION} of the question format"))
                .at(version.span, "another version"),
        );
    }
    fields.required("questions", diagnostics);
    let items = fields.items("questions", diagnostics);
    fields.finish(diagnostics);
    items.iter().filter_map(|item| Reader { diagnostics }.question(item)).collect()
}

struct Reader<'d> {
    diagnostics: &'d mut Vec<Diagnostic>,
}

/// An option with what it puts into the holes of the proof.
struct RawOption {
    option: QuestionOption,
    fills: Option<Fills>,
}

impl Reader<'_> {
    fn question(&mut self, node: &Node) -> Option<Question> {
        let mut fields = Fields::of(node, "a question", self.diagnostics)?;
        let id = fields.required("question", self.diagnostics);
        let kind = fields.required("kind", self.diagnostics);
        let choose = fields.optional("choose");
        let topics: Vec<String> = fields.texts("topics", self.diagnostics).into_iter().map(str::to_owned).collect();
        let domain = fields.required("domain", self.diagnostics);
        let guide = fields.required_text("guide", self.diagnostics);
        let facts = fields.optional("facts").map(|node| self.facts(node)).unwrap_or_default();
        let stem = fields.required("stem", self.diagnostics);
        fields.required("options", self.diagnostics);
        let entries = fields.entries("options", self.diagnostics);
        let key = fields.required("key", self.diagnostics);
        let guide_key = fields.optional("guide_key");
        let why = fields.required("why", self.diagnostics);
        let hints = fields.optional("hints").map(|node| self.quoting_list(node)).unwrap_or_default();
        let try_next = fields.text("try", self.diagnostics).map(str::to_owned);
        let proof = fields.required("proof", self.diagnostics);
        let source = fields.optional("source");
        let span = fields.span;
        fields.finish(self.diagnostics);

        let kind = self.kind(kind, choose);
        let domain = domain.and_then(|node| self.domain(node));
        let stem_text = stem.and_then(|node| self.quoting(node));
        let why = why.and_then(|node| self.quoting(node));
        let raw: Vec<RawOption> = entries.iter().filter_map(|pair| self.option(pair)).collect();
        let id = id.and_then(|node| self.id(node));
        if topics.is_empty() {
            self.diagnostics.push(
                Diagnostic::error("question/no-topic", "a question has at least one topic")
                    .at(span, "add `topics: [ … ]`, the main one first"),
            );
        }
        let names: Vec<&str> = entries.iter().map(|pair| pair.key.as_str()).collect();
        let key_names = key.map(|node| self.option_names(node, &names));
        let guide_key = guide_key.map(|node| self.option_names(node, &names));
        if let (Some(kind), Some(key), Some(chosen)) = (kind, key, &key_names) {
            self.count(kind, entries, key.span, chosen.len());
        }
        let evidence = self.evidence((id, kind), proof, source, &raw, span);
        Some(Question {
            id: id?.0.to_owned(),
            id_span: id?.1,
            kind: kind?,
            topics,
            domain: domain?,
            guide: guide?.to_owned(),
            facts,
            stem: stem_text?,
            stem_span: stem?.span,
            options: raw.into_iter().map(|raw| raw.option).collect(),
            key: key_names?,
            guide_key,
            key_span: key?.span,
            why: why?,
            hints,
            try_next,
            evidence: evidence?,
        })
    }

    fn id<'n>(&mut self, node: &'n Node) -> Option<(&'n str, Span)> {
        let fits = |id: &&str| {
            !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        let id = node.as_str().filter(fits);
        if id.is_none() {
            self.diagnostics.push(
                Diagnostic::error("question/id", "an id is made of small letters, digits and hyphens")
                    .at(node.span, "not an id")
                    .help("for example `cancelled-deletion-is-disabled`"),
            );
        }
        Some((id?, node.span))
    }

    fn kind(&mut self, kind: Option<&Node>, choose: Option<&Node>) -> Option<Kind> {
        let kind = kind?;
        let number = choose.and_then(Node::as_str).and_then(|text| text.parse().ok());
        match (kind.as_str(), choose) {
            (Some("choice"), None) => Some(Kind::Choice),
            (Some("choice"), Some(choose)) => {
                self.diagnostics.push(
                    Diagnostic::error("question/choose", "a choice has one right option")
                        .at(choose.span, "`choose` belongs to `kind: response`"),
                );
                None
            }
            (Some("response"), _) => match number.filter(|number| *number >= 2) {
                Some(choose) => Some(Kind::Response { choose }),
                None => {
                    self.diagnostics.push(
                        Diagnostic::error("question/choose", "a response says how many options are chosen, two or more")
                            .at(choose.unwrap_or(kind).span, "expected `choose: 2`"),
                    );
                    None
                }
            },
            (other, _) => {
                self.diagnostics.push(
                    Diagnostic::error("question/kind", format!("there is no kind of question `{}`", other.unwrap_or("")))
                        .at(kind.span, "no such kind")
                        .suggest(other.unwrap_or(""), ["choice", "response"]),
                );
                None
            }
        }
    }

    fn domain(&mut self, node: &Node) -> Option<Domain> {
        let name = node.as_str().unwrap_or("");
        let domain = Domain::ALL.into_iter().find(|domain| domain.name() == name);
        if domain.is_none() {
            self.diagnostics.push(
                Diagnostic::error("question/domain", format!("the exam has no domain `{name}`"))
                    .at(node.span, "no such domain")
                    .suggest(name, Domain::ALL.map(Domain::name)),
            );
        }
        domain
    }

    fn facts(&mut self, node: &Node) -> Vec<String> {
        let rulebook = Rulebook::current();
        let mut facts = Vec::new();
        for item in node.one_or_many() {
            match item.as_str() {
                Some(id) if rulebook.fact(id).is_some() => facts.push(id.to_owned()),
                Some(id) => self.unknown_fact(id, item.span),
                None => self.diagnostics.push(item.expected("doc/wrong-shape", "the id of a fact")),
            }
        }
        facts
    }

    fn unknown_fact(&mut self, id: &str, span: Span) {
        self.diagnostics.push(
            Diagnostic::error("question/unknown-fact", format!("the rulebook has no fact `{id}`"))
                .at(span, "no such fact")
                .suggest(id, Rulebook::current().facts().iter().map(|fact| fact.id)),
        );
    }

    /// A text that may quote facts as `{fact:ID}`.
    fn quoting(&mut self, node: &Node) -> Option<String> {
        let Some(text) = node.as_str().map(str::trim).filter(|text| !text.is_empty()) else {
            self.diagnostics.push(node.expected("doc/wrong-shape", "a text"));
            return None;
        };
        if let Err(unknown) = Rulebook::current().interpolate(text) {
            self.unknown_fact(&unknown.id, node.span);
        }
        Some(text.to_owned())
    }

    fn quoting_list(&mut self, node: &Node) -> Vec<String> {
        node.one_or_many().iter().filter_map(|item| self.quoting(item)).collect()
    }

    fn option(&mut self, pair: &Pair) -> Option<RawOption> {
        let mut fields = Fields::of(&pair.value, "an option", self.diagnostics)?;
        let text = fields.required("text", self.diagnostics);
        let why = fields.required("why", self.diagnostics);
        let misconception = fields.text("misconception", self.diagnostics).map(str::to_owned);
        let value = fields.optional("value");
        let parts = fields.entries("parts", self.diagnostics);
        let omit = fields.flag("omit", self.diagnostics);
        let span = fields.span;
        fields.finish(self.diagnostics);
        let words = text.and_then(|node| self.quoting(node));
        let why = why.and_then(|node| self.quoting(node));
        let fills = match (value, parts, omit) {
            (None, [], false) => None,
            (Some(value), [], false) => Some(Fills::Value(value.clone())),
            (None, [_, ..], false) => Some(Fills::Parts(parts.to_vec())),
            (None, [], true) => Some(Fills::Omit),
            _ => {
                self.diagnostics.push(
                    Diagnostic::error("question/option-value", format!("option `{}` says twice what it fills in", pair.key))
                        .at(span, "at most one of `value`, `parts` and `omit: true`"),
                );
                None
            }
        };
        let option =
            QuestionOption { name: pair.key.clone(), span: pair.key_span, text: words?, text_span: text?.span, why: why?, misconception };
        Some(RawOption { option, fills })
    }

    /// The options that a key names, each once.
    fn option_names(&mut self, node: &Node, known: &[&str]) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for item in node.one_or_many() {
            match item.as_str() {
                Some(name) if names.iter().any(|known| known == name) => self
                    .diagnostics
                    .push(Diagnostic::error("question/key", format!("option `{name}` stands twice in the key")).at(item.span, "again")),
                Some(name) if known.contains(&name) => names.push(name.to_owned()),
                Some(name) => self.unknown_option(name, item.span, known),
                None => self.diagnostics.push(item.expected("doc/wrong-shape", "the name of an option")),
            }
        }
        names
    }

    fn unknown_option(&mut self, name: &str, span: Span, known: &[&str]) {
        self.diagnostics.push(
            Diagnostic::error("question/unknown-option", format!("the question has no option `{name}`"))
                .at(span, "no such option")
                .suggest(name, known.iter().copied()),
        );
    }

    /// The key has as many options as are chosen, and there are distractors besides.
    fn count(&mut self, kind: Kind, entries: &[Pair], key: Span, chosen: usize) {
        let options = entries.len();
        if chosen != kind.count() {
            self.diagnostics.push(
                Diagnostic::error("question/key", format!("the key has {chosen} options, and {} are chosen", kind.count()))
                    .at(key, "the key names every right option"),
            );
        }
        if options <= kind.count() || !(3..=MOST_OPTIONS).contains(&options) {
            self.diagnostics.push(
                Diagnostic::error("question/options", format!("a question has 3 to {MOST_OPTIONS} options, more than are right"))
                    .at(entries.last().map_or(key, |pair| pair.key_span), format!("{options} options, {} right", kind.count())),
            );
        }
    }

    /// `proof: cited` with a source, or world, checks and what each distractor shows.
    fn evidence(
        &mut self,
        (id, kind): (Option<(&str, Span)>, Option<Kind>),
        proof: Option<&Node>,
        source: Option<&Node>,
        options: &[RawOption],
        span: Span,
    ) -> Option<Evidence> {
        let proof = proof?;
        if let Some(word) = proof.as_str() {
            if word != "cited" {
                self.diagnostics.push(
                    Diagnostic::error("question/proof", format!("there is no proof `{word}`"))
                        .at(proof.span, "expected `cited`, or a mapping with `world`, `checks` and `fails`")
                        .suggest(word, ["cited"]),
                );
                return None;
            }
            let source = source.and_then(Node::as_str);
            if source.is_none() {
                self.diagnostics.push(
                    Diagnostic::error("question/no-source", "a cited key names the page of AWS that says so")
                        .at(span, "add `source: \"TITLE OF THE PAGE\"`"),
                );
            }
            return Some(Evidence::Cited { source: source?.to_owned() });
        }
        if let Some(source) = source {
            self.diagnostics.push(
                Diagnostic::error("question/source", "an executed proof needs no source")
                    .at(source.span, "`source` belongs to `proof: cited`"),
            );
        }
        let mut fields = Fields::of(proof, "a proof", self.diagnostics)?;
        let world = fields.required("world", self.diagnostics);
        let checks = fields.required("checks", self.diagnostics);
        let fails = fields.entries("fails", self.diagnostics);
        fields.finish(self.diagnostics);
        let known: Vec<&str> = options.iter().map(|raw| raw.option.name.as_str()).collect();
        let fails: Vec<FailRule> = fails.iter().filter_map(|pair| self.fail(pair, &known)).collect();
        let mut choices = Vec::new();
        for raw in options {
            let Some(fills) = raw.fills.clone() else {
                self.diagnostics.push(
                    Diagnostic::error("question/option-value", format!("option `{}` says not what it fills in", raw.option.name))
                        .at(raw.option.span, "add `value`, `parts` or `omit: true`")
                        .help("the proof runs every option: it puts this into the holes `{ answer: option }`"),
                );
                continue;
            };
            let QuestionOption { name, span, text, .. } = &raw.option;
            choices.push(Choice { name: name.clone(), span: *span, label: text.clone(), fills, why: None });
        }
        let decision = Decision {
            name: DECISION.to_owned(),
            span: proof.span,
            ask: String::new(),
            free_form: false,
            choose: kind?.count(),
            options: choices,
        };
        let proof = Proof { passes: Vec::new(), fails, span: proof.span };
        Some(Evidence::Executed { document: Box::new(lower_parts(id?, world?.clone(), checks?.clone(), decision, proof)) })
    }

    /// `b: { at: CHECK, with: ERROR }`.
    fn fail(&mut self, pair: &Pair, known: &[&str]) -> Option<FailRule> {
        if !known.contains(&pair.key.as_str()) {
            self.unknown_option(&pair.key, pair.key_span, known);
        }
        let mut fields = Fields::of(&pair.value, "a failing option", self.diagnostics)?;
        let at = fields.required("at", self.diagnostics);
        let with = fields.required_text("with", self.diagnostics);
        fields.finish(self.diagnostics);
        let when = Selection { options: vec![(DECISION.to_owned(), pair.key_span, vec![(pair.key.clone(), pair.key_span)])] };
        Some(FailRule { when, at: at?.as_str()?.to_owned(), at_span: at?.span, with: Some(with?.to_owned()), span: pair.key_span })
    }
}
