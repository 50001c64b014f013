//! A question as its file has it.

use crate::diag::Span;
use crate::rulebook::{Claim, Rulebook, RulebookKind};
use crate::scenario::{Answers, Document};
use rust_decimal::Decimal;
use std::sync::Arc;

/// The decision that a question is, in the scenario language: holes say `{ answer: option }`.
pub(super) const DECISION: &str = "option";

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
    /// The claims of the guide that it exercises, the main one first.
    pub claims: Vec<&'static Claim>,
    /// The situation and what is asked.
    pub stem: String,
    /// Where the stem stands.
    pub stem_span: Span,
    /// The options, in the order of the file.
    pub options: Vec<QuestionOption>,
    /// The names of the right options; of an order, one order that works.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One option is right.
    Choice,
    /// So many options are right, all or nothing.
    Response {
        /// How many.
        choose: usize,
    },
    /// Options are steps: so many of them, in an order that works.
    Order {
        /// How many.
        choose: usize,
        /// The orders that work besides the key.
        also: Vec<Vec<String>>,
    },
    /// A number is typed. The options are not shown: they are the right number, and those that mistakes lead to.
    Numeric {
        /// What it counts: `USD`, `days`.
        unit: String,
    },
}

impl Kind {
    /// How many options are chosen.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Kind::Choice | Kind::Numeric { .. } => 1,
            Kind::Response { choose } | Kind::Order { choose, .. } => *choose,
        }
    }

    /// `choice`, `response`, `order` or `numeric`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Choice => "choice",
            Kind::Response { .. } => "response",
            Kind::Order { .. } => "order",
            Kind::Numeric { .. } => "numeric",
        }
    }
}

/// A number that a learner typed begins so in an answer, where it is none of the options: `=3.50`.
const TYPED: char = '=';

/// The number in an answer or in the text of an option: `=1,000.50`, `3.54 USD`.
pub(super) fn number(text: &str) -> Option<Decimal> {
    let text = text.strip_prefix(TYPED).unwrap_or(text).trim();
    let figures = text.split_whitespace().next()?.trim_start_matches('$').replace(',', "");
    figures.parse::<Decimal>().ok().map(|number| number.normalize())
}

/// A domain of the exam. Source: exam guide of AWS Certified Solutions Architect - Associate (SAA-C03).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
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
    pub(super) const ALL: [Domain; 4] = [Domain::Secure, Domain::Resilient, Domain::Performing, Domain::Cost];

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
        /// World, checks and decisions, in the scenario language.
        document: Arc<Document>,
        /// The decision that the question is.
        decision: String,
        /// How the others are made; a question of the bank has none.
        rest: Answers,
    },
    /// A page of AWS.
    Cited {
        /// Its title.
        source: String,
    },
}

/// The place of the option that is shown with a letter, among so many: 0 for `a`.
#[must_use]
pub fn place_of_letter(letter: char, of: usize) -> Option<usize> {
    let place = u32::from(letter.to_ascii_lowercase()).checked_sub(u32::from('a')).and_then(|place| usize::try_from(place).ok())?;
    (place < of).then_some(place)
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
            (RulebookKind::Guide, Some(key)) => key,
            (RulebookKind::Guide, None) | (RulebookKind::Current, _) => &self.key,
        }
    }

    /// The answer that a typed number is: an option if one has that number, else the number itself; nothing if it is no number.
    #[must_use]
    pub fn typed(&self, text: &str) -> Option<String> {
        let typed = number(text)?;
        let option = self.options.iter().find(|option| number(&option.text) == Some(typed));
        Some(option.map_or_else(|| format!("{TYPED}{typed}"), |option| option.name.clone()))
    }

    /// Whether these are the right options, all of them and no other; of an order, in this order.
    #[must_use]
    pub fn is_right(&self, chosen: &[String], rulebook: Rulebook) -> bool {
        if let Kind::Order { also, .. } = &self.kind {
            return chosen == self.key_under(rulebook) || also.iter().any(|order| order == chosen);
        }
        let mut chosen: Vec<&String> = chosen.iter().collect();
        let mut key: Vec<&String> = self.key_under(rulebook).iter().collect();
        chosen.sort();
        key.sort();
        chosen == key
    }
}
