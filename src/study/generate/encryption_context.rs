//! Which of four Decrypt calls succeeds? Encryption contexts that are almost that of Encrypt.

use super::dice::{Dice, Want};
use super::draft::{Choice, Draft, Proof, by_length, placed};
use super::family::Family;
use super::setting::{Key, OWNER, Role, Setting};
use super::stage::{Stage, Step};
use crate::rulebook::Rulebook;
use crate::study::question::Domain;
use serde_json::{Map, Value, json};

pub(super) static FAMILY: Family = Family {
    id: "encryption-context",
    title: "Which Decrypt call succeeds?",
    topics: &["encryption-context"],
    domain: Domain::Secure,
    guide: "Encryption Context",
    claims: &["context-required-to-decrypt", "context-is-aad", "context-key-value-pairs", "denied-by-wrong-context"],
    facts: &["error-wrong-context", "context-key-case"],
    draw,
};

/// The role that makes the calls.
const APP: (&str, &str) = (OWNER, "App");

/// Names and values of pairs; each value has a sibling of the same length.
const PAIRS: [(&str, [&str; 2]); 6] = [
    ("Department", ["Finance", "Support"]),
    ("Project", ["Alpha", "Gamma"]),
    ("Stage", ["Prod", "Test"]),
    ("Tenant", ["Acme", "Bolt"]),
    ("Purpose", ["Backup", "Report"]),
    ("Owner", ["Maria", "Pavel"]),
];

type Pair = (String, String);
type Pairs = Vec<Pair>;
type Change<'a> = &'a dyn Fn(&Pair) -> Pair;

/// A context that somebody might send, and the key that the call names, if any.
#[derive(Clone, Debug)]
struct Attempt {
    pairs: Pairs,
    key: Option<&'static str>,
    why: &'static str,
    mistake: &'static str,
}

fn draw(want: &Want, dice: &mut Dice, difficulty: u8, rulebook: Rulebook) -> Option<Draft> {
    let count = match difficulty {
        1 => 1,
        2 => 2,
        _ => 3,
    };
    let mut pairs = Pairs::new();
    for (name, values) in dice.some(PAIRS.to_vec(), count) {
        pairs.push((name.to_owned(), dice.pick(&values)?.to_owned()));
    }
    // At the hardest dial every call names a key, and one of them another one.
    let key = (difficulty == 3).then_some("orders");
    let right = Attempt { pairs: other_order(dice, &pairs), key, why: "The pairs are those of Encrypt; their order is free.", mistake: "" };
    // More than these are not needed to choose three from.
    let mut wrong: Vec<Attempt> = dice
        .some(attempts(&pairs), 16)
        .into_iter()
        .map(|attempt| Attempt { key, pairs: dice.shuffled(attempt.pairs), ..attempt })
        .collect();
    if difficulty == 3 {
        wrong.push(Attempt {
            pairs: dice.shuffled(pairs.clone()),
            key: Some("ledger"),
            why: "The context is right, but the key named is not the one that encrypted.",
            mistake: "any-key-with-the-right-context",
        });
    }
    let setting = Setting::new(vec![Role::allowed("App", &["kms:Encrypt", "kms:Decrypt"])], vec![Key::new("orders"), Key::new("ledger")]);
    let mut stage = Stage::new(&setting, rulebook)?;
    let sealed =
        Step::new("sealed", APP, "kms:Encrypt", json!({"KeyId": "orders", "Plaintext": "secret", "EncryptionContext": object(&pairs)}))
            .saved();
    stage.step(&sealed)?.ok()?;
    // What a choice fills in is made for those that are chosen.
    let choice = |attempt: &Attempt| Choice::new(attempt.text(), attempt.why, attempt.mistake, Value::Null);
    let choices = wrong.iter().enumerate().map(|(number, attempt)| choice(attempt).numbered(number));
    // In one half of the items all options are equally long; in the other as many are shorter as is drawn.
    let (mut choices, place) = if want.coin {
        let length = right.text().chars().count();
        placed(want, dice, choice(&right), choices.filter(|choice| choice.text.chars().count() == length).collect())?
    } else {
        by_length(want, dice, choice(&right), choices.collect())?
    };
    for (at, choice) in choices.iter_mut().enumerate() {
        let attempt = if at == place { &right } else { wrong.get(choice.number)? };
        if (stage.code(&Step::new("open", APP, "kms:Decrypt", attempt.members()))? == "ok") != (at == place) {
            return None;
        }
        choice.fills = json!({"with": attempt.members()});
    }
    let asked = if difficulty == 3 { " Each call names a key, as KeyId." } else { " No call names a key." };
    Some(Draft {
        stem: format!(
            "An application encrypts a secret with the symmetric key orders and the encryption context {}. It may use the keys orders and ledger as it \
             likes.{asked} Which Decrypt call returns the secret?",
            object(&pairs)
        ),
        choices,
        right: place,
        why: format!(
            "Decrypt needs exactly the pairs {}, with capitals as they are, in any order: the context is authenticated with the ciphertext.{}",
            object(&pairs),
            if difficulty == 3 { " A KeyId must name the key that encrypted, orders." } else { "" }
        ),
        hints: ["Compare pair by pair: names, values, capitals, and how many there are.", "The order of the pairs is free."],
        try_next: "kmsprep drill encryption-context",
        proof: dice.pen.write(|| Proof { world: setting.json(), checks: vec![sealed.shown("ok"), open()] }),
        load: u32::try_from(count).unwrap_or(0) + u32::from(difficulty == 3),
    })
}

/// The check that the Decrypt call of an option succeeds.
fn open() -> Value {
    let mut open = Step::new("open", APP, "kms:Decrypt", Value::Null).check(json!("ok"));
    if let Value::Object(map) = &mut open {
        map.insert("with".to_owned(), json!({"answer": "option", "part": "with"}));
    }
    open
}

/// What somebody sends who makes one mistake.
fn attempts(pairs: &Pairs) -> Vec<Attempt> {
    let mut all = Vec::new();
    let mut add = |pairs: Pairs, why, mistake| all.push(Attempt { pairs, key: None, why, mistake });
    for at in 0..pairs.len() {
        let changed = |change: Change<'_>| -> Pairs {
            pairs.iter().enumerate().map(|(other, pair)| if other == at { change(pair) } else { pair.clone() }).collect()
        };
        add(
            changed(&|(name, value)| (name.to_lowercase(), value.clone())),
            "A name differs in its capitals, and names are compared letter by letter.",
            "context-names-ignore-case",
        );
        add(
            changed(&|(name, value)| (name.clone(), value.to_lowercase())),
            "A value differs in its capitals, and values are compared letter by letter.",
            "context-values-ignore-case",
        );
        add(
            changed(&|(name, value)| (name.clone(), value.to_uppercase())),
            "A value differs in its capitals, and values are compared letter by letter.",
            "context-values-ignore-case",
        );
        add(changed(&|(name, value)| (name.clone(), sibling(value))), "A value is another one.", "context-values-are-not-checked");
        let without = pairs.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, pair)| pair.clone()).collect();
        add(without, "A pair of Encrypt is missing.", "part-of-the-context-is-enough");
        let short = |text: &str| text.chars().take(3).collect::<String>();
        add(changed(&|(name, value)| (name.clone(), short(value))), "A value is cut short.", "context-values-match-by-prefix");
        add(changed(&|(name, value)| (short(name), value.clone())), "A name is cut short.", "context-names-match-by-prefix");
        let but_last = |text: &str| text.chars().take(text.chars().count().saturating_sub(1)).collect::<String>();
        add(changed(&|(name, value)| (name.clone(), but_last(value))), "A value is cut short.", "context-values-match-by-prefix");
        add(changed(&|(name, value)| (but_last(name), value.clone())), "A name is cut short.", "context-names-match-by-prefix");
        add(
            changed(&|(name, value)| (name.clone(), format!("{value}-1"))),
            "A value has something behind it.",
            "context-values-match-by-prefix",
        );
        add(
            changed(&|(name, value)| (format!("{name}s"), value.clone())),
            "A name has something behind it.",
            "context-names-match-by-prefix",
        );
        add(
            changed(&|(name, value)| (format!("{name}_id"), value.clone())),
            "A name has something behind it.",
            "context-names-match-by-prefix",
        );
    }
    for (name, values) in PAIRS.iter().filter(|(name, _)| pairs.iter().all(|(known, _)| known != name)) {
        let mut more = pairs.clone();
        more.push(((*name).to_owned(), (*values.first().unwrap_or(&"")).to_owned()));
        add(more, "There is a pair that Encrypt did not have.", "further-pairs-are-ignored");
    }
    if let [(first, one), (second, other), ..] = pairs.as_slice() {
        let mut swapped = pairs.clone();
        swapped.splice(0..2, [(first.clone(), other.clone()), (second.clone(), one.clone())]);
        add(swapped, "Two values have changed places.", "values-belong-to-no-name");
    }
    all
}

/// The other value of a pair's name.
fn sibling(value: &str) -> String {
    let of = PAIRS.iter().find_map(|(_, values)| match values {
        [one, other] if *one == value => Some(*other),
        [one, other] if *other == value => Some(*one),
        _ => None,
    });
    of.unwrap_or("Other").to_owned()
}

/// The pairs in another order, where there are several.
fn other_order(dice: &mut Dice, pairs: &Pairs) -> Pairs {
    let mut order = dice.shuffled(pairs.clone());
    if order == *pairs {
        order.rotate_left(1);
    }
    order
}

fn object(pairs: &Pairs) -> Value {
    pairs.iter().map(|(name, value)| (name.clone(), json!(value))).collect::<Map<String, Value>>().into()
}

impl Attempt {
    fn text(&self) -> String {
        let key = self.key.map(|key| format!(", KeyId {key}")).unwrap_or_default();
        format!("Context {}{key}", object(&self.pairs))
    }

    /// What the call passes.
    fn members(&self) -> Value {
        let mut with = json!({"CiphertextBlob": "{sealed.CiphertextBlob}", "EncryptionContext": object(&self.pairs)});
        if let (Value::Object(map), Some(key)) = (&mut with, self.key) {
            map.insert("KeyId".to_owned(), json!(key));
        }
        with
    }
}
