//! What is missing so that a role of another account can use the key? The key's side, the role's side, both, or nothing that helps.

use super::dice::{Dice, Want};
use super::draft::{Choice, Draft, Proof, placed};
use super::family::Family;
use super::policy::{Ask, Policies, key_arn, own_role, policy};
use super::setting::{Key, OTHER, OWNER, Role, Setting, owners, role_arn, root_arn};
use super::statement::{Statement, document, lines, list};
use crate::iam::{Policy, PolicyKind};
use crate::rulebook::Rulebook;
use crate::study::question::Domain;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) static FAMILY: Family = Family {
    id: "cross-account",
    title: "What is missing for the other account?",
    topics: &["cross-account", "key-policy"],
    domain: Domain::Secure,
    guide: "Cross-Service Integration Patterns",
    claims: &["cross-account-key-policy-enough", "usecase-cross-account", "tree-cross-account-customer-managed"],
    facts: &["cross-account-requires"],
    draw,
};

/// What has to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Key,
    Role,
    Both,
    Nothing,
    Never,
}

/// In the order in which the dials add them: four, then five.
const ANSWERS: [Answer; 5] = [Answer::Key, Answer::Role, Answer::Both, Answer::Nothing, Answer::Never];

/// Operations that work across accounts, and others that never do.
const ACROSS: [&str; 3] = ["kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"];
const NEVER: [&str; 5] =
    ["kms:DisableKey", "kms:ListResourceTags", "kms:UpdateKeyDescription", "kms:ListKeyPolicies", "kms:EnableKeyRotation"];

/// The policies of an item.
struct Case {
    operation: &'static str,
    key: Vec<Statement>,
    role: Vec<Statement>,
}

fn draw(want: &Want, dice: &mut Dice, difficulty: u8, _: Rulebook) -> Option<Draft> {
    let answers = if difficulty == 1 { ANSWERS.get(..4)? } else { &ANSWERS };
    let wanted = want.of(answers)?;
    let case = Case::draw(dice, wanted, difficulty)?;
    if case.outcomes()? != wanted.claims() {
        return None;
    }
    let choice = |answer: Answer| Choice::new(answer.text(), case.why_not(answer), answer.mistake(), answer.fills());
    let wrong = answers.iter().copied().filter(|answer| *answer != wanted).map(choice).collect();
    let (choices, right) = placed(want, dice, Choice { why: case.why(wanted), ..choice(wanted) }, wrong)?;
    Some(Draft {
        stem: dice.pen.write(|| case.stem()),
        choices,
        right,
        why: dice.pen.write(|| case.why(wanted)),
        hints: [
            "Across accounts both sides must allow: the key policy, and a policy of the caller's own account.",
            "Read each statement to its end: operation, principal, key, condition.",
        ],
        try_next: "kmsprep drill cross-account",
        proof: dice.pen.write(|| case.proof()),
        load: u32::try_from(case.key.len() + case.role.len()).unwrap_or(0)
            + u32::try_from(case.key.iter().chain(&case.role).map(|statement| statement.conditions.len()).sum::<usize>()).unwrap_or(0),
    })
}

impl Case {
    fn draw(dice: &mut Dice, wanted: Answer, difficulty: u8) -> Option<Self> {
        let operation = if wanted == Answer::Never { dice.pick(&NEVER)? } else { dice.pick(&ACROSS)? };
        let (key_side, role_side) = match wanted {
            Answer::Key => (false, true),
            Answer::Role => (true, false),
            Answer::Both => (false, false),
            Answer::Nothing => (true, true),
            Answer::Never => (dice.yes(2, 3), dice.yes(2, 3)),
        };
        let others: Vec<&'static str> = ACROSS.iter().copied().filter(|other| *other != operation).collect();
        let mut key = vec![owners()];
        key.extend(Case::key_side(dice, operation, &others, key_side, difficulty));
        let role = Case::role_side(dice, operation, &others, role_side, difficulty);
        Some(Case { operation, key, role })
    }

    /// What the key policy says of the other account: enough, or something that comes near.
    fn key_side(dice: &mut Dice, operation: &'static str, others: &[&'static str], enough: bool, difficulty: u8) -> Vec<Statement> {
        let reader = role_arn(OTHER, "Reader");
        let whom = if dice.yes(1, 2) { reader.clone() } else { root_arn(OTHER) };
        let mut with = dice.some(others.to_vec(), 1);
        with.push(operation);
        let share = |actions: &[&'static str], whom: &str| Statement::allow("Share", actions).to(whom);
        let mut statements = Vec::new();
        if enough {
            let mut statement = share(&with, &whom);
            if difficulty == 3 {
                statement = statement.when("StringEquals", "kms:CallerAccount", OTHER);
            }
            statements.push(statement);
        } else {
            let misses = if difficulty == 1 { 2 } else { difficulty + 1 };
            match dice.below(u32::from(misses)) {
                0 => {}
                1 => statements.push(share(&dice.some(others.to_vec(), 2), &whom)),
                2 => statements.push(share(&with, &role_arn(OTHER, "Batch"))),
                _ => statements.push(share(&with, &whom).when("StringEquals", "kms:CallerAccount", OWNER)),
            }
        }
        if difficulty == 3 {
            statements.push(Statement::allow("Own", &with).to(own_role("Reader")));
        }
        statements
    }

    /// What the role's policy says: enough, or something that comes near.
    fn role_side(dice: &mut Dice, operation: &'static str, others: &[&'static str], enough: bool, difficulty: u8) -> Vec<Statement> {
        let mut with = dice.some(others.to_vec(), 1);
        with.push(operation);
        let here = Statement::allow("Use", &with);
        let mut statements = Vec::new();
        if enough {
            statements.push(if dice.yes(1, 2) { here.on(key_arn("orders")) } else { here });
        } else {
            let misses = if difficulty == 1 { 2 } else { difficulty + 1 };
            statements.push(match dice.below(u32::from(misses)) {
                0 => Statement::allow("Use", &dice.some(others.to_vec(), 2)),
                1 => here.on(key_arn("ledger")),
                _ => here.on(format!("arn:aws:kms:us-east-1:{OTHER}:key/*")),
            });
        }
        if difficulty == 3 {
            statements.push(Statement::allow("Files", &["s3:GetObject"]));
        }
        statements
    }

    /// Statements that leave nothing to wish for, on either side.
    fn open_key(&self) -> Vec<Statement> {
        let mut key = self.key.clone();
        key.push(Statement::allow("Open", &["kms:*"]).to(root_arn(OTHER)));
        key
    }

    fn open_role() -> Statement {
        Statement::allow("Everything", &["kms:*"])
    }

    /// What the model says: as it is, with an open role, with an open key, with both.
    fn outcomes(&self) -> Option<[bool; 4]> {
        let ask = Ask { account: OTHER, role: "Reader", operation: self.operation, key: "orders", context: &[] };
        let mut open_role = self.role.clone();
        open_role.push(Case::open_role());
        let keys = [policy(&self.key, PolicyKind::Key, "key policy")?, policy(&self.open_key(), PolicyKind::Key, "key policy")?];
        let roles =
            [policy(&self.role, PolicyKind::Identity, "role's policy")?, policy(&open_role, PolicyKind::Identity, "role's policy")?];
        let allowed = |key: &Arc<Policy>, role: &Arc<Policy>| {
            Policies { key: Some(Arc::clone(key)), identity: vec![Arc::clone(role)], ..Policies::default() }.allow(&ask)
        };
        let ([key, open_key], [role, open_role]) = (&keys, &roles);
        Some([allowed(key, role)?, allowed(key, open_role)?, allowed(open_key, role)?, allowed(open_key, open_role)?])
    }

    /// The role with everything allowed calls in two sessions: one limited to the role's policy as it is, one not.
    fn proof(&self) -> Proof {
        let roles = vec![
            Role::allowed("Admin", &["kms:*"]),
            Role::new(OWNER, "Reader", vec![Case::open_role()]),
            Role::new(OTHER, "Reader", vec![Case::open_role()]),
            Role::new(OTHER, "Batch", Vec::new()),
        ];
        let key = Key { policy: Some(self.key.clone()), aliases: vec!["alias/orders"], ..Key::new("orders") };
        let mut world = Setting::new(roles, vec![key, Key::new("ledger")]).json();
        if let Some(reader) = world.pointer_mut("/accounts/B/roles/Reader").and_then(Value::as_object_mut) {
            reader.insert("sessions".to_owned(), json!({"present": {"policy": list(&self.role)}, "allowed": {}}));
        }
        let with = match self.operation {
            "kms:Encrypt" => json!({"KeyId": "orders", "Plaintext": "secret"}),
            "kms:GenerateDataKey" => json!({"KeyId": "orders", "KeySpec": "AES_256"}),
            "kms:UpdateKeyDescription" => json!({"KeyId": "orders", "Description": "of another account"}),
            _ => json!({"KeyId": "orders"}),
        };
        let call = |name: &str, goal: &str, session: &str| {
            json!({
                "name": name,
                "goal": goal,
                "as": format!("arn:aws:sts::{OTHER}:assumed-role/Reader/{session}"),
                "call": self.operation,
                "with": with,
                "expect": {"answer": "option", "part": name},
            })
        };
        let open = json!({
            "name": "open",
            "goal": "the key policy lets the other account do everything",
            "as": own_role("Admin"),
            "call": "kms:PutKeyPolicy",
            "with": {"KeyId": "orders", "Policy": document(&self.open_key())},
        });
        let checks = vec![
            call("now", "as the policies are", "present"),
            call("role", "with everything allowed by the role's policy", "allowed"),
            open,
            call("key", "with everything allowed by the key policy", "present"),
            call("both", "with everything allowed by both", "allowed"),
        ];
        Proof { world, checks }
    }

    fn name(&self) -> &'static str {
        self.operation.trim_start_matches("kms:")
    }

    fn stem(&self) -> String {
        format!(
            "Key orders belongs to account {OWNER}. Its key policy:\n{}\nRole Reader belongs to account {OTHER}. Its only policy:\n{}\nReader calls {} with the ARN of orders. What has to be changed so that this call succeeds?",
            lines(&self.key),
            lines(&self.role),
            self.name()
        )
    }

    fn why(&self, answer: Answer) -> String {
        let name = self.name();
        match answer {
            Answer::Key => format!(
                "The role's policy allows {name} on the key, but no statement of the key policy that matches names Reader or account {OTHER}."
            ),
            Answer::Role => format!(
                "The key policy lets Reader use {name}, but no statement of its own policy that matches allows it: across accounts both sides must."
            ),
            Answer::Both => format!(
                "Neither the key policy nor the role's policy allows Reader to use {name} on this key, and across accounts both must."
            ),
            Answer::Nothing => format!(
                "The key policy lets account {OTHER} or its role use {name}, and the role's policy allows it on this key: both sides do."
            ),
            Answer::Never => format!("{name} is not an operation that KMS carries out for another account, whatever the policies say."),
        }
    }

    fn why_not(&self, answer: Answer) -> String {
        let name = self.name();
        match answer {
            Answer::Key => format!("A change of the key policy alone does not make {name} succeed, or none is needed there."),
            Answer::Role => format!("A change of the role's policy alone does not make {name} succeed, or none is needed there."),
            Answer::Both => "One of the two sides allows the call already, or nothing would help.".to_owned(),
            Answer::Nothing => format!("As the policies are, {name} is denied."),
            Answer::Never => format!("{name} works across accounts once both sides allow it."),
        }
    }
}

impl Answer {
    /// Whether the call succeeds as it is, with an open role, with an open key, with both.
    fn claims(self) -> [bool; 4] {
        match self {
            Answer::Key => [false, false, true, true],
            Answer::Role => [false, true, false, true],
            Answer::Both => [false, false, false, true],
            Answer::Nothing => [true; 4],
            Answer::Never => [false; 4],
        }
    }

    fn fills(self) -> Value {
        let code = |allowed: bool| json!(if allowed { "ok" } else { "AccessDeniedException" });
        ["now", "role", "key", "both"]
            .into_iter()
            .zip(self.claims())
            .map(|(name, allowed)| (name.to_owned(), code(allowed)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    fn text(self) -> &'static str {
        match self {
            Answer::Key => "The key policy alone",
            Answer::Role => "The role's policy alone",
            Answer::Both => "The key policy and the role's",
            Answer::Nothing => "Nothing: it succeeds already",
            Answer::Never => "No change of policies helps",
        }
    }

    fn mistake(self) -> &'static str {
        match self {
            Answer::Key => "key-policy-is-enough-across-accounts",
            Answer::Role => "iam-is-enough-across-accounts",
            Answer::Both => "both-sides-always-lack",
            Answer::Nothing => "near-misses-count",
            Answer::Never => "keys-stay-in-their-account",
        }
    }
}
