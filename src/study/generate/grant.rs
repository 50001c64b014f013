//! Does the grant let this call through, and if not, why? One thing at a time does not fit.

use super::dice::{Dice, Pen, Want};
use super::draft::{Choice, Draft, Proof, placed};
use super::family::Family;
use super::setting::{Key, OWNER, Role, Setting, role_arn};
use super::stage::{Stage, Step};
use crate::rulebook::Rulebook;
use crate::study::question::Domain;
use serde_json::{Map, Value, json};

pub(super) static FAMILY: Family = Family {
    id: "grant-reach",
    title: "Does the grant let this call through?",
    topics: &["grants"],
    domain: Domain::Secure,
    guide: "Grants",
    claims: &["grants-temporary", "grants-create-cli", "grants-retire-cli", "grants-service-delegation"],
    facts: &["grant-constraint-context", "grant-propagation"],
    draw,
};

/// Who makes the grant.
const ADMIN: (&str, &str) = (OWNER, "Admin");

/// The roles that have no permission but the grant's; their names have one length.
const WORKERS: [&str; 2] = ["Loader", "Sender"];

/// What is called: each works without anything prepared.
const OPERATIONS: [&str; 3] = ["Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"];

/// What a grant may allow besides.
const FURTHER: [&str; 3] = ["Decrypt", "DescribeKey", "ReEncryptFrom"];

/// What becomes of the call, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Allowed,
    Operation,
    Context,
    Principal,
    Gone,
    Early,
}

const ANSWERS: [Answer; 6] = [Answer::Allowed, Answer::Operation, Answer::Context, Answer::Principal, Answer::Gone, Answer::Early];

/// A grant and a call.
struct Case {
    grantee: &'static str,
    operations: Vec<&'static str>,
    /// `EncryptionContextEquals` or `EncryptionContextSubset`, with its pairs.
    constraint: (&'static str, Vec<(&'static str, &'static str)>),
    caller: &'static str,
    operation: &'static str,
    context: Vec<(&'static str, &'static str)>,
    /// `RetireGrant` or `RevokeGrant`, if the grant has been ended.
    ended: Option<&'static str>,
    /// Whether the call comes at once, while the grant is spreading; and whether it carries the grant token.
    early: bool,
    token: bool,
}

fn draw(want: &Want, dice: &mut Dice, difficulty: u8, rulebook: Rulebook) -> Option<Draft> {
    let answers = ANSWERS.get(..usize::from(difficulty) + 3)?;
    let wanted = want.of(answers)?;
    let case = Case::draw(dice, wanted, difficulty)?;
    let setting = setting();
    let mut stage = Stage::new(&setting, rulebook)?;
    let story = case.story();
    for step in &story {
        if stage.code(step)? != "ok" {
            return None;
        }
    }
    let code = stage.code(&case.call("call"))?;
    if (code == "ok") != (wanted == Answer::Allowed) {
        return None;
    }
    // Mending the one thing lets the call through; the proof says of the other options that theirs does not.
    for (step, expected) in case.claims(wanted) {
        if !expected.holds(&stage.step(&step)?) {
            return None;
        }
    }
    let pen = dice.pen;
    let choice = |answer: Answer| case.choice(answer, pen);
    let wrong = answers.iter().copied().filter(|answer| *answer != wanted).map(choice).collect();
    let (choices, right) = placed(want, dice, Choice { why: case.why(wanted), ..choice(wanted) }, wrong)?;
    Some(Draft {
        stem: dice.pen.write(|| case.stem()),
        choices,
        right,
        why: dice.pen.write(|| case.why(wanted)),
        hints: [
            "Take the grant apart: grantee, operations, constraint, and whether it is there and in effect.",
            "EncryptionContextSubset allows further pairs, EncryptionContextEquals does not.",
        ],
        try_next: "kmsprep drill grants",
        proof: dice.pen.write(|| {
            let call = case.call("call").check(json!({"answer": "option", "part": "expect"}));
            let checks = story.iter().map(|step| step.shown("ok")).chain([call, json!({"answer": "option", "part": "claim"})]);
            Proof { world: setting.json(), checks: checks.collect() }
        }),
        load: u32::try_from(case.operations.len() + case.constraint.1.len() + case.context.len()).unwrap_or(0) + u32::from(difficulty),
    })
}

fn setting() -> Setting {
    let mut roles = vec![Role::allowed("Admin", &["kms:*"])];
    roles.extend(
        WORKERS.iter().map(|name| Role::new(OWNER, name, vec![super::statement::Statement::allow("Elsewhere", &["s3:GetObject"])])),
    );
    Setting::new(roles, vec![Key::new("orders")])
}

/// What a step of a claim must give.
enum Expected {
    Ok,
    NoGrants,
}

impl Expected {
    fn holds(&self, found: &Result<Value, crate::cloud::ApiError>) -> bool {
        match (self, found) {
            (Expected::Ok, found) => found.is_ok(),
            (Expected::NoGrants, Ok(answer)) => answer.get("Grants").and_then(Value::as_array).is_some_and(Vec::is_empty),
            (Expected::NoGrants, Err(_)) => false,
        }
    }
}

impl Case {
    fn draw(dice: &mut Dice, wanted: Answer, difficulty: u8) -> Option<Self> {
        let operation = dice.pick(&OPERATIONS)?;
        let mut operations = dice.some(OPERATIONS.iter().copied().filter(|name| *name != operation).collect(), 1);
        operations.extend(dice.some(FURTHER.to_vec(), usize::from(difficulty > 1)));
        if wanted != Answer::Operation {
            operations.push(operation);
        }
        operations.sort_unstable();
        let kind = dice.pick(&["EncryptionContextEquals", "EncryptionContextSubset"])?;
        let pairs = if difficulty == 3 { vec![("team", "blue"), ("app", "web")] } else { vec![("team", "blue")] };
        let mut context = pairs.clone();
        let further = ("run", "nightly");
        if wanted == Answer::Context {
            match dice.below(if difficulty == 1 { 1 } else { 3 }) {
                1 if kind == "EncryptionContextEquals" => context.push(further),
                2 => _ = context.pop(),
                _ => context = context.into_iter().map(|(name, value)| (name, if value == "blue" { "green" } else { value })).collect(),
            }
        } else if kind == "EncryptionContextSubset" && dice.yes(1, 2) {
            context.push(further);
        }
        let grantee = dice.pick(&WORKERS)?;
        let other = WORKERS.iter().copied().find(|name| *name != grantee)?;
        let ended = (wanted == Answer::Gone).then(|| dice.pick(&["RetireGrant", "RevokeGrant"])).flatten();
        // At the hardest dial every call comes at once: a token alone must not tell.
        let early = difficulty == 3 && ended.is_none();
        let token = early && wanted != Answer::Early;
        let caller = if wanted == Answer::Principal { other } else { grantee };
        Some(Case { grantee, operations, constraint: (kind, pairs), caller, operation, context, ended, early, token })
    }

    fn create(&self, name: &str) -> Step {
        let mut constraints = Map::new();
        constraints.insert(self.constraint.0.to_owned(), object(&self.constraint.1));
        let with = json!({
            "KeyId": "orders",
            "GranteePrincipal": role_arn(OWNER, self.grantee),
            "RetiringPrincipal": role_arn(OWNER, ADMIN.1),
            "Operations": self.operations,
            "Constraints": constraints,
        });
        Step::new(name, ADMIN, "kms:CreateGrant", with).saved()
    }

    fn story(&self) -> Vec<Step> {
        let mut story = vec![self.create("grant")];
        if let Some(ended) = self.ended {
            let operation = if ended == "RetireGrant" { "kms:RetireGrant" } else { "kms:RevokeGrant" };
            let with = json!({"KeyId": "orders", "GrantId": "{grant.GrantId}"});
            story.push(Step::new("end", ADMIN, operation, with).after("1h"));
        }
        if !self.early {
            story.push(Step::new("later", ADMIN, "kms:DescribeKey", json!({"KeyId": "orders"})).after("1h"));
        }
        story
    }

    /// The call, or the same call with one thing mended.
    fn call(&self, name: &str) -> Step {
        self.request(name, self.caller, self.operation, &self.context, self.token)
    }

    fn request(&self, name: &str, caller: &'static str, operation: &str, context: &[(&'static str, &'static str)], token: bool) -> Step {
        let mut with = match operation {
            "Encrypt" => json!({"KeyId": "orders", "Plaintext": "secret"}),
            _ => json!({"KeyId": "orders", "KeySpec": "AES_256"}),
        };
        if let Value::Object(map) = &mut with {
            if !context.is_empty() {
                map.insert("EncryptionContext".to_owned(), object(context));
            }
            if token {
                map.insert("GrantTokens".to_owned(), json!(["{grant.GrantToken}"]));
            }
        }
        let operation = match operation {
            "Encrypt" => "kms:Encrypt",
            "GenerateDataKey" => "kms:GenerateDataKey",
            _ => "kms:GenerateDataKeyWithoutPlaintext",
        };
        Step::new(name, (OWNER, caller), operation, with)
    }

    /// What must hold if this is the answer: the one thing mended, and the call succeeds.
    fn claims(&self, answer: Answer) -> Vec<(Step, Expected)> {
        let mended = |caller, operation: &str, context: &[(&'static str, &'static str)], token| {
            vec![(self.request("claim", caller, operation, context, token), Expected::Ok)]
        };
        match answer {
            Answer::Allowed => vec![(self.call("claim"), Expected::Ok)],
            Answer::Operation => {
                let granted = self.operations.iter().copied().find(|name| OPERATIONS.contains(name) && *name != self.operation);
                let granted = granted.unwrap_or(self.operation);
                mended(self.caller, granted, &self.context, self.token)
            }
            Answer::Context => mended(self.caller, self.operation, &self.constraint.1, self.token),
            Answer::Principal => mended(self.grantee, self.operation, &self.context, self.token),
            Answer::Gone => vec![(Step::new("claim", ADMIN, "kms:ListGrants", json!({"KeyId": "orders"})), Expected::NoGrants)],
            Answer::Early => mended(self.caller, self.operation, &self.context, true),
        }
    }

    fn choice(&self, answer: Answer, pen: Pen) -> Choice {
        let (text, why, mistake) = match answer {
            Answer::Allowed => {
                ("It succeeds: the grant allows it", "Something about the call is outside of the grant.", "grant-gives-the-whole-key")
            }
            Answer::Operation => {
                ("It fails: the operation is not granted", "The grant lists this operation.", "grant-operations-overlooked")
            }
            Answer::Context => ("It fails: the encryption context is wrong", "The context satisfies the constraint.", "constraint-misread"),
            Answer::Principal => ("It fails: the caller is not the grantee", "The caller is the grantee.", "grantee-overlooked"),
            Answer::Gone => {
                ("It fails: the grant is there no longer", "Nobody has ended the grant, and grants do not expire.", "grants-expire")
            }
            Answer::Early => {
                ("It fails: the grant is not in effect yet", "The call comes later, or carries the grant token.", "grant-token-forgotten")
            }
        };
        let claim = || -> Vec<Value> {
            if answer == Answer::Allowed {
                return Vec::new();
            }
            let check = |(step, expected): &(Step, Expected)| {
                let mut check = step.check(json!("ok"));
                if let (Value::Object(map), Expected::NoGrants) = (&mut check, expected) {
                    map.insert("result".to_owned(), json!({"Grants.0.GrantId": {"absent": true}}));
                }
                check
            };
            self.claims(answer).iter().map(check).collect()
        };
        let expect = if answer == Answer::Allowed { "ok" } else { "AccessDeniedException" };
        Choice::new(text, why, mistake, pen.write(|| json!({"expect": expect, "claim": claim()})))
    }

    fn stem(&self) -> String {
        let (kind, pairs) = &self.constraint;
        let ended = self.ended.map(|how| format!(" An hour later the administrator calls {how} for it.")).unwrap_or_default();
        let when = match (self.early, self.token) {
            (true, true) => "Within the same second, while KMS is still spreading the grant, and with the grant token in the request,",
            (true, false) => "Within the same second, while KMS is still spreading the grant, and without the grant token,",
            (false, _) => "An hour after that,",
        };
        let context = if self.context.is_empty() {
            "no encryption context".to_owned()
        } else {
            format!("the encryption context {}", object(&self.context))
        };
        format!(
            "The symmetric key orders has the default key policy, and the roles {} and {} have no permission for KMS of their own. An administrator makes a grant on the key: grantee {}, \
             operations {}, constraint {kind} {}.{ended} {when} role {} calls {} with {context}. What becomes of this call?",
            WORKERS[0],
            WORKERS[1],
            self.grantee,
            self.operations.join(", "),
            object(pairs),
            self.caller,
            self.operation
        )
    }

    fn why(&self, answer: Answer) -> String {
        let (kind, pairs) = &self.constraint;
        match answer {
            Answer::Allowed => format!(
                "{} is the grantee, {} is among the operations, and {} satisfies {kind} {}.{}",
                self.caller,
                self.operation,
                object(&self.context),
                object(pairs),
                if self.token { " The grant token makes the grant count before it has spread." } else { "" }
            ),
            Answer::Operation => format!("The grant allows {}, and not {}.", self.operations.join(", "), self.operation),
            Answer::Context => format!("{kind} wants {}, and the call brings {}.", object(pairs), object(&self.context)),
            Answer::Principal => format!("The grantee is role {}; role {} gets nothing from the grant.", self.grantee, self.caller),
            Answer::Gone => format!(
                "{} has ended the grant, and nothing else gives role {} a permission.",
                self.ended.unwrap_or("RevokeGrant"),
                self.caller
            ),
            Answer::Early => {
                "A new grant takes some time to spread; until then only a request with its grant token can rely on it.".to_owned()
            }
        }
    }
}

fn object(pairs: &[(&'static str, &'static str)]) -> Value {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect::<Map<String, Value>>().into()
}
