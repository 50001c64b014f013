//! Finding facts and claims by words: in any order, as they begin, and with a slip of the finger.

use super::{Claim, Fact, Rulebook, Verdict};
use std::collections::BTreeMap;

/// A fact or a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A fact.
    Fact(&'static Fact),
    /// A claim of the guide.
    Claim(&'static Claim),
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The entries, the best first.
    pub entries: Vec<Entry>,
    /// Whether each has every word; else they have as many as any entry has.
    pub whole: bool,
}

impl Entry {
    /// All facts by topic, then all claims in the order of the guide.
    pub fn all() -> impl Iterator<Item = Entry> {
        let facts = Rulebook::current().facts().iter().map(Entry::Fact);
        facts.chain(Claim::all().iter().map(Entry::Claim))
    }

    /// The entries with this id: a fact, a claim, or one of each.
    #[must_use]
    pub fn with_id(id: &str) -> Vec<Entry> {
        let fact = Rulebook::current().fact(id).map(Entry::Fact);
        fact.into_iter().chain(Claim::find(id).map(Entry::Claim)).collect()
    }

    /// Its id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Entry::Fact(fact) => fact.id,
            Entry::Claim(claim) => claim.id,
        }
    }

    /// Whether the guide says something else than holds today.
    #[must_use]
    pub fn differs(self) -> bool {
        match self {
            Entry::Fact(fact) => fact.differs(),
            Entry::Claim(claim) => claim.verdict != Verdict::Current,
        }
    }

    /// Its texts, each with what a word in it weighs.
    fn texts(self) -> Vec<(u32, String)> {
        match self {
            Entry::Fact(fact) => {
                let mut texts = vec![(6, fact.title.to_owned()), (6, fact.id.to_owned()), (3, fact.topic.to_owned())];
                texts.extend(fact.guide.iter().chain([&fact.current]).map(|value| (4, fact.phrase(*value))));
                let rest = [fact.since, fact.note, fact.section, fact.guide_phrase, Some(fact.source)];
                texts.extend(rest.into_iter().flatten().map(|text| (1, text.to_owned())));
                texts
            }
            Entry::Claim(claim) => vec![
                (5, claim.claim.to_owned()),
                (5, claim.id.to_owned()),
                (2, claim.today.to_owned()),
                (1, claim.section.to_owned()),
                (1, claim.verdict.name().to_owned()),
                (1, claim.source.to_owned()),
            ],
        }
    }
}

/// Words that say nothing, unless nothing else is asked for.
const EMPTY: [&str; 27] = [
    "a", "an", "and", "are", "as", "at", "be", "by", "can", "do", "does", "for", "how", "in", "is", "it", "many", "much", "of", "on",
    "the", "to", "what", "when", "which", "why", "with",
];

/// Shorter words are not taken for the beginning of others, and have no slips.
const LONG: usize = 4;

/// Facts and claims with these words: all words if any entry has them all, else as many as any has. Nothing for a query without words.
#[must_use]
pub fn search(query: &str) -> Found {
    let asked = words(query);
    let telling: Vec<String> = asked.iter().filter(|word| !EMPTY.contains(&word.as_str())).cloned().collect();
    let asked = if telling.is_empty() { asked } else { telling };
    let mut ranked: BTreeMap<usize, Vec<(u32, Entry)>> = BTreeMap::new();
    for entry in Entry::all() {
        let texts: Vec<(u32, Vec<String>)> = entry.texts().into_iter().map(|(weight, text)| (weight, words(&text))).collect();
        let scores: Vec<u32> = asked.iter().map(|word| score(word, &texts)).collect();
        let hits = scores.iter().filter(|score| **score > 0).count();
        if hits > 0 {
            ranked.entry(hits).or_default().push((scores.iter().sum(), entry));
        }
    }
    let Some((most, mut best)) = ranked.pop_last() else { return Found { entries: Vec::new(), whole: false } };
    // Stable: what scores alike stays in its order, facts first.
    best.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    Found { entries: best.into_iter().map(|(_, entry)| entry).collect(), whole: most == asked.len() }
}

/// Small letters and digits; a comma within a number is none: `50,000` is `50000`.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut characters = text.chars().peekable();
    let mut last = ' ';
    while let Some(character) = characters.next() {
        let digits = last.is_ascii_digit() && characters.peek().is_some_and(char::is_ascii_digit);
        if character.is_alphanumeric() || character == '.' && digits {
            if let Some(word) = words.last_mut() {
                word.extend(character.to_lowercase());
            }
        } else if !(character == ',' && digits) {
            words.push(String::new());
        }
        last = character;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// How well the best of the texts has a word.
fn score(word: &str, texts: &[(u32, Vec<String>)]) -> u32 {
    let best = |(weight, words): &(u32, Vec<String>)| weight * words.iter().map(|other| likeness(word, other)).max().unwrap_or(0);
    texts.iter().map(best).max().unwrap_or(0)
}

/// From 0, another word, to 10, the same.
fn likeness(asked: &str, word: &str) -> u32 {
    let length = asked.chars().count();
    if asked == word {
        return 10;
    }
    if word.starts_with(asked) {
        return if length < LONG { 4 } else { 7 };
    }
    if length < LONG || asked.chars().any(|character| character.is_ascii_digit()) {
        return 0;
    }
    // `rotations` for `rotation`, and a word inside one of AWS's: `replica` in `multiregionreplica`.
    if asked.strip_suffix('s') == Some(word) {
        return 8;
    }
    if word.contains(asked) {
        return 5;
    }
    let slips = if length < 2 * LONG { 1 } else { 2 };
    let began: String = word.chars().take(length).collect();
    if strsim::damerau_levenshtein(asked, word) <= slips || strsim::damerau_levenshtein(asked, &began) <= 1 { 3 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(query: &str) -> &'static str {
        search(query).entries.first().map_or("", |entry| entry.id())
    }

    fn finds(query: &str, id: &str) -> bool {
        let found = search(query);
        found.whole && found.entries.iter().any(|entry| entry.id() == id)
    }

    #[test]
    fn words_come_in_any_order_begun_and_with_a_slip() {
        for query in ["grants per key", "key grants", "GRANTS 50,000", "grants 10000", "grnats per key", "how many grants per key?"] {
            assert!(finds(query, "grants-per-key"), "{query}: {:?}", search(query).entries.iter().map(|e| e.id()).collect::<Vec<_>>());
        }
        assert_eq!(first("grants per key"), "grants-per-key");
        assert!(finds("rotat aws managed", "rotation-period-aws-managed"));
        assert!(finds("bucket keys", "s3-bucket-key-fewer-calls"));
        assert!(finds("0.03", "price-requests-symmetric"));
    }

    #[test]
    fn the_id_finds_its_entry_first() {
        for entry in Entry::all().step_by(11) {
            let found = search(entry.id());
            let Some(best) = found.entries.first() else { panic!("{} is not found", entry.id()) };
            let place = found.entries.iter().position(|other| other.id() == entry.id());
            assert!(place.is_some_and(|place| place < 5), "{} comes at {place:?}, behind {}", entry.id(), best.id());
        }
    }

    #[test]
    fn what_nothing_has_whole_is_told_apart() {
        let found = search("rotation of elephants");
        assert!(!found.whole && !found.entries.is_empty());
        assert!(search("elephant").entries.is_empty() && search("").entries.is_empty() && search("?!").entries.is_empty());
    }
}
