//! From a file's tree to [`Question`]s, with every error of the file.

use super::question::{DECISION, Domain, Evidence, Kind, Question, QuestionOption, number};
use crate::diag::{Diagnostic, Span};
use crate::doc::{Fields, Node, Pair};
use crate::rulebook::Rulebook;
use crate::scenario::{Answers, Choice, Decision, FailRule, Fills, Proof, Selection, lower_parts, read_claims};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The version of the format that this program reads.
const VERSION: i64 = 1;

/// The kinds of questions.
const KINDS: [&str; 4] = ["choice", "response", "order", "numeric"];

/// Most options: their letters A to F are kept free of commands.
const MOST_OPTIONS: usize = 6;

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
        let unit = fields.optional("unit");
        let topics: Vec<String> = fields.texts("topics", self.diagnostics).into_iter().map(str::to_owned).collect();
        let domain = fields.required("domain", self.diagnostics);
        let guide = fields.required_text("guide", self.diagnostics);
        let facts = fields.optional("facts").map(|node| self.facts(node)).unwrap_or_default();
        let claims = read_claims(fields.optional("claims"), self.diagnostics);
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

        let kind = self.kind(kind, choose, unit, entries.len());
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
        let (key_names, also) = key.map(|node| self.keys(node, &names)).unzip();
        let guide_key = guide_key.map(|node| self.option_names(node, &names));
        let kind = match (kind, also) {
            (Some(Kind::Order { choose, .. }), Some(also)) => Some(Kind::Order { choose, also }),
            (kind, _) => kind,
        };
        if let (Some(kind), Some(key), Some(chosen)) = (&kind, key, &key_names) {
            self.count(kind, entries, key.span, chosen.len());
            self.numbers(kind, &raw);
        }
        let evidence = self.evidence((id, kind.as_ref()), proof, source, &raw, span);
        Some(Question {
            id: id?.0.to_owned(),
            id_span: id?.1,
            kind: kind?,
            topics,
            domain: domain?,
            guide: guide?.to_owned(),
            facts,
            claims,
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

    /// The kind, with what belongs to it: `choose` of a response or an order, `unit` of a number.
    fn kind(&mut self, kind: Option<&Node>, choose: Option<&Node>, unit: Option<&Node>, options: usize) -> Option<Kind> {
        let kind = kind?;
        let name = kind.as_str().unwrap_or("");
        let takes_choose = matches!(name, "response" | "order");
        for (field, node, takes) in [("choose", choose, takes_choose), ("unit", unit, name == "numeric")] {
            if let Some(node) = node.filter(|_| !takes && KINDS.contains(&name)) {
                self.diagnostics.push(
                    Diagnostic::error("question/choose", format!("`{field}` does not belong to `kind: {name}`")).at(node.span, "remove it"),
                );
                return None;
            }
        }
        let number = choose.and_then(Node::as_str).and_then(|text| text.parse().ok()).filter(|number| *number >= 2);
        match name {
            "choice" => Some(Kind::Choice),
            "response" if number.is_some() => number.map(|choose| Kind::Response { choose }),
            "order" if number.is_some() || choose.is_none() => Some(Kind::Order { choose: number.unwrap_or(options), also: Vec::new() }),
            "response" | "order" => {
                self.diagnostics.push(
                    Diagnostic::error(
                        "question/choose",
                        format!("a question of `kind: {name}` says how many options are chosen, two or more"),
                    )
                    .at(choose.unwrap_or(kind).span, "expected `choose: 2`"),
                );
                None
            }
            "numeric" => match unit.and_then(Node::as_str) {
                Some(unit) => Some(Kind::Numeric { unit: unit.to_owned() }),
                None => {
                    self.diagnostics.push(
                        Diagnostic::error("question/unit", "a number has a unit")
                            .at(unit.unwrap_or(kind).span, "add `unit: USD`, or what the number counts"),
                    );
                    None
                }
            },
            other => {
                self.diagnostics.push(
                    Diagnostic::error("question/kind", format!("there is no kind of question `{other}`"))
                        .at(kind.span, "no such kind")
                        .suggest(other, KINDS),
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

    /// A key, and further orders where it is a list of lists.
    fn keys(&mut self, node: &Node, known: &[&str]) -> (Vec<String>, Vec<Vec<String>>) {
        let lists = node.as_sequence().filter(|items| !items.is_empty() && items.iter().all(|item| item.as_sequence().is_some()));
        let Some(lists) = lists else { return (self.option_names(node, known), Vec::new()) };
        let mut orders: Vec<Vec<String>> = lists.iter().map(|list| self.option_names(list, known)).collect();
        let first = orders.remove(0);
        (first, orders)
    }

    /// What a number is compared with must be one, and each another.
    fn numbers(&mut self, kind: &Kind, raw: &[RawOption]) {
        if !matches!(kind, Kind::Numeric { .. }) {
            return;
        }
        let mut seen = BTreeMap::new();
        for option in raw.iter().map(|raw| &raw.option) {
            match number(&option.text) {
                None => self.diagnostics.push(
                    Diagnostic::error("question/number", "the options of a numeric question are numbers")
                        .at(option.text_span, "begin with the number: `3.54 USD`"),
                ),
                Some(figure) => {
                    if let Some(first) = seen.insert(figure, option.text_span) {
                        self.diagnostics.push(
                            Diagnostic::error("question/number", format!("two options have the number {figure}"))
                                .at(option.text_span, "again here")
                                .at(first, "first here"),
                        );
                    }
                }
            }
        }
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
    fn count(&mut self, kind: &Kind, entries: &[Pair], key: Span, chosen: usize) {
        let options = entries.len();
        if chosen != kind.count() {
            self.diagnostics.push(
                Diagnostic::error("question/key", format!("the key has {chosen} options, and {} are chosen", kind.count()))
                    .at(key, "the key names every right option"),
            );
        }
        let all_chosen = options == kind.count() && matches!(kind, Kind::Order { .. });
        if (options <= kind.count() && !all_chosen) || !(3..=MOST_OPTIONS).contains(&options) {
            self.diagnostics.push(
                Diagnostic::error("question/options", format!("a question has 3 to {MOST_OPTIONS} options, more than are right"))
                    .at(entries.last().map_or(key, |pair| pair.key_span), format!("{options} options, {} right", kind.count())),
            );
        }
    }

    /// `proof: cited` with a source, or world, checks and what each distractor shows.
    fn evidence(
        &mut self,
        (id, kind): (Option<(&str, Span)>, Option<&Kind>),
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
            free_form: matches!(kind?, Kind::Numeric { .. }),
            choose: kind?.count(),
            options: choices,
        };
        let proof = Proof { passes: Vec::new(), fails, span: proof.span };
        let document = Arc::new(lower_parts(id?, world?.clone(), checks?.clone(), decision, proof));
        Some(Evidence::Executed { document, decision: DECISION.to_owned(), rest: Answers::new() })
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
