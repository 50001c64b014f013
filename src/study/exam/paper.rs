//! Which questions a paper has, in which order, and which of them count: a function of bank, seed and blueprint.

use super::super::question::{Domain, Kind, Question};
use super::super::session::shuffle;
use super::blueprint::{Blueprint, shares};
use crate::cloud::{Random, hex_digits};
use crate::rulebook::Rulebook;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::borrow::Borrow;
use std::collections::BTreeMap;

/// A paper. Two people with the same bank, rulebook, seed and blueprint draw the same one, and see it by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Eight hexadecimal digits over all that is in it, and the number of its questions: `7f3a91c2-15`.
    pub id: String,
    /// The seed that it was drawn with.
    pub seed: u64,
    /// The rulebook: `current` or `guide`.
    pub rulebook: String,
    /// Its shape; smaller than what was asked for where the bank has fewer questions.
    pub blueprint: Blueprint,
    /// How many questions were asked for.
    pub wanted: usize,
    /// Its questions, in their order.
    pub items: Vec<PaperItem>,
    /// What each domain should have and has.
    pub shares: Vec<Share>,
}

/// A question of a paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperItem {
    /// Its id in the bank.
    pub question: String,
    /// Names of its options, in the order in which they are shown.
    pub order: Vec<String>,
    /// How many of them are chosen.
    pub choose: usize,
    /// Whether it counts. Nobody is told before the end.
    pub scored: bool,
    /// Its domain.
    pub domain: Domain,
    /// Twelve hexadecimal digits over its text and key.
    pub version: String,
}

/// Questions of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Which.
    pub domain: Domain,
    /// How many it should have by its weight.
    pub wanted: usize,
    /// How many it has.
    pub has: usize,
}

/// Whether an exam asks such questions: only multiple choice and multiple response. Source: the exam guide.
#[must_use]
pub fn can_be_asked(question: &Question) -> bool {
    match question.kind {
        Kind::Choice | Kind::Response { .. } => true,
        Kind::Order { .. } | Kind::Numeric { .. } => false,
    }
}

impl Paper {
    /// Draws a paper. Questions whose topics were taken least come first: within a domain no topic comes twice while another has not come at all.
    #[must_use]
    pub fn draw(questions: &[impl Borrow<Question>], seed: u64, blueprint: Blueprint, rulebook: Rulebook) -> Self {
        let wanted = blueprint.items;
        let mut left: Vec<&Question> = questions.iter().map(Borrow::borrow).filter(|question| can_be_asked(question)).collect();
        let blueprint = if left.len() < wanted { shrunk(blueprint, left.len()) } else { blueprint };
        let random = Random::new(seed);
        // The order of the files decides nothing.
        left.sort_by_cached_key(|question| random.derive(&format!("exam {}", question.id)));
        let (scored, unscored) = (shares(blueprint.scored()), shares(blueprint.unscored));
        let mut draw = Draw { left, taken: BTreeMap::new() };
        let mut chosen: Vec<(&Question, bool)> = Vec::new();
        for (shares, counts) in [(scored, true), (unscored, false)] {
            for (domain, share) in shares {
                for _ in 0..share {
                    chosen.extend(draw.next(Some(domain)).map(|question| (question, counts)));
                }
            }
        }
        // What counts is filled first; what the bank lacks in a domain, the others give.
        let mut count = |counts: bool, most: usize| {
            while chosen.iter().filter(|(_, scored)| *scored == counts).count() < most {
                match draw.next(None) {
                    Some(question) => chosen.push((question, counts)),
                    None => break,
                }
            }
        };
        count(true, blueprint.scored());
        count(false, blueprint.unscored);
        chosen.sort_by_cached_key(|(question, _)| random.derive(&format!("exam place {}", question.id)));
        let items: Vec<PaperItem> = chosen.into_iter().map(|(question, scored)| item(question, scored, &random, rulebook)).collect();
        let shares = scored.iter().zip(unscored).map(|((domain, scored), (_, unscored))| Share {
            domain: *domain,
            wanted: scored + unscored,
            has: items.iter().filter(|item| item.domain == *domain).count(),
        });
        let shares = shares.collect();
        let id = id(&items, seed, rulebook);
        Paper { id, seed, rulebook: rulebook.kind.name().to_owned(), blueprint, wanted, items, shares }
    }

    /// Where the paper is not as the blueprint wants it, as sentences.
    #[must_use]
    pub fn caveats(&self) -> Vec<String> {
        let mut caveats = Vec::new();
        if self.items.len() < self.wanted {
            caveats.push(format!(
                "The bank has {} questions that an exam can ask, so this paper has {} of {}, with less time.",
                self.items.len(),
                self.items.len(),
                self.wanted
            ));
        }
        let short: Vec<String> = self
            .shares
            .iter()
            .filter(|share| share.has < share.wanted)
            .map(|share| format!("{} ({} of {})", share.domain.name(), share.has, share.wanted))
            .collect();
        if !short.is_empty() {
            caveats.push(format!("The bank has too few questions in {}: other domains fill their places.", short.join(", ")));
        }
        caveats
    }
}

/// A smaller paper, with the same extra time.
fn shrunk(blueprint: Blueprint, items: usize) -> Blueprint {
    let smaller = Blueprint::of(items);
    let own = Blueprint::of(blueprint.items).seconds.unwrap_or(0);
    let seconds = blueprint.seconds.map(|seconds| seconds.saturating_sub(own).saturating_add(smaller.seconds.unwrap_or(0)));
    Blueprint { seconds, ..smaller }
}

/// Questions that were not taken yet, in the order of chance.
struct Draw<'q> {
    left: Vec<&'q Question>,
    /// How often each main topic was taken.
    taken: BTreeMap<&'q str, usize>,
}

impl<'q> Draw<'q> {
    fn next(&mut self, domain: Option<Domain>) -> Option<&'q Question> {
        let topic = |question: &'q Question| question.topics.first().map_or("", String::as_str);
        let fits = self.left.iter().enumerate().filter(|(_, question)| domain.is_none_or(|domain| question.domain == domain));
        let at = fits.min_by_key(|(_, question)| self.taken.get(topic(question)).copied().unwrap_or(0)).map(|(at, _)| at)?;
        let question = self.left.remove(at);
        *self.taken.entry(topic(question)).or_default() += 1;
        Some(question)
    }
}

fn item(question: &Question, scored: bool, random: &Random, rulebook: Rulebook) -> PaperItem {
    // As in a drill with this seed, so that a record of the answer means the same letters.
    let places = shuffle(question.options.len(), random.seed(), &question.id);
    let order = places.into_iter().filter_map(|place| question.options.get(place)).map(|option| option.name.clone()).collect();
    let version = version(question, rulebook);
    PaperItem { question: question.id.clone(), order, choose: question.kind.count(), scored, domain: question.domain, version }
}

/// Names the text of a question as it reads under a rulebook, with its key.
pub(super) fn version(question: &Question, rulebook: Rulebook) -> String {
    let said = |text: &str| rulebook.interpolate(text).unwrap_or_else(|_| text.to_owned());
    let mut parts = vec![question.kind.name().to_owned(), question.kind.count().to_string(), said(&question.stem)];
    parts.extend(question.options.iter().flat_map(|option| [option.name.clone(), said(&option.text)]));
    parts.extend(question.key_under(rulebook).iter().cloned());
    digest(&parts, 12)
}

fn id(items: &[PaperItem], seed: u64, rulebook: Rulebook) -> String {
    let mut parts = vec![seed.to_string(), rulebook.kind.name().to_owned()];
    for item in items {
        parts.extend([item.question.clone(), item.version.clone(), item.scored.to_string()]);
        parts.extend(item.order.iter().cloned());
    }
    format!("{}-{}", digest(&parts, 8), items.len())
}

/// So many hexadecimal digits over some texts.
fn digest(parts: &[String], digits: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let mut all = hex_digits(&hash.finalize());
    all.truncate(digits);
    all
}
