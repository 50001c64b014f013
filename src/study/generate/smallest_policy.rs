//! Which of four statements is the smallest that works? One does, the others are too wide or do not suffice.

use super::dice::{Dice, Want};
use super::draft::{Choice, Draft, Proof, by_length};
use super::family::Family;
use super::policy::{Ask, Policies, key_arn, policy};
use super::setting::{Key, OWNER, Role, Setting, owners};
use super::stage::Step;
use super::statement::Statement;
use crate::iam::PolicyKind;
use crate::rulebook::Rulebook;
use crate::study::question::Domain;
use serde_json::{Map, Value, json};

pub(super) static FAMILY: Family = Family {
    id: "smallest-policy",
    title: "Which statement is the smallest that works?",
    topics: &["least-privilege", "iam"],
    domain: Domain::Secure,
    guide: "Key Policies and IAM",
    claims: &["bp-least-privilege", "iam-identity-based", "policy-encrypt-only", "policy-context-condition"],
    facts: &["iam-policy-alias-resource", "key-policy-resource-star"],
    draw,
};

/// What the role may have to do.
const OPERATIONS: [&str; 5] =
    ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey"];

/// The pair of the encryption context, where the role is to be tied to one; other values have its length or not.
const TEAM: &str = "team";
const BLUE: &str = "blue";

/// Labels of keys, of one length: the first is to be used, the second is another one.
const KEYS: [&str; 6] = ["orders", "ledger", "claims", "drafts", "photos", "backup"];

/// What is needed, and what must stay closed.
struct Task {
    key: &'static str,
    other: &'static str,
    needed: Vec<&'static str>,
    /// Whether the role is to work with the context team=blue only.
    tied: bool,
}

/// A request that must work, or must not.
struct Request {
    operation: &'static str,
    key: &'static str,
    context: Option<&'static str>,
    allowed: bool,
}

fn draw(want: &Want, dice: &mut Dice, difficulty: u8, _: Rulebook) -> Option<Draft> {
    let tied = difficulty == 3;
    let pool: Vec<&'static str> = OPERATIONS.iter().copied().filter(|name| !tied || *name != "kms:DescribeKey").collect();
    let count = match difficulty {
        1 => 1,
        2 => 2,
        _ => dice.index(2) + 1,
    };
    let mut needed = dice.some(pool, count);
    needed.sort_unstable();
    let [key, other] = dice.some(KEYS.to_vec(), 2).try_into().ok()?;
    let task = Task { key, other, needed, tied };
    let requests = task.requests();
    let key_policy = policy(&[owners()], PolicyKind::Key, "key policy")?;
    let passes = |statement: &Statement| -> Option<bool> {
        let identity = vec![policy(std::slice::from_ref(statement), PolicyKind::Identity, "role's policy")?];
        let policies = Policies { key: Some(std::sync::Arc::clone(&key_policy)), identity, ..Policies::default() };
        for request in &requests {
            let context: Vec<(String, String)> = request.context.iter().map(|team| (TEAM.to_owned(), (*team).to_owned())).collect();
            let ask = Ask { account: OWNER, role: "App", operation: request.operation, key: request.key, context: &context };
            if policies.allow(&ask)? != request.allowed {
                return Some(false);
            }
        }
        Some(true)
    };
    let (right, wrong) = task.statements(dice);
    // What a choice fills in is made for those that are chosen.
    let option = |(statement, why, mistake): &Candidate| Choice::new(statement.short(), *why, mistake, Value::Null);
    let candidates = wrong.iter().enumerate().map(|(number, candidate)| option(candidate).numbered(number));
    let right = (right, "It names what is needed and nothing else.", "");
    let (mut choices, place) = by_length(want, dice, option(&right), candidates.collect())?;
    // The model has the last word on each of the four.
    for (at, choice) in choices.iter_mut().enumerate() {
        let (statement, ..) = if at == place { &right } else { wrong.get(choice.number)? };
        if passes(statement)? != (at == place) {
            return None;
        }
        choice.fills = json!({"statement": statement.json()});
    }
    Some(Draft {
        stem: dice.pen.write(|| task.stem()),
        choices,
        right: place,
        why: dice.pen.write(|| task.why()),
        hints: [
            "Strike out first what does not let all of the needed calls through.",
            "Of the rest, what else would each statement allow: further operations, other keys, other contexts?",
        ],
        try_next: "kmsprep drill least-privilege",
        proof: dice.pen.write(|| Proof { world: world(&task), checks: task.checks(&requests) }),
        load: u32::try_from(task.needed.len()).unwrap_or(0) + 2 * u32::from(task.tied),
    })
}

/// The world, with the statement as the only policy of the role.
fn world(task: &Task) -> Value {
    let setting = Setting::new(
        vec![Role::allowed("Admin", &["kms:*"]), Role::new(OWNER, "App", Vec::new())],
        vec![Key { aliases: vec!["alias/app"], ..Key::new(task.key) }, Key::new(task.other)],
    );
    let mut world = setting.json();
    if let Some(app) = world.pointer_mut("/accounts/A/roles/App/policies") {
        *app = json!([{"answer": "option", "part": "statement"}]);
    }
    world
}

impl Statement {
    /// An option: actions, key and condition.
    fn short(&self) -> String {
        let on = self.resource.as_deref().map_or("*", |arn| arn.rsplit(':').next().unwrap_or(arn));
        let mut text = format!("Allow {} on {on}", self.actions.join(", "));
        for (operator, _, values) in &self.conditions {
            text.push_str(&format!(", {operator} {TEAM} = {}", values.join(" or ")));
        }
        text
    }
}

/// A statement, what is wrong with it, and the mistake that leads to it.
type Candidate = (Statement, &'static str, &'static str);

impl Task {
    /// The statement that is asked for, and others with what is wrong with them.
    fn statements(&self, dice: &mut Dice) -> (Statement, Vec<Candidate>) {
        let context = format!("kms:EncryptionContext:{TEAM}");
        let tie = |statement: Statement, operator: &'static str, team: &str| {
            if self.tied { statement.when(operator, context.clone(), team) } else { statement }
        };
        let with = |actions: Vec<&'static str>| Statement { actions, ..Statement::allow("", &[]) };
        let orders = || key_arn(self.key);
        let right = tie(with(self.needed.clone()).on(orders()), "StringEquals", BLUE);
        let mut wrong = Vec::new();
        let mut add = |statement, why, mistake| wrong.push((statement, why, mistake));
        let other: Vec<&'static str> = OPERATIONS.iter().copied().filter(|name| !self.needed.contains(name)).collect();
        for further in &other {
            let mut actions = self.needed.clone();
            actions.push(further);
            add(
                tie(with(actions).on(orders()), "StringEquals", BLUE),
                "It allows an operation that is not needed.",
                "one-more-action-does-no-harm",
            );
        }
        for (at, _) in self.needed.iter().enumerate() {
            let rest: Vec<&'static str> = self.needed.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, name)| *name).collect();
            if !rest.is_empty() {
                add(
                    tie(with(rest.clone()).on(orders()), "StringEquals", BLUE),
                    "A needed operation is missing.",
                    "one-action-implies-another",
                );
            }
            if let Some(instead) = dice.pick(&other) {
                let mut actions = rest;
                actions.push(instead);
                actions.sort_unstable();
                add(
                    tie(with(actions).on(orders()), "StringEquals", BLUE),
                    "A needed operation is missing, and another stands in its place.",
                    "one-action-implies-another",
                );
            }
        }
        add(tie(with(vec!["kms:*"]).on(orders()), "StringEquals", BLUE), "It allows every operation on the key.", "wildcard-is-convenient");
        add(tie(with(self.needed.clone()), "StringEquals", BLUE), "It reaches every key of the account.", "star-means-this-key");
        add(tie(with(self.needed.clone()).on(key_arn(self.other)), "StringEquals", BLUE), "It names another key.", "any-key-arn-will-do");
        add(
            tie(with(self.needed.clone()).on(format!("arn:aws:kms:us-east-1:{OWNER}:alias/app")), "StringEquals", BLUE),
            "An alias as Resource does not stand for its key, so nothing is allowed.",
            "alias-names-the-key-in-policies",
        );
        if let [one] = self.needed.as_slice() {
            let pattern = match *one {
                "kms:Encrypt" => "kms:En*",
                "kms:Decrypt" | "kms:DescribeKey" => "kms:De*",
                _ => "kms:Generate*",
            };
            add(
                tie(with(vec![pattern]).on(orders()), "StringEquals", BLUE),
                "The pattern fits operations that are not needed.",
                "wildcard-is-convenient",
            );
        }
        if self.tied {
            add(
                with(self.needed.clone()).on(orders()),
                "It works with every encryption context, and with none.",
                "context-needs-no-condition",
            );
            add(
                with(self.needed.clone()).on(orders()).when("StringLike", context.clone(), "*"),
                "Any value of the pair will do for it.",
                "pattern-for-one-value",
            );
            add(
                with(self.needed.clone()).on(orders()).when("StringEquals", context.clone(), "orange"),
                "Its condition asks for another value.",
                "condition-value-overlooked",
            );
            add(
                with(self.needed.clone()).on(orders()).when("StringLike", context.clone(), "b*"),
                "Other values that begin with b will do for it.",
                "pattern-for-one-value",
            );
        }
        (right, wrong)
    }

    /// What must work and what must not.
    fn requests(&self) -> Vec<Request> {
        let own = self.tied.then_some(BLUE);
        let mut requests = Vec::new();
        for operation in OPERATIONS {
            let context = own.filter(|_| operation != "kms:DescribeKey");
            requests.push(Request { operation, key: self.key, context, allowed: self.needed.contains(&operation) });
        }
        requests.push(Request { operation: "kms:GetKeyPolicy", key: self.key, context: None, allowed: false });
        let first = self.needed.first().copied().unwrap_or("kms:Encrypt");
        requests.push(Request { operation: first, key: self.other, context: own, allowed: false });
        if self.tied {
            requests.extend(["black", "green"].map(|team| Request {
                operation: first,
                key: self.key,
                context: Some(team),
                allowed: false,
            }));
            requests.push(Request { operation: first, key: self.key, context: None, allowed: false });
        }
        // Encrypt* has no other operation that a pattern could fit among those above.
        requests.push(Request { operation: "kms:EnableKey", key: self.key, context: None, allowed: false });
        requests
    }

    fn checks(&self, requests: &[Request]) -> Vec<Value> {
        let mut checks = Vec::new();
        let context = |team: Option<&str>| team.map_or_else(Map::new, |team| [(TEAM.to_owned(), json!(team))].into_iter().collect());
        let named = |name: &str, request: &Request| {
            format!(
                "{name}-{}-{}-{}",
                request.operation.trim_start_matches("kms:").to_lowercase(),
                request.key,
                request.context.unwrap_or("none")
            )
        };
        for request in requests.iter().filter(|request| request.operation == "kms:Decrypt") {
            let with = json!({"KeyId": request.key, "Plaintext": "secret", "EncryptionContext": context(request.context)});
            checks.push(Step::new(named("sealed", request), (OWNER, "Admin"), "kms:Encrypt", with).saved().shown("ok"));
        }
        for request in requests {
            let with = match request.operation {
                "kms:Encrypt" => json!({"KeyId": request.key, "Plaintext": "secret", "EncryptionContext": context(request.context)}),
                "kms:Decrypt" => {
                    json!({"CiphertextBlob": format!("{{{}.CiphertextBlob}}", named("sealed", request)), "EncryptionContext": context(request.context)})
                }
                "kms:GenerateDataKey" | "kms:GenerateDataKeyWithoutPlaintext" => {
                    json!({"KeyId": request.key, "KeySpec": "AES_256", "EncryptionContext": context(request.context)})
                }
                _ => json!({"KeyId": request.key}),
            };
            let name = if request.allowed { "works" } else { "closed" };
            let expect = if request.allowed { "ok" } else { "AccessDeniedException" };
            checks.push(Step::new(named(name, request), (OWNER, "App"), request.operation, with).shown(expect));
        }
        checks
    }

    fn described(&self) -> String {
        let names: Vec<&str> = self.needed.iter().map(|name| name.trim_start_matches("kms:")).collect();
        names.join(" and ")
    }

    fn stem(&self) -> String {
        let Task { key, other, .. } = self;
        let tied = if self.tied { " and only with the encryption context team=blue" } else { "" };
        let condition = if self.tied { " In the conditions, team stands for kms:EncryptionContext:team." } else { "" };
        format!(
            "The keys {key} and {other} have the default key policy; {key} has the alias alias/app. Role App needs {} on the key {key}{tied}. It must not be able to do anything else with KMS, nor use another key. \
             One of these statements becomes its only policy; key/{key} stands for the ARN of the key, in the same way the others.{condition} Which one?",
            self.described()
        )
    }

    fn why(&self) -> String {
        let tied = if self.tied { ", and the condition ties it to team=blue" } else { "" };
        format!(
            "Exactly {} on exactly the ARN of {}{tied}: a policy names operations and keys, and a wildcard or a further name opens what nobody needs.",
            self.described(),
            self.key
        )
    }
}
