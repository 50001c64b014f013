//! Which error does this call return? State, usage, permission and input of one call, one or two of them wrong.

use super::dice::{Dice, Want};
use super::draft::{Choice, Draft, Proof, placed};
use super::family::Family;
use super::setting::{Key, OWNER, Role, Setting};
use super::stage::{Stage, Step};
use super::statement::Statement;
use crate::rulebook::Rulebook;
use crate::study::question::Domain;
use serde_json::{Value, json};

pub(super) static FAMILY: Family = Family {
    id: "error-of-call",
    title: "Which error does this call return?",
    topics: &["troubleshooting", "key-states"],
    domain: Domain::Resilient,
    guide: "Access Denied Errors",
    claims: &["denied-by-key-state", "denied-by-iam-or-key-policy", "state-disabled", "spec-one-usage-per-key"],
    facts: &["error-disabled-key", "error-pending-deletion-key", "error-missing-permission"],
    draw,
};

const ADMIN: (&str, &str) = (OWNER, "Admin");
const APP: (&str, &str) = (OWNER, "App");

/// How a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Ok,
    Denied,
    Disabled,
    Invalid,
    NotFound,
    Usage,
    OtherKey,
    Ciphertext,
    Unsupported,
    Validation,
}

/// In the order in which the dials add them: five, eight, ten.
const OUTCOMES: [Outcome; 10] = [
    Outcome::Ok,
    Outcome::Denied,
    Outcome::Disabled,
    Outcome::Invalid,
    Outcome::NotFound,
    Outcome::Usage,
    Outcome::OtherKey,
    Outcome::Ciphertext,
    Outcome::Unsupported,
    Outcome::Validation,
];

/// What an administrator has done before the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Enabled,
    Disabled,
    Waiting,
    Cancelled,
    Deleted,
}

/// The key that the call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Symmetric,
    Signing,
    Mac,
}

/// One call with all that decides how it ends.
#[derive(Clone, Debug)]
struct Case {
    kind: Kind,
    state: State,
    operation: &'static str,
    permitted: bool,
    /// Of Decrypt: another key, another context. Of Encrypt: bytes of plaintext.
    other_key: bool,
    other_context: bool,
    bytes: u32,
}

fn draw(want: &Want, dice: &mut Dice, difficulty: u8, rulebook: Rulebook) -> Option<Draft> {
    let outcomes = OUTCOMES.get(
        ..match difficulty {
            1 => 5,
            2 => 8,
            _ => 10,
        },
    )?;
    let wanted = want.of(outcomes)?;
    let case = Case::draw(dice, wanted, difficulty)?;
    let setting = case.setting();
    let mut stage = Stage::new(&setting, rulebook)?;
    let story = case.story();
    for step in &story {
        if stage.code(step)? != "ok" {
            return None;
        }
    }
    let call = case.call();
    if stage.code(&call)? != wanted.code() {
        return None;
    }
    let choice = |outcome: Outcome| Choice::new(outcome.text(), outcome.why(), outcome.mistake(), outcome.fills(call.operation));
    let wrong = outcomes.iter().copied().filter(|outcome| *outcome != wanted).map(choice).collect();
    let why = case.why(wanted);
    let (choices, right) = placed(want, dice, Choice { why: why.clone(), ..choice(wanted) }, wrong)?;
    Some(Draft {
        stem: dice.pen.write(|| case.stem()),
        choices,
        right,
        why,
        hints: [
            "KMS first finds the key, then asks the policies, then looks at the key's state, its usage and the input.",
            "The first of these that fails names the error.",
        ],
        try_next: "kmsprep drill troubleshooting",
        proof: dice.pen.write(|| {
            let claim = json!({"answer": "option", "part": "claim"});
            let checks = story.iter().map(|step| step.shown("ok")).chain([call.shown(wanted.code()), claim]);
            Proof { world: setting.json(), checks: checks.collect() }
        }),
        load: case.load(difficulty),
    })
}

impl Case {
    fn draw(dice: &mut Dice, wanted: Outcome, difficulty: u8) -> Option<Self> {
        let kind =
            if difficulty == 1 { Kind::Symmetric } else { dice.pick(&[Kind::Symmetric, Kind::Symmetric, Kind::Signing, Kind::Mac])? };
        let fitting = |kind: Kind| -> &[&'static str] {
            match kind {
                Kind::Symmetric => &["kms:Encrypt", "kms:GenerateDataKey", "kms:Decrypt"],
                Kind::Signing => &["kms:Sign"],
                Kind::Mac => &["kms:GenerateMac"],
            }
        };
        // What works in every state: a look at the key.
        let looking = difficulty > 1 && wanted == Outcome::Ok && dice.yes(1, 2);
        let mut case = Case {
            kind,
            state: State::Enabled,
            operation: dice.pick(fitting(kind))?,
            permitted: true,
            other_key: false,
            other_context: false,
            bytes: 40,
        };
        let broken = [State::Disabled, State::Waiting, State::Cancelled];
        match wanted {
            Outcome::Ok if looking => {
                case.operation = "kms:DescribeKey";
                case.state = dice.pick(&[State::Disabled, State::Waiting, State::Cancelled])?;
            }
            Outcome::Ok => {}
            Outcome::Denied => {
                case.permitted = false;
                // A second fault that does not come to its turn.
                if difficulty == 2 && dice.yes(1, 2) || difficulty == 3 {
                    case.state = dice.pick(&broken)?;
                }
            }
            Outcome::Disabled => {
                case.state = if difficulty == 1 { State::Disabled } else { dice.pick(&[State::Disabled, State::Cancelled])? }
            }
            Outcome::Invalid => case.state = State::Waiting,
            Outcome::NotFound => case.state = State::Deleted,
            Outcome::Usage => {
                case.operation = match case.kind {
                    Kind::Symmetric => dice.pick(&["kms:Sign", "kms:GenerateMac"])?,
                    Kind::Signing => dice.pick(&["kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateMac"])?,
                    Kind::Mac => dice.pick(&["kms:Encrypt", "kms:GenerateDataKey", "kms:Sign"])?,
                };
            }
            Outcome::OtherKey | Outcome::Ciphertext => {
                (case.kind, case.operation) = (Kind::Symmetric, "kms:Decrypt");
                case.other_key = wanted == Outcome::OtherKey;
                case.other_context = wanted == Outcome::Ciphertext;
            }
            Outcome::Unsupported => {
                case.operation = match case.kind {
                    Kind::Symmetric => "kms:GetPublicKey",
                    Kind::Signing | Kind::Mac => dice.pick(&["kms:EnableKeyRotation", "kms:RotateKeyOnDemand"])?,
                };
            }
            Outcome::Validation => {
                (case.kind, case.operation) = (Kind::Symmetric, "kms:Encrypt");
                case.bytes = dice.between(4097, 6000);
            }
        }
        // A deleted key has nothing to decrypt with, and the ciphertext alone would name it.
        (case.operation != "kms:Decrypt" || case.state != State::Deleted).then_some(case)
    }

    fn setting(&self) -> Setting {
        let key = match self.kind {
            Kind::Symmetric => Key::new("orders"),
            Kind::Signing => Key { spec: Some("ECC_NIST_P256"), usage: Some("SIGN_VERIFY"), ..Key::new("orders") },
            Kind::Mac => Key { spec: Some("HMAC_256"), ..Key::new("orders") },
        };
        let permitted: &[&'static str] = if self.permitted { &["kms:*"] } else { &["kms:DescribeKey", "kms:ListAliases"] };
        Setting::new(
            vec![Role::allowed("Admin", &["kms:*"]), Role::new(OWNER, "App", vec![Statement::allow("Work", permitted)])],
            vec![key, Key::new("ledger")],
        )
    }

    fn story(&self) -> Vec<Step> {
        let call = |name: &str, operation, with| Step::new(name, ADMIN, operation, with);
        let orders = || json!({"KeyId": "orders"});
        let mut story = Vec::new();
        if self.operation == "kms:Decrypt" {
            let with = json!({"KeyId": "orders", "Plaintext": "secret", "EncryptionContext": {"file": "a"}});
            story.push(call("sealed", "kms:Encrypt", with).saved());
        }
        let wait = || call("schedule", "kms:ScheduleKeyDeletion", json!({"KeyId": "orders", "PendingWindowInDays": 7}));
        match self.state {
            State::Enabled => {}
            State::Disabled => story.push(call("disable", "kms:DisableKey", orders())),
            State::Waiting => story.push(wait()),
            State::Cancelled => story.extend([wait(), call("cancel", "kms:CancelKeyDeletion", orders()).after("1d")]),
            State::Deleted => {
                story.push(wait());
                story.push(call("later", "kms:DescribeKey", json!({"KeyId": "ledger"})).after("9d"));
            }
        }
        story
    }

    fn call(&self) -> Step {
        let with = match self.operation {
            "kms:Encrypt" => json!({"KeyId": "orders", "Plaintext": {"bytes": self.bytes}}),
            "kms:GenerateDataKey" => json!({"KeyId": "orders", "KeySpec": "AES_256"}),
            "kms:Decrypt" => json!({
                "KeyId": if self.other_key { "ledger" } else { "orders" },
                "CiphertextBlob": "{sealed.CiphertextBlob}",
                "EncryptionContext": {"file": if self.other_context { "b" } else { "a" }},
            }),
            "kms:Sign" => json!({"KeyId": "orders", "Message": "a short text", "SigningAlgorithm": "ECDSA_SHA_256"}),
            "kms:GenerateMac" => json!({"KeyId": "orders", "Message": "a short text", "MacAlgorithm": "HMAC_SHA_256"}),
            _ => json!({"KeyId": "orders"}),
        };
        Step::new("call", APP, self.operation, with)
    }

    fn described(&self) -> String {
        let name = self.operation.trim_start_matches("kms:");
        match self.operation {
            "kms:Encrypt" => format!("{name} on a text of {} bytes", self.bytes),
            "kms:GenerateDataKey" => format!("{name} for AES_256"),
            "kms:Decrypt" => format!(
                "{name} with KeyId {} and the encryption context file={}",
                if self.other_key { "ledger" } else { "orders" },
                if self.other_context { "b" } else { "a" }
            ),
            "kms:Sign" => format!("{name} with ECDSA_SHA_256"),
            "kms:GenerateMac" => format!("{name} with HMAC_SHA_256"),
            _ => name.to_owned(),
        }
    }

    fn stem(&self) -> String {
        let kind = match self.kind {
            Kind::Symmetric => "a symmetric encryption key",
            Kind::Signing => "an ECC_NIST_P256 key for SIGN_VERIFY",
            Kind::Mac => "an HMAC_256 key",
        };
        let state = match self.state {
            State::Enabled => "It is enabled.",
            State::Disabled => "An administrator has called DisableKey.",
            State::Waiting => "An administrator has called ScheduleKeyDeletion with a window of 7 days, on the same day.",
            State::Cancelled => "An administrator has called ScheduleKeyDeletion, and a day later CancelKeyDeletion.",
            State::Deleted => "An administrator has called ScheduleKeyDeletion with a window of 7 days, nine days ago.",
        };
        let permitted = if self.permitted {
            "Role App may call every operation of KMS on every key, by its own policy"
        } else {
            "Role App may call DescribeKey and ListAliases on every key and nothing else of KMS, by its own policy"
        };
        let ledger = if self.operation == "kms:Decrypt" {
            " The key ledger is another symmetric key, enabled. A ciphertext was made with orders and the encryption context file=a before."
        } else {
            ""
        };
        format!(
            "Key orders is {kind} with the default key policy. {state}{ledger} {permitted}. Now App calls {}{}. What does it get?",
            self.described(),
            if self.operation == "kms:Decrypt" { "" } else { " with KeyId orders" }
        )
    }

    fn why(&self, wanted: Outcome) -> String {
        let name = self.operation.trim_start_matches("kms:");
        match wanted {
            Outcome::Ok if self.operation == "kms:DescribeKey" => {
                "DescribeKey works in every state, as long as the key is there.".to_owned()
            }
            Outcome::Ok => format!("The key is there and enabled, App may call {name}, and the call fits the key."),
            Outcome::Denied if self.state == State::Enabled => {
                format!("No policy allows App to call {name}: the default key policy leaves it to IAM, and IAM does not say it.")
            }
            Outcome::Denied => format!("No policy allows App to call {name}. Permission is asked before the key's state is looked at."),
            Outcome::Disabled if self.state == State::Cancelled => {
                "CancelKeyDeletion leaves the key disabled, and a disabled key refuses with DisabledException.".to_owned()
            }
            Outcome::Disabled => "App is authorised, and a disabled key refuses with DisabledException.".to_owned(),
            Outcome::Invalid => "App is authorised; a key that waits for its deletion answers KMSInvalidStateException.".to_owned(),
            Outcome::NotFound => "The window is over and the key is gone: KMS finds no key to ask policies about.".to_owned(),
            Outcome::Usage => format!("The key was made for another usage than {name} needs, and a key has one."),
            Outcome::OtherKey => "The KeyId names ledger, and the ciphertext was made with orders.".to_owned(),
            Outcome::Ciphertext => "The context differs from that of Encrypt, so the ciphertext does not authenticate.".to_owned(),
            Outcome::Unsupported if self.kind == Kind::Symmetric => {
                "A symmetric key has no public half that could be handed out.".to_owned()
            }
            Outcome::Unsupported => "Only symmetric encryption keys rotate.".to_owned(),
            Outcome::Validation => format!("Encrypt takes at most 4,096 bytes, and this text has {}.", self.bytes),
        }
    }

    fn load(&self, difficulty: u8) -> u32 {
        let faults = u32::from(self.state != State::Enabled) + u32::from(!self.permitted) + u32::from(self.kind != Kind::Symmetric);
        faults + u32::from(self.other_key || self.other_context || self.bytes > 40) + u32::from(difficulty)
    }
}

impl Outcome {
    fn code(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::Denied => "AccessDeniedException",
            Outcome::Disabled => "DisabledException",
            Outcome::Invalid => "KMSInvalidStateException",
            Outcome::NotFound => "NotFoundException",
            Outcome::Usage => "InvalidKeyUsageException",
            Outcome::OtherKey => "IncorrectKeyException",
            Outcome::Ciphertext => "InvalidCiphertextException",
            Outcome::Unsupported => "UnsupportedOperationException",
            Outcome::Validation => "ValidationException",
        }
    }

    /// What the trail shows if this is the outcome. An option may name an error that the operation never returns, which a check of the call
    /// itself could not expect.
    fn fills(self, operation: &str) -> Value {
        let event = operation.trim_start_matches("kms:");
        let succeeds = self == Outcome::Ok;
        let pattern = if succeeds { "*".to_owned() } else { format!("{}*", self.code().trim_end_matches("Exception")) };
        let times = json!(u32::from(!succeeds));
        json!({"claim": [{
            "name": "outcome",
            "goal": "what the trail shows",
            "trail": {"where": {"eventName": event, "errorCode": pattern}, "at_least": times, "at_most": times},
        }]})
    }

    fn text(self) -> String {
        if self == Outcome::Ok { "No error: the call succeeds".to_owned() } else { format!("Error: {}", self.code()) }
    }

    /// Where it is the answer, which is not here.
    fn why(self) -> &'static str {
        match self {
            Outcome::Ok => "Something about the key, the permission or the input stops this call.",
            Outcome::Denied => "That is the answer where the key is there and no policy allows the call.",
            Outcome::Disabled => "That is the answer of a disabled key to a call that is permitted.",
            Outcome::Invalid => "That is the answer of a key that waits for its deletion, to a call that is permitted.",
            Outcome::NotFound => "That is the answer where there is no such key.",
            Outcome::Usage => "That is the answer where the key's usage is not that of the operation.",
            Outcome::OtherKey => "That is the answer where the KeyId of Decrypt names another key than the one that encrypted.",
            Outcome::Ciphertext => "That is the answer where the encryption context or the ciphertext is not that of Encrypt.",
            Outcome::Unsupported => "That is the answer where a key of this type cannot do such a thing at all.",
            Outcome::Validation => "That is the answer where a member of the request is out of its range.",
        }
    }

    fn mistake(self) -> &'static str {
        match self {
            Outcome::Ok => "the-call-succeeds",
            Outcome::Denied => "every-refusal-is-access-denied",
            Outcome::Disabled => "disabled-covers-every-state",
            Outcome::Invalid => "invalid-state-covers-every-state",
            Outcome::NotFound => "unusable-is-not-found",
            Outcome::Usage => "usage-is-the-trouble",
            Outcome::OtherKey => "key-id-is-the-trouble",
            Outcome::Ciphertext => "ciphertext-is-the-trouble",
            Outcome::Unsupported => "unsupported-is-the-trouble",
            Outcome::Validation => "form-is-the-trouble",
        }
    }
}
