//! What does this month cost? Keys, how long they have been there, replicas and requests, with a worked solution.

use crate::cloud::Random;
use crate::diag::Sources;
use crate::doc::{self, Limits};
use crate::pricing::grouped;
use crate::rulebook::{Rulebook, ids};
use crate::scenario::{Answers, instantiate, lower, run};
use crate::study::shuffle;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

/// Days of June, when the worlds of these questions begin: a month of 30 days, so that tenths of it are whole days.
const MONTH_DAYS: u32 = 30;

/// Regions for replicas.
const REGIONS: [&str; 3] = ["eu-west-1", "ap-northeast-1", "us-west-2"];

/// The figures of a question.
#[derive(Clone, Copy, Debug)]
struct Case {
    /// Customer managed keys in the first Region.
    keys: u32,
    /// The day of June on which they are made.
    day: u32,
    /// Replicas of the first key, each in a Region of its own.
    replicas: u32,
    /// Symmetric requests of the month, in units of ten thousand: so the bill comes out in cents.
    requests: u32,
}

/// A mistake, with what somebody who makes it takes the bill to be.
struct Mistake {
    name: &'static str,
    why: &'static str,
    total: Decimal,
}

/// A question about the bill of a month, as the text of a question file; its id ends with the seed. `difficulty` goes from 1 (keys and requests)
/// to 3 (a part of a month, replicas in other Regions).
///
/// Nothing comes back where the model has no bill, which is a mistake in this program.
#[must_use]
pub fn cost_question(seed: u64, difficulty: u8, rulebook: Rulebook) -> Option<String> {
    let mut random = Random::new(seed);
    // A draw whose mistakes give fewer than three amounts of their own is drawn again.
    (0..100).find_map(|draw| {
        let case = Case::draw(&mut random, difficulty);
        let order = |count| shuffle(count, seed, &format!("mistakes {draw}"));
        case.question(seed, index(&mut random, 4), order, rulebook)
    })
}

impl Case {
    fn draw(random: &mut Random, difficulty: u8) -> Self {
        let keys = below(random, 5) + 1;
        let day = if difficulty >= 2 { [4, 7, 10, 13, 16, 19, 22].get(index(random, 7)).copied().unwrap_or(1) } else { 1 };
        let replicas = if difficulty >= 3 { below(random, 3) + 1 } else { 0 };
        let scale = [1, 10, 100].get(index(random, 3)).copied().unwrap_or(1);
        Case { keys, day, replicas, requests: (below(random, 40) + 3) * scale }
    }

    /// The question in which so many of the other amounts lie below the right one, chosen from the mistakes in this order; nothing if
    /// there are not enough.
    fn question(self, seed: u64, below_wanted: usize, order: impl Fn(usize) -> Vec<usize>, rulebook: Rulebook) -> Option<String> {
        let total = self.total(rulebook)?;
        let mut mistakes = self.mistakes(rulebook);
        mistakes.retain(|mistake| mistake.total != total && mistake.total.round_dp(2) == mistake.total && mistake.total > Decimal::ZERO);
        let mut ordered: Vec<(usize, Mistake)> = order(mistakes.len()).into_iter().zip(mistakes).collect();
        ordered.sort_by_key(|(place, _)| *place);
        // The right amount must not give itself away by its place: how many of the others lie below it is drawn.
        let (lower, higher): (Vec<Mistake>, Vec<Mistake>) =
            ordered.into_iter().map(|(_, mistake)| mistake).partition(|mistake| mistake.total < total);
        let mut chosen = distinct(lower, below_wanted);
        chosen.extend(distinct(higher, 3 - below_wanted));
        if chosen.len() < 3 {
            return None;
        }
        let mut options: Vec<(Decimal, Option<&Mistake>)> = chosen.iter().map(|mistake| (mistake.total, Some(mistake))).collect();
        options.push((total, None));
        options.sort_by_key(|(amount, _)| *amount);
        let letters = ["a", "b", "c", "d"];
        let mut shown = Map::new();
        let mut fails = Map::new();
        let mut key = "a";
        for (letter, (amount, mistake)) in letters.iter().zip(&options) {
            let (text, value) = (format!("{amount:.2} USD"), format!("{amount:.2}"));
            let option = if let Some(mistake) = mistake {
                fails.insert((*letter).to_owned(), json!({"at": "bill", "with": format!("{total:.2}")}));
                json!({"text": text, "value": value, "misconception": mistake.name, "why": mistake.why})
            } else {
                key = letter;
                json!({"text": text, "value": value, "why": "Every line of the bill is charged by its own rule."})
            };
            shown.insert((*letter).to_owned(), option);
        }
        let proof = json!({"world": self.world(), "checks": [self.check(json!({"answer": "option"}))], "fails": fails});
        let question = json!({
            "question": format!("cost-month-{seed}"),
            "kind": "choice",
            "topics": ["cost"],
            "domain": "cost",
            "guide": "Cost Optimization",
            "facts": ["price-key-month", "price-requests-symmetric", "free-tier-requests"],
            "stem": self.stem(),
            "options": shown,
            "key": [key],
            "why": self.solution(rulebook, total),
            "proof": proof,
        });
        Some(json!({"version": 1, "questions": [question]}).to_string())
    }

    /// The world: the keys are made when it begins.
    fn world(self) -> Value {
        let mut keys: Map<String, Value> = (0..self.keys).map(|number| (format!("key-{number}"), json!({}))).collect();
        if self.replicas > 0 {
            keys.insert("key-0".to_owned(), json!({"multi_region": true}));
        }
        for (number, region) in (0..self.replicas).zip(REGIONS) {
            keys.insert(format!("replica-{number}"), json!({"replica_of": "key-0", "region": region}));
        }
        json!({"start": format!("2026-06-{:02}", self.day), "accounts": {"A": {"id": "111111111111"}}, "kms": keys})
    }

    fn check(self, amount: Value) -> Value {
        let usage = json!([{"kms": "Decrypt", "count": u64::from(self.requests) * 10_000}]);
        json!({"name": "bill", "goal": "what KMS costs in June", "cost": {"at_least": amount.clone(), "at_most": amount, "usage": usage}})
    }

    /// What the model bills.
    fn total(self, rulebook: Rulebook) -> Option<Decimal> {
        let scenario = json!({
            "scenario": "cost-month",
            "title": "What June costs",
            "brief": "A bill.",
            "world": self.world(),
            "checks": [self.check(json!("0.00"))],
            "proof": {},
        });
        let node = doc::read(&mut Sources::new(), "generated", &scenario.to_string(), Limits::default()).ok()?;
        let instance = instantiate(&lower(&node).ok()?, &Answers::new(), rulebook).ok()?;
        run(&instance).bill.map(|bill| bill.total)
    }

    /// The part of the month in which the keys are there.
    fn part(self) -> Decimal {
        Decimal::from(MONTH_DAYS + 1 - self.day) / Decimal::from(MONTH_DAYS)
    }

    fn mistakes(self, rulebook: Rulebook) -> Vec<Mistake> {
        let key = rulebook.amount(ids::PRICE_KEY_MONTH);
        let request = request_price(rulebook);
        let count = Decimal::from(self.requests) * Decimal::from(10_000);
        let free = Decimal::from(rulebook.number(ids::FREE_TIER_REQUESTS));
        let paid = (count - free).max(Decimal::ZERO) * request;
        let all = count * request;
        let (keys, replicas) = (Decimal::from(self.keys), Decimal::from(self.replicas));
        let storage = (keys + replicas) * key * self.part();
        let mistake = |name, why, total: Decimal| Mistake { name, why, total: total.normalize() };
        vec![
            mistake("no-free-tier", "The first requests of the month are free, and this amount charges them.", storage + all),
            mistake(
                "each-key-has-a-free-tier",
                "The free tier counts the requests of the account once, not those of each key.",
                storage + (count - free * (keys + replicas)).max(Decimal::ZERO) * request,
            ),
            mistake("storage-only", "This is the keys alone. Requests beyond the free tier are charged as well.", storage),
            mistake("requests-only", "This is the requests alone. A customer managed key is charged for being there.", paid),
            mistake(
                "whole-months-only",
                "Keys are charged by the hour: these were there for a part of the month.",
                (keys + replicas) * key + paid,
            ),
            mistake("replicas-are-free", "Each replica is charged like a key of its own.", keys * key * self.part() + paid),
            mistake("one-key-for-all", "Each key has its price; this amount has one.", key * self.part() + paid),
            mistake("price-per-thousand", "The price buys ten thousand requests, not one thousand.", storage + paid * Decimal::TEN),
            mistake(
                "a-tenth-of-the-requests",
                "That is the price of a hundred thousand requests for every million.",
                storage + paid / Decimal::TEN,
            ),
            mistake("keys-charged-twice", "A key costs its price once a month, however it is used.", storage * Decimal::TWO + paid),
        ]
    }

    fn stem(self) -> String {
        let keys = match self.keys {
            1 => "one customer managed key".to_owned(),
            count => format!("{count} customer managed keys"),
        };
        let when = match self.day {
            1 => "has had, for all of June,".to_owned(),
            day => format!("makes, at midnight (UTC) when the {} of June begins,", ordinal(day)),
        };
        let replicas = match self.replicas {
            0 => String::new(),
            1 => ", and replicates one of them, a multi-Region key, to one more Region at once".to_owned(),
            count => format!(", and replicates one of them, a multi-Region key, to {count} more Regions at once"),
        };
        let replicas = if self.keys == 1 { replicas.replace("one of them", "it") } else { replicas };
        let requests = grouped(Decimal::from(self.requests) * Decimal::from(10_000));
        format!(
            "An account {when} {keys} with symmetric key material from KMS{replicas}. Nothing is rotated or deleted. All in all it makes {requests} \
             symmetric requests to KMS in June. What does KMS cost it in that month, with the free tier?"
        )
    }

    /// The bill, worked out.
    fn solution(self, rulebook: Rulebook, total: Decimal) -> String {
        let key = rulebook.amount(ids::PRICE_KEY_MONTH);
        let request = request_price(rulebook);
        let free = Decimal::from(rulebook.number(ids::FREE_TIER_REQUESTS));
        let count = Decimal::from(self.requests) * Decimal::from(10_000);
        let there = Decimal::from(self.keys + self.replicas);
        let storage = there * key * self.part();
        let part = match self.day {
            1 => String::new(),
            day => format!(" x {} of {MONTH_DAYS} days", MONTH_DAYS + 1 - day),
        };
        let paid = (count - free).max(Decimal::ZERO);
        format!(
            "Keys: {there} x {key} USD{part} = {storage:.2} USD. Requests: {} - {} free = {} x {} USD = {:.2} USD. Together {total:.2} USD.",
            grouped(count),
            grouped(free),
            grouped(paid),
            request.normalize(),
            paid * request
        )
    }
}

/// The price of one symmetric request; the fact is for ten thousand.
fn request_price(rulebook: Rulebook) -> Decimal {
    rulebook.amount(ids::PRICE_REQUESTS_SYMMETRIC) / Decimal::from(10_000)
}

/// So many mistakes with amounts of their own.
fn distinct(mistakes: Vec<Mistake>, count: usize) -> Vec<Mistake> {
    let mut kept: Vec<Mistake> = Vec::new();
    for mistake in mistakes {
        if kept.len() < count && kept.iter().all(|other| other.total != mistake.total) {
            kept.push(mistake);
        }
    }
    kept
}

fn below(random: &mut Random, limit: u32) -> u32 {
    u32::from_be_bytes(random.bytes()) % limit
}

fn index(random: &mut Random, limit: u32) -> usize {
    usize::try_from(below(random, limit)).unwrap_or(0)
}

fn ordinal(day: u32) -> String {
    let ending = match (day % 10, day % 100) {
        (1, tens) if tens != 11 => "st",
        (2, tens) if tens != 12 => "nd",
        (3, tens) if tens != 13 => "rd",
        _ => "th",
    };
    format!("{day}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::{Bank, check_question, prove_question};
    use std::collections::BTreeMap;

    fn question(seed: u64, difficulty: u8) -> crate::study::Question {
        let text = cost_question(seed, difficulty, Rulebook::current()).unwrap_or_else(|| panic!("seed {seed}"));
        let (bank, diagnostics) = Bank::read(&mut Sources::new(), [("generated", text.as_str())]);
        assert!(diagnostics.is_empty(), "seed {seed}: {diagnostics:?}");
        bank.questions.into_iter().next().unwrap()
    }

    #[test]
    fn every_seed_makes_a_question_that_the_model_proves() {
        for seed in 0..150 {
            let question = question(seed, u8::try_from(seed % 3).unwrap() + 1);
            let mut found = prove_question(&question, Rulebook::current());
            found.extend(check_question(&question));
            assert!(found.is_empty(), "seed {seed}: {found:?}");
            assert_eq!(question.options.len(), 4);
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_question_and_another_seed_another() {
        let text = |seed| cost_question(seed, 3, Rulebook::current()).unwrap();
        assert_eq!(text(7), text(7));
        assert_ne!(text(7), text(8));
    }

    #[test]
    fn the_place_of_the_right_amount_tells_nothing() {
        let mut places: BTreeMap<String, u32> = BTreeMap::new();
        for seed in 0..600 {
            let question = question(seed, 3);
            *places.entry(question.key.join("")).or_default() += 1;
        }
        // A quarter each, within what chance does.
        assert!(places.len() == 4 && places.values().all(|count| (100..=200).contains(count)), "{places:?}");
    }

    #[test]
    fn a_question_reads_well() {
        let question = question(3, 3);
        let options: Vec<String> =
            question.options.iter().map(|option| format!("{}: {} ({})", option.name, option.text, option.why)).collect();
        insta::assert_snapshot!(format!(
            "{}\n\n{}\n\nkey {}: {}",
            question.stem,
            options.join("\n"),
            question.key.join(", "),
            question.why
        ));
    }
}
