//! What does this month cost? Keys, how long they have been there, replicas and requests, with a worked solution.

use super::dice::{Dice, Want};
use super::draft::{Choice, Draft, Proof, ranked};
use super::family::Family;
use super::setting::OWNER;
use crate::cloud::{AccountId, Meter, MeterKey, Region, RequestClass, parse_instant};
use crate::pricing::{Bill, KeyLife, Month, PriceBook, grouped};
use crate::rulebook::{Rulebook, ids};
use crate::study::question::Domain;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

pub(super) static FAMILY: Family = Family {
    id: "cost-month",
    title: "What does KMS cost this month?",
    topics: &["cost"],
    domain: Domain::Cost,
    guide: "Cost Optimization",
    claims: &["cost-free-tier", "customer-managed-price", "cost-mrk-per-region", "cost-request-price"],
    facts: &["price-key-month", "price-requests-symmetric", "free-tier-requests"],
    draw: |want, dice, difficulty, rulebook| Case::draw(dice, difficulty)?.draft(want, dice, rulebook),
};

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

impl Case {
    fn draw(dice: &mut Dice, difficulty: u8) -> Option<Self> {
        let keys = dice.between(1, 5);
        let day = if difficulty >= 2 { dice.pick(&[4, 7, 10, 13, 16, 19, 22])? } else { 1 };
        let replicas = if difficulty >= 3 { dice.between(1, 3) } else { 0 };
        let scale = dice.pick(&[1, 10, 100])?;
        Some(Case { keys, day, replicas, requests: dice.between(3, 42) * scale })
    }

    /// The item in which so many of the other amounts lie below the right one; nothing if there are not enough mistakes on a side.
    fn draft(self, want: &Want, dice: &mut Dice, rulebook: Rulebook) -> Option<Draft> {
        let total = self.total(rulebook)?;
        let choice =
            |amount: Decimal, name, why: &str| (amount, Choice::new(format!("{amount:.2} USD"), why, name, json!(format!("{amount:.2}"))));
        let wrong = self.mistakes(rulebook).into_iter();
        let wrong = wrong.filter(|mistake| mistake.total.round_dp(2) == mistake.total && mistake.total > Decimal::ZERO);
        let wrong = wrong.map(|mistake| choice(mistake.total, mistake.name, mistake.why)).collect();
        let right = choice(total, "", "Every line of the bill is charged by its own rule.");
        let (choices, right) = ranked(want, dice, right, wrong)?;
        Some(Draft {
            stem: dice.pen.write(|| self.stem()),
            choices,
            right,
            why: dice.pen.write(|| self.solution(rulebook, total)),
            hints: [
                "Two lines: what the keys cost for being there, and what the requests cost beyond the free tier.",
                "A key is charged for the part of the month in which it is there, and a replica like a key.",
            ],
            try_next: "kmsprep drill cost",
            proof: dice.pen.write(|| Proof { world: self.world(), checks: vec![self.check(json!({"answer": "option"}))] }),
            load: 2 + u32::from(self.day > 1) + u32::from(self.replicas > 0),
        })
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
        json!({"start": format!("2026-06-{:02}", self.day), "accounts": {"A": {"id": OWNER}}, "kms": keys})
    }

    fn check(self, amount: Value) -> Value {
        let usage = json!([{"kms": "Decrypt", "count": u64::from(self.requests) * 10_000}]);
        json!({"name": "bill", "goal": "what KMS costs in June", "cost": {"at_least": amount.clone(), "at_most": amount, "usage": usage}})
    }

    /// What the model bills.
    fn total(self, rulebook: Rulebook) -> Option<Decimal> {
        let account = AccountId::parse(OWNER)?;
        let month = Month::of(parse_instant("2026-06-01")?)?;
        let created = parse_instant(&format!("2026-06-{:02}", self.day))?;
        let life = |region| KeyLife::customer_managed("", account, region, created);
        let mut keys: Vec<KeyLife> = (0..self.keys).map(|_| life(Region::default_region())).collect();
        keys.extend((0..self.replicas).zip(REGIONS).filter_map(|(_, region)| Region::parse(region).map(life)));
        let mut meter = Meter::default();
        let class = RequestClass::Symmetric;
        meter.add(MeterKey { payer: account, region: Region::default_region(), class }, u64::from(self.requests) * 10_000);
        Bill::of(PriceBook::standard(), rulebook, month, &keys, &meter, true).ok().map(|bill| bill.total)
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

fn ordinal(day: u32) -> String {
    let ending = match (day % 10, day % 100) {
        (1, tens) if tens != 11 => "st",
        (2, tens) if tens != 12 => "nd",
        (3, tens) if tens != 13 => "rd",
        _ => "th",
    };
    format!("{day}{ending}")
}
