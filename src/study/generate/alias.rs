//! Which key does the alias name now? Aliases that are made, moved and deleted.

use super::dice::{Dice, Want};
use super::draft::{Choice, Draft, Proof, placed};
use super::family::Family;
use super::setting::{Key, OWNER, Role, Setting};
use super::stage::{Stage, Step};
use crate::rulebook::Rulebook;
use crate::study::question::Domain;
use serde_json::{Value, json};

pub(super) static FAMILY: Family = Family {
    id: "alias-target",
    title: "Which key does the call use?",
    topics: &["aliases", "rotation"],
    domain: Domain::Resilient,
    guide: "Key Rotation",
    claims: &["rotation-manual-steps", "rotation-old-data-readable", "get-key-policy-alias"],
    facts: &["alias-accepted-by", "aliases-per-key"],
    draw,
};

/// The role that makes the calls.
const ADMIN: (&str, &str) = (OWNER, "Admin");

/// The keys, by labels of one length.
const KEYS: [&str; 4] = ["amber", "black", "coral", "green"];

/// A key of another type, to which the alias cannot move.
const SIGNING: &str = "signer";

const ALIAS: &str = "alias/orders";

/// A call of the story, with how it ended.
struct Done {
    step: Step,
    code: String,
    text: String,
}

fn draw(want: &Want, dice: &mut Dice, difficulty: u8, rulebook: Rulebook) -> Option<Draft> {
    let wanted = want.of(&KEYS)?;
    // Which of the keys of the story is the wanted one comes out below; until then they are numbered.
    let others = dice.shuffled(KEYS.iter().copied().filter(|key| *key != wanted).collect());
    let moves = dice.between(u32::from(difficulty) + 1, u32::from(difficulty) + 2);
    let sealed_at = (difficulty >= 2).then(|| dice.below(moves));
    let story = story(dice, moves, difficulty)?;
    // The place in the story whose target is asked for: the end, or where the ciphertext was made.
    let asked = sealed_at.map_or(story.len(), |at| usize::try_from(at).unwrap_or(0) + 1);
    let target = story.iter().take(asked).filter_map(|act| act.moves_to()).next_back()?;
    let mut names = others.into_iter();
    let named: Vec<&'static str> =
        (0..KEYS.len()).filter_map(|number| if number == target { Some(wanted) } else { names.next() }).collect();

    let keys =
        KEYS.iter().map(|label| Key::new(label)).chain([Key { spec: Some("RSA_2048"), usage: Some("SIGN_VERIFY"), ..Key::new(SIGNING) }]);
    let setting = Setting::new(vec![Role::allowed("Admin", &["kms:*"])], keys.collect());
    let mut stage = Stage::new(&setting, rulebook)?;
    let mut done: Vec<Done> = Vec::new();
    for (number, act) in story.iter().enumerate() {
        let (operation, with, text) = act.call(&named)?;
        let step = Step::new(format!("call-{}", number + 1), ADMIN, operation, with);
        let code = stage.code(&step)?;
        if (code == "ok") != (act.moves_to().is_some() || matches!(act, Act::Delete)) {
            return None;
        }
        done.push(Done { step, code, text });
        if asked == number + 1 && sealed_at.is_some() {
            let step = Step::new("sealed", ADMIN, "kms:Encrypt", json!({"KeyId": ALIAS, "Plaintext": "secret"})).saved();
            let code = stage.code(&step)?;
            if code != "ok" {
                return None;
            }
            done.push(Done { step, code, text: format!("Encrypt with KeyId {ALIAS}; its ciphertext is kept") });
        }
    }
    let (look, question) = if sealed_at.is_some() {
        let look = Step::new("look", ADMIN, "kms:Decrypt", json!({"CiphertextBlob": "{sealed.CiphertextBlob}"}));
        (look, "The kept ciphertext is passed to Decrypt, without a KeyId. Which key decrypts it?")
    } else {
        let look = Step::new("look", ADMIN, "kms:Encrypt", json!({"KeyId": ALIAS, "Plaintext": "secret"}));
        (look, "Encrypt is called with the alias as KeyId. Which key encrypts?")
    };
    let answer = stage.step(&look)?.ok()?;
    let used = answer.get("KeyId").and_then(Value::as_str).and_then(|arn| stage.labels.label(arn))?;
    if used != wanted {
        return None;
    }
    let choice = |label: &'static str| {
        let why = if label == wanted {
            "The alias named this key when it was used to encrypt."
        } else if done.iter().any(|done| done.text.contains(label) && done.code == "ok") {
            "The alias named this key at another time."
        } else {
            "The alias never named this key."
        };
        let mistake = if sealed_at.is_some() { "decrypt-follows-the-alias" } else { "alias-keeps-its-first-key" };
        Choice::new(format!("The key {label}"), why, mistake, json!(label))
    };
    let wrong = KEYS.iter().copied().filter(|label| *label != wanted).map(choice).collect();
    let (choices, right) = placed(want, dice, choice(wanted), wrong)?;
    let failed: Vec<&str> = done.iter().filter(|done| done.code != "ok").map(|done| done.code.as_str()).collect();
    Some(Draft {
        stem: dice.pen.write(|| stem(&done, question)),
        choices,
        right,
        why: dice.pen.write(|| why(wanted, sealed_at.is_some(), &failed)),
        hints: [
            "An alias names one key at a time: follow where each call that succeeds puts it.",
            "A symmetric ciphertext knows the key that made it.",
        ],
        try_next: "kmsprep drill rotation",
        proof: dice.pen.write(|| {
            let checks = done.iter().map(|done| done.step.shown(&done.code)).chain([look.looking(json!({"KeyId": {"answer": "option"}}))]);
            Proof { world: setting.json(), checks: checks.collect() }
        }),
        load: u32::try_from(done.len()).unwrap_or(0),
    })
}

/// What is done with the alias; keys by their number in the story.
#[derive(Clone, Copy, Debug)]
enum Act {
    Create(usize),
    Update(usize),
    Delete,
    /// Refused: the alias is there already.
    CreateAgain(usize),
    /// Refused: a key of another type.
    UpdateToOtherType,
}

impl Act {
    fn moves_to(self) -> Option<usize> {
        match self {
            Act::Create(key) | Act::Update(key) => Some(key),
            Act::Delete | Act::CreateAgain(_) | Act::UpdateToOtherType => None,
        }
    }

    /// The call, and how people read it.
    fn call(self, named: &[&'static str]) -> Option<(&'static str, Value, String)> {
        let to = |key: &str| json!({"AliasName": ALIAS, "TargetKeyId": key});
        Some(match self {
            Act::Create(key) | Act::CreateAgain(key) => {
                let key = named.get(key)?;
                ("kms:CreateAlias", to(key), format!("CreateAlias {ALIAS} with target {key}"))
            }
            Act::Update(key) => {
                let key = named.get(key)?;
                ("kms:UpdateAlias", to(key), format!("UpdateAlias {ALIAS} with target {key}"))
            }
            Act::UpdateToOtherType => {
                ("kms:UpdateAlias", to(SIGNING), format!("UpdateAlias {ALIAS} with target {SIGNING}, an RSA key for signing"))
            }
            Act::Delete => ("kms:DeleteAlias", json!({"AliasName": ALIAS}), format!("DeleteAlias {ALIAS}")),
        })
    }
}

/// An alias that is made and then moved so many times; at the harder dials by deleting it, too, and with calls that are refused.
fn story(dice: &mut Dice, moves: u32, difficulty: u8) -> Option<Vec<Act>> {
    let mut at = dice.index(KEYS.len());
    let mut story = vec![Act::Create(at)];
    for _ in 0..moves {
        let next = (0..KEYS.len()).filter(|key| *key != at).collect::<Vec<_>>();
        let next = dice.pick(&next)?;
        match dice.below(if difficulty == 1 { 2 } else { u32::from(difficulty) + 2 }) {
            2 => story.extend([Act::Delete, Act::Create(next)]),
            3 if difficulty == 3 => story.extend([Act::CreateAgain(next)]),
            4 => story.extend([Act::UpdateToOtherType]),
            _ => story.push(Act::Update(next)),
        }
        at = story.iter().filter_map(|act| act.moves_to()).next_back()?;
    }
    // Where nothing has moved there is nothing to ask.
    let distinct = story.iter().filter(|act| act.moves_to().is_some()).count();
    (distinct >= 2).then_some(story)
}

fn stem(done: &[Done], question: &str) -> String {
    let calls: Vec<String> = done.iter().enumerate().map(|(number, done)| format!("{}. {}", number + 1, done.text)).collect();
    let fails = if done.iter().any(|done| done.code != "ok") { " Some of them are refused." } else { "" };
    format!(
        "The symmetric keys {} lie in one account and Region. An administrator with all permissions makes these calls in this order.{fails}\n{}\n{question}",
        KEYS.join(", "),
        calls.join("\n")
    )
}

fn why(wanted: &str, sealed: bool, failed: &[&str]) -> String {
    let refused = match failed {
        [] => String::new(),
        codes => format!(" Refused calls ({}) move nothing.", codes.join(", ")),
    };
    if sealed {
        format!(
            "When Encrypt was called the alias named {wanted}, and the ciphertext keeps that: moving the alias later changes nothing for it.{refused}"
        )
    } else {
        format!("An alias names the key that the last successful CreateAlias or UpdateAlias gave it: {wanted}.{refused}")
    }
}
