//! Is this call allowed, and what decides it? Statements of several policies, of which most almost match.

use super::decider::{DECIDERS, Decider};
use super::dice::{Dice, Pen, Want};
use super::draft::{Choice, Draft, Proof, placed};
use super::family::Family;
use super::policy::{Ask, Policies, key_arn, own_role, policy};
use super::setting::{Key, OWNER, Role, Setting, root_arn};
use super::stage::Step;
use super::statement::{Statement, document, short_lines};
use crate::iam::PolicyKind;
use crate::rulebook::Rulebook;
use crate::study::question::Domain;
use serde_json::json;

pub(super) static FAMILY: Family = Family {
    id: "authz-decision",
    title: "Is this call allowed, and what decides it?",
    topics: &["key-policy", "iam", "troubleshooting"],
    domain: Domain::Secure,
    guide: "Key Policies and IAM",
    claims: &["effective-permissions-union", "key-policy-root-statement", "denied-by-iam-or-key-policy", "iam-identity-based"],
    facts: &["key-policy-root-gives", "key-policy-required"],
    draw,
};

/// Which statements match.
#[derive(Clone, Copy, Debug)]
struct Matches {
    owners: bool,
    team: bool,
    guard: bool,
    work: bool,
    brake: bool,
    fence: bool,
    edge: bool,
}

/// The operations that items ask about.
const OPERATIONS: [&str; 4] = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"];

/// The policies of an item.
struct Case {
    operation: &'static str,
    team: &'static str,
    key: Vec<Statement>,
    role: Vec<Statement>,
    boundary: Option<Vec<Statement>>,
    control: Option<Vec<Statement>>,
}

fn draw(want: &Want, dice: &mut Dice, difficulty: u8, _: Rulebook) -> Option<Draft> {
    let deciders = if difficulty == 1 { DECIDERS.get(..6)? } else { &DECIDERS };
    let wanted = want.of(deciders)?;
    let matches = Matches::draw(dice, wanted);
    let case = Case::draw(dice, matches, difficulty)?;
    let (found, reason) = case.decide()?;
    if found != wanted {
        return None;
    }
    let pen = dice.pen;
    let choice = |decider: Decider| case.choice(decider, pen);
    let wrong = deciders.iter().copied().filter(|decider| *decider != wanted).map(choice).collect();
    let why = format!("{}. {}", capital(&reason), wanted.rule());
    let (choices, right) = placed(want, dice, Choice { why: wanted.rule().to_owned(), ..choice(wanted) }, wrong)?;
    let count = case.key.len() + case.role.len() + case.boundary.as_ref().map_or(0, Vec::len) + case.control.as_ref().map_or(0, Vec::len);
    let conditions = case.all().map(|statement| statement.conditions.len()).sum::<usize>();
    Some(Draft {
        stem: dice.pen.write(|| case.stem()),
        choices,
        right,
        why,
        hints: [
            "First look for a Deny that matches: it wins over everything.",
            "Then the key policy: does it name the role, or leave the key to the account's IAM policies?",
        ],
        try_next: "kmsprep drill key-policy",
        proof: pen.write(|| case.proof()),
        load: u32::try_from(count + conditions).unwrap_or(0),
    })
}

impl Matches {
    /// What must match for this decision; what does not matter is drawn.
    fn draw(dice: &mut Dice, decider: Decider) -> Self {
        let mut any = || dice.yes(1, 2);
        let none = Matches { owners: true, team: false, guard: false, work: true, brake: false, fence: false, edge: true };
        match decider {
            Decider::Team => {
                let owners = any();
                Matches { team: true, owners, work: !owners && any(), ..none }
            }
            Decider::Owners => none,
            Decider::Guard => Matches { guard: true, team: any(), owners: any(), ..none },
            Decider::Brake => Matches { brake: true, team: any(), ..none },
            Decider::KeySilent => Matches { owners: false, ..none },
            Decider::RoleSilent => Matches { work: false, ..none },
            Decider::Fence => Matches { fence: true, team: any(), ..none },
            Decider::BoundarySilent => Matches { edge: false, ..none },
        }
    }
}

impl Case {
    fn draw(dice: &mut Dice, matches: Matches, difficulty: u8) -> Option<Self> {
        let operation = dice.pick(&OPERATIONS)?;
        // For Decrypt somebody has to encrypt first, so no statement of the case is about that.
        let apart = |other: &&'static str| *other != operation && (operation != "kms:Decrypt" || *other != "kms:Encrypt");
        let others: Vec<&'static str> = OPERATIONS.iter().copied().filter(apart).collect();
        let team = if difficulty == 3 { dice.pick(&["blue", "teal"])? } else { "blue" };
        // An Allow has an operation that no Deny is about, so that no Deny makes it pointless.
        let actions = |dice: &mut Dice, deny: bool, holds: bool| {
            let mut actions = dice.some(others.clone(), 2);
            if holds {
                actions.splice(0..1, [operation]);
            }
            if !deny {
                actions.splice(1..2, ["kms:GenerateDataKeyPair"]);
            }
            dice.shuffled(actions)
        };
        let app = own_role("App");
        // A statement that names somebody matches, or misses by its actions, by whom it names, or by its condition.
        let conditional = |dice: &mut Dice, statement: Statement, holds: bool| {
            let value = if holds == (team == "blue") { "blue" } else { "teal" };
            if difficulty == 3 && operation != "kms:DescribeKey" && dice.yes(1, 2) {
                // DescribeKey carries no encryption context.
                let mut statement = statement;
                statement.actions.retain(|action| *action != "kms:DescribeKey");
                (statement.when("StringEquals", "kms:EncryptionContext:team", value), true)
            } else {
                (statement, false)
            }
        };
        let key_statement = |dice: &mut Dice, sid: &'static str, deny: bool, holds: bool| {
            let build = |actions: Vec<&'static str>, whom: &str| Statement {
                sid,
                deny,
                actions,
                principal: Some(whom.to_owned()),
                ..Statement::default()
            };
            let full = build(actions(dice, deny, true), &app);
            let (conditioned, has) = conditional(dice, full.clone(), holds);
            match (holds, has) {
                (true, _) | (false, true) => conditioned,
                (false, false) if dice.yes(1, 2) => build(actions(dice, deny, true), &own_role("Batch")),
                (false, false) => build(actions(dice, deny, false), &app),
            }
        };
        let own_statement = |dice: &mut Dice, sid: &'static str, deny: bool, holds: bool| {
            let build = |actions: Vec<&'static str>, key: Option<&str>| Statement {
                sid,
                deny,
                actions,
                resource: key.map(key_arn),
                ..Statement::default()
            };
            let place = if dice.yes(1, 2) { Some("orders") } else { None };
            let full = build(actions(dice, deny, true), place);
            let (conditioned, has) = conditional(dice, full, holds);
            match (holds, has) {
                (true, _) | (false, true) => conditioned,
                (false, false) if dice.yes(1, 2) => build(actions(dice, deny, true), Some("ledger")),
                (false, false) => build(actions(dice, deny, false), place),
            }
        };
        // An administrator keeps what the proof needs: to change the key policy and, before a Decrypt, to encrypt.
        let mut kept = vec!["kms:PutKeyPolicy"];
        kept.push(if operation == "kms:Decrypt" { "kms:Encrypt" } else { dice.pick(&others)? });
        let owners = if matches.owners {
            Statement::allow("Owners", &["kms:*"])
        } else {
            Statement { actions: kept, ..Statement::allow("Owners", &[]) }
        };
        let key = vec![
            owners.to(root_arn(OWNER)),
            key_statement(dice, "Team", false, matches.team),
            key_statement(dice, "Guard", true, matches.guard),
        ];
        let role = vec![own_statement(dice, "Work", false, matches.work), own_statement(dice, "Brake", true, matches.brake)];
        let boundary = (difficulty > 1).then(|| {
            let actions = actions(dice, false, matches.edge);
            vec![Statement { actions, ..Statement::allow("Edge", &[]) }]
        });
        let control = (difficulty > 1).then(|| vec![own_statement(dice, "Fence", true, matches.fence)]);
        Some(Case { operation, team, key, role, boundary, control })
    }

    fn all(&self) -> impl Iterator<Item = &Statement> {
        self.key.iter().chain(&self.role).chain(self.boundary.iter().flatten()).chain(self.control.iter().flatten())
    }

    /// The encryption context of the request; DescribeKey has none.
    fn context(&self) -> Vec<(String, String)> {
        if self.operation == "kms:DescribeKey" { Vec::new() } else { vec![("team".to_owned(), self.team.to_owned())] }
    }

    fn policies(&self, key: &[Statement]) -> Option<Policies> {
        let control = match &self.control {
            Some(statements) => {
                let full = policy(&[Statement::allow("", &["*"])], PolicyKind::ServiceControl, "FullAWSAccess")?;
                vec![full, policy(statements, PolicyKind::ServiceControl, "service control policy")?]
            }
            None => Vec::new(),
        };
        let boundary = match &self.boundary {
            Some(statements) => Some(policy(statements, PolicyKind::Identity, "permissions boundary")?),
            None => None,
        };
        Some(Policies {
            key: Some(policy(key, PolicyKind::Key, "key policy")?),
            identity: vec![policy(&self.role, PolicyKind::Identity, "role's policy")?],
            boundary,
            service_control: control,
        })
    }

    /// What decides, by the model: the statement without which the decision would be another, or the kind of policy that is silent.
    fn decide(&self) -> Option<(Decider, String)> {
        let context = self.context();
        let ask = Ask { account: OWNER, role: "App", operation: self.operation, key: "orders", context: &context };
        let answer = self.policies(&self.key)?.answer(&ask)?;
        let reason = answer.reason.headline.clone();
        let without = |sid: &str| {
            let rest: Vec<Statement> = self.key.iter().filter(|statement| statement.sid != sid).cloned().collect();
            self.policies(&rest)?.allow(&ask)
        };
        let decider = match (answer.decision, answer.denies.as_slice(), answer.missing.as_slice()) {
            (crate::iam::Decision::Allow, ..) => match (without("Team")?, without("Owners")?) {
                (false, true) => Decider::Team,
                (true, false) => Decider::Owners,
                _ => return None,
            },
            (crate::iam::Decision::ExplicitDeny, [one], _) if one.starts_with("/keyPolicy") => Decider::Guard,
            (crate::iam::Decision::ExplicitDeny, [one], _) if one.starts_with("/identityPolicies") => Decider::Brake,
            (crate::iam::Decision::ExplicitDeny, [one], _) if one.starts_with("/scps") => Decider::Fence,
            (crate::iam::Decision::ImplicitDeny, _, ["keyPolicy"]) => Decider::KeySilent,
            (crate::iam::Decision::ImplicitDeny, _, ["identityPolicy"]) => Decider::RoleSilent,
            (crate::iam::Decision::ImplicitDeny, _, ["boundary"]) => Decider::BoundarySilent,
            _ => return None,
        };
        Some((decider, reason))
    }

    fn setting(&self) -> Setting {
        let app = Role { boundary: self.boundary.clone(), ..Role::new(OWNER, "App", self.role.clone()) };
        let empty = || vec![Statement::allow("Elsewhere", &["s3:GetObject"])];
        let roles = vec![app, Role::new(OWNER, "Batch", empty()), Role::allowed("Admin", &["kms:*"])];
        let keys = vec![Key { policy: Some(self.key.clone()), ..Key::new("orders") }, Key::new("ledger")];
        Setting { service_control: self.control.clone(), ..Setting::new(roles, keys) }
    }

    fn call(&self) -> Step {
        let context = json!({"team": self.team});
        let with = match self.operation {
            "kms:Encrypt" => json!({"KeyId": "orders", "Plaintext": "secret", "EncryptionContext": context}),
            "kms:GenerateDataKey" => json!({"KeyId": "orders", "KeySpec": "AES_256", "EncryptionContext": context}),
            "kms:Decrypt" => json!({"KeyId": "orders", "CiphertextBlob": "{sealed.CiphertextBlob}", "EncryptionContext": context}),
            _ => json!({"KeyId": "orders"}),
        };
        Step::new("call", (OWNER, "App"), self.operation, with)
    }

    /// The call, and what an option claims of it.
    fn proof(&self) -> Proof {
        let mut checks = Vec::new();
        if self.operation == "kms:Decrypt" {
            let with = json!({"KeyId": "orders", "Plaintext": "secret", "EncryptionContext": {"team": self.team}});
            checks.push(Step::new("sealed", (OWNER, "Admin"), "kms:Encrypt", with).saved().shown("ok"));
        }
        checks.extend([self.call().check(json!({"answer": "option", "part": "expect"})), json!({"answer": "option", "part": "proof"})]);
        Proof { world: self.setting().json(), checks }
    }

    /// What an option claims, as checks behind the call: AWS's message names the kind of policy that denied; without the statement
    /// that allowed, the same call is denied.
    fn choice(&self, decider: Decider, pen: Pen) -> Choice {
        let message = |pattern: &str| json!([{"name": "why", "goal": "what decided", "trail": {"where": {"eventName": self.operation.trim_start_matches("kms:"), "errorMessage": pattern}, "at_least": 1}}]);
        let removed = |sid: &str| {
            let rest: Vec<Statement> = self.key.iter().filter(|statement| statement.sid != sid).cloned().collect();
            let with = json!({"KeyId": "orders", "Policy": document(&rest), "BypassPolicyLockoutSafetyCheck": true});
            let mut again = self.call();
            again.name = "without".to_owned();
            json!([
                Step::new("remove", (OWNER, "Admin"), "kms:PutKeyPolicy", with).check(json!("ok")),
                again.check(json!("AccessDeniedException"))
            ])
        };
        let claim = || match decider {
            Decider::Team => ("ok", removed("Team")),
            Decider::Owners => ("ok", removed("Owners")),
            Decider::Guard => ("AccessDeniedException", message("*explicit deny in a resource-based policy*")),
            Decider::Brake => ("AccessDeniedException", message("*explicit deny in an identity-based policy*")),
            Decider::Fence => ("AccessDeniedException", message("*explicit deny in a service control policy*")),
            Decider::KeySilent => ("AccessDeniedException", message("*no resource-based policy allows*")),
            Decider::RoleSilent => ("AccessDeniedException", message("*no identity-based policy allows*")),
            Decider::BoundarySilent => ("AccessDeniedException", message("*no permissions boundary allows*")),
        };
        let fills = pen.write(|| {
            let (expect, proof) = claim();
            json!({"expect": expect, "proof": proof})
        });
        Choice::new(decider.text(), pen.write(|| self.why_not(decider)), decider.mistake(), fills)
    }

    /// Why something else decides.
    fn why_not(&self, decider: Decider) -> String {
        let statement = |sid: &str| self.all().find(|statement| statement.sid == sid);
        let miss = |sid: &str, what: &str| match statement(sid).map(|statement| self.miss(statement)) {
            Some(Some(how)) => format!("{what} {sid} does not match: {how}."),
            Some(None) | None => format!("{what} {sid} matches, but it is not what decides."),
        };
        match decider {
            Decider::Team => miss("Team", "The statement"),
            Decider::Owners => match statement("Owners").and_then(|owners| self.miss(owners)) {
                Some(how) => format!("The statement Owners does not match: {how}."),
                None => miss("Work", "Owners leaves the key to IAM; the statement"),
            },
            Decider::Guard => miss("Guard", "The Deny"),
            Decider::Brake => miss("Brake", "The Deny"),
            Decider::Fence => miss("Fence", "The Deny"),
            Decider::KeySilent => "A statement of the key policy matches, so the key policy is not silent.".to_owned(),
            Decider::RoleSilent => "That the role's policy is silent is not what decides here.".to_owned(),
            Decider::BoundarySilent => miss("Edge", "A boundary only limits; the statement")
                .replace("but it is not what decides", "so the boundary lets the call through"),
        }
    }

    /// What of a statement misses the call; nothing if all of it matches.
    fn miss(&self, statement: &Statement) -> Option<String> {
        let name = self.operation.trim_start_matches("kms:");
        if !statement.actions.iter().any(|action| *action == self.operation || *action == "kms:*") {
            return Some(format!("it is not about {name}"));
        }
        if statement.principal.as_ref().is_some_and(|whom| *whom != own_role("App") && *whom != root_arn(OWNER)) {
            return Some("it names another role".to_owned());
        }
        if statement.resource.as_ref().is_some_and(|resource| *resource != key_arn("orders")) {
            return Some("it is about another key".to_owned());
        }
        let unmet = statement.conditions.iter().any(|(_, _, values)| !values.iter().any(|value| value == self.team));
        unmet.then(|| format!("its condition wants another team than {}", self.team))
    }

    fn stem(&self) -> String {
        let mut text = format!(
            "One account; statements without a key are about all. Key policy of orders:\n{}\nPolicies of role App:\n{}",
            short_lines(&self.key),
            short_lines(&self.role)
        );
        if let (Some(boundary), Some(control)) = (&self.boundary, &self.control) {
            text.push_str(&format!(
                "\nPermissions boundary of App, and service control policy beside FullAWSAccess:\n{}\n{}",
                short_lines(boundary),
                short_lines(control)
            ));
        }
        let name = self.operation.trim_start_matches("kms:");
        let context = if self.operation == "kms:DescribeKey" { String::new() } else { format!(" with context team={}", self.team) };
        text.push_str(&format!("\nApp calls {name} on orders{context}. What decides?"));
        text
    }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().collect::<String>() + characters.as_str()).unwrap_or_default()
}
