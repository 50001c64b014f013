//! Which of four requests meets the conditions? Encryption context, address and alias, with values that come near.

use super::dice::{Dice, Want};
use super::draft::{Choice, Draft, Proof, placed};
use super::family::Family;
use super::setting::{Key, OWNER, Role, Setting, owners, role_arn};
use super::stage::{Stage, Step};
use super::statement::{Statement, lines};
use crate::rulebook::Rulebook;
use crate::study::question::Domain;
use serde_json::{Map, Value, json};

pub(super) static FAMILY: Family = Family {
    id: "condition",
    title: "Which request meets the conditions?",
    topics: &["condition-keys", "key-policy"],
    domain: Domain::Secure,
    guide: "Key Policies and IAM",
    claims: &["key-policy-condition-element", "policy-context-condition", "conditions-combine-viaservice-grant-bool"],
    facts: &["context-key-case"],
    draw,
};

/// An operator and the value that it compares with.
type Asked = (&'static str, &'static str);

/// A condition key, with values of one length that requests carry, and for each a way to ask for it alone.
struct Kind {
    name: &'static str,
    key: &'static str,
    /// Value; operator and value of a condition that of the four only this one meets; the same as a condition of a Deny.
    values: [(&'static str, Asked, Asked); 4],
}

static KINDS: [Kind; 4] = [
    Kind {
        name: "team",
        key: "kms:EncryptionContext:team",
        values: [
            ("blue", ("StringEquals", "blue"), ("StringNotEquals", "blue")),
            ("Blue", ("StringEquals", "Blue"), ("StringNotEquals", "Blue")),
            ("teal", ("StringLike", "te*"), ("StringNotLike", "te*")),
            ("gold", ("StringLike", "g*"), ("StringNotLike", "g*")),
        ],
    },
    Kind {
        name: "file",
        key: "kms:EncryptionContext:file",
        values: [
            ("reports/may", ("StringLike", "reports/*"), ("StringNotLike", "reports/*")),
            ("Reports/may", ("StringLike", "Reports/*"), ("StringNotLike", "Reports/*")),
            ("exports/may", ("StringEquals", "exports/may"), ("StringNotEquals", "exports/may")),
            ("archive/may", ("StringLike", "arch*"), ("StringNotLike", "arch*")),
        ],
    },
    Kind {
        name: "address",
        key: "aws:SourceIp",
        values: [
            ("198.51.100.7", ("IpAddress", "198.51.100.0/24"), ("NotIpAddress", "198.51.100.0/24")),
            ("198.51.101.7", ("IpAddress", "198.51.101.0/24"), ("NotIpAddress", "198.51.101.0/24")),
            ("198.51.201.7", ("IpAddress", "198.51.192.0/18"), ("NotIpAddress", "198.51.192.0/18")),
            ("198.15.100.7", ("IpAddress", "198.15.0.0/16"), ("NotIpAddress", "198.15.0.0/16")),
        ],
    },
    Kind {
        name: "alias",
        key: "kms:RequestAlias",
        values: [
            ("alias/app-one", ("StringEquals", "alias/app-one"), ("StringNotEquals", "alias/app-one")),
            ("alias/app-two", ("StringLike", "alias/*-two"), ("StringNotLike", "alias/*-two")),
            ("alias/web-one", ("StringEquals", "alias/web-one"), ("StringNotEquals", "alias/web-one")),
            ("alias/web-red", ("StringLike", "alias/web-r*"), ("StringNotLike", "alias/web-r*")),
        ],
    },
];

/// The aliases of the key, which requests may name it by.
const ALIASES: [&str; 4] = ["alias/app-one", "alias/app-two", "alias/web-one", "alias/web-red"];

/// For each of the item's kinds the number of the value that a request carries.
type Values = Vec<usize>;

fn draw(want: &Want, dice: &mut Dice, difficulty: u8, rulebook: Rulebook) -> Option<Draft> {
    let kinds: Vec<&'static Kind> = dice.some(KINDS.iter().collect(), usize::from(difficulty));
    let wanted: Values = kinds.iter().map(|kind| dice.index(kind.values.len())).collect();
    let statements = statements(&kinds, &wanted, difficulty)?;
    let mut others: Vec<Values> = Vec::new();
    for _ in 0..40 {
        // Mostly one value is off, sometimes more.
        let first = dice.index(kinds.len());
        let mut values = Values::new();
        for (at, (kind, right)) in kinds.iter().zip(&wanted).enumerate() {
            let off = at == first || dice.yes(1, 3);
            values.push(if off { (right + 1 + dice.index(kind.values.len() - 1)) % kind.values.len() } else { *right });
        }
        if others.len() < 3 && !others.contains(&values) {
            others.push(values);
        }
    }
    let key = Key { policy: Some(statements.clone()), aliases: ALIASES.to_vec(), ..Key::new("orders") };
    let none = || vec![Statement::allow("Elsewhere", &["s3:GetObject"])];
    let setting = Setting::new(vec![Role::new(OWNER, "App", none()), Role::allowed("Admin", &["kms:*"])], vec![key]);
    let mut stage = Stage::new(&setting, rulebook)?;
    let choice = |values: &Values| {
        let (_, with, address) = request(&kinds, values);
        let mut fills = json!({"with": with});
        if let (Value::Object(map), Some(address)) = (&mut fills, address) {
            map.insert("from".to_owned(), json!(address));
        }
        Choice::new(text(&kinds, values), why_not(&kinds, &wanted, values), "condition-values-nearly-match", fills)
    };
    let met =
        if difficulty == 3 { "It meets every condition of the Allow, and not that of the Deny." } else { "It meets every condition." };
    let right = Choice { why: met.to_owned(), ..choice(&wanted) };
    let (choices, place) = placed(want, dice, right, others.iter().map(choice).collect())?;
    for (values, allowed) in others.iter().map(|values| (values, false)).chain([(&wanted, true)]) {
        if (stage.code(&request(&kinds, values).0)? == "ok") != allowed {
            return None;
        }
    }
    Some(Draft {
        stem: dice.pen.write(|| stem(&statements)),
        choices,
        right: place,
        why: dice.pen.write(|| why(&kinds, &wanted)),
        hints: [
            "All conditions of a statement must hold; of several values of one condition any will do.",
            "A Deny with a negated operator closes what does not fit.",
        ],
        try_next: "kmsprep drill condition-keys",
        proof: dice.pen.write(|| Proof { world: setting.json(), checks: vec![call(&kinds)] }),
        load: u32::try_from(kinds.len()).unwrap_or(0) + u32::from(difficulty == 3),
    })
}

/// The check that the request of an option is allowed.
fn call(kinds: &[&'static Kind]) -> Value {
    let mut call = json!({
        "name": "call",
        "goal": "the request is allowed",
        "as": role_arn(OWNER, "App"),
        "call": "kms:Encrypt",
        "with": {"answer": "option", "part": "with"},
    });
    if let (Value::Object(map), true) = (&mut call, kinds.iter().any(|kind| kind.name == "address")) {
        map.insert("from".to_owned(), json!({"answer": "option", "part": "from"}));
    }
    call
}

/// An Allow with a condition on each kind; at the hardest dial the last one stands in a Deny, negated.
fn statements(kinds: &[&'static Kind], wanted: &Values, difficulty: u8) -> Option<Vec<Statement>> {
    let mut allow = Statement::allow("Use", &["kms:Encrypt"]).to(role_arn(OWNER, "App"));
    let mut deny = Statement::deny("Close", &["kms:Encrypt"]).to(role_arn(OWNER, "App"));
    for (at, (kind, value)) in kinds.iter().zip(wanted).enumerate() {
        let (_, (operator, asked), (negated, closed)) = kind.values.get(*value)?;
        if difficulty == 3 && at + 1 == kinds.len() {
            deny = deny.when(negated, kind.key, *closed);
        } else {
            allow = allow.when(operator, kind.key, *asked);
        }
    }
    let mut statements = vec![owners(), allow];
    if difficulty == 3 {
        statements.push(deny);
    }
    Some(statements)
}

/// The value of each kind in a request.
fn valued<'k>(kinds: &'k [&'static Kind], values: &'k Values) -> impl Iterator<Item = (&'static Kind, &'static str)> + 'k {
    kinds.iter().zip(values).filter_map(|(kind, value)| Some((*kind, kind.values.get(*value)?.0)))
}

/// A request with these values, its parameters, and the address that it comes from.
fn request(kinds: &[&'static Kind], values: &Values) -> (Step, Value, Option<&'static str>) {
    let mut context = Map::new();
    let (mut key, mut address) = ("orders", None);
    for (kind, value) in valued(kinds, values) {
        match kind.name {
            "alias" => key = value,
            "address" => address = Some(value),
            pair => _ = context.insert(pair.to_owned(), json!(value)),
        }
    }
    let with = json!({"KeyId": key, "Plaintext": "secret", "EncryptionContext": context});
    let step = Step { address, ..Step::new("call", (OWNER, "App"), "kms:Encrypt", with.clone()) };
    (step, with, address)
}

fn text(kinds: &[&'static Kind], values: &Values) -> String {
    let parts = valued(kinds, values).map(|(kind, value)| match kind.name {
        "alias" => format!("KeyId {value}"),
        "address" => format!("from {value}"),
        pair => format!("context {pair}={value}"),
    });
    let text = parts.collect::<Vec<_>>().join(", ");
    format!("Encrypt, {text}")
}

/// Which condition a request misses.
fn why_not(kinds: &[&'static Kind], wanted: &Values, values: &Values) -> String {
    let off = kinds.iter().zip(wanted.iter().zip(values)).filter(|(_, (right, given))| right != given);
    let missed = off.filter_map(|(kind, (right, given))| {
        let (_, (operator, asked), _) = kind.values.get(*right)?;
        Some(format!("{} is {}, which does not satisfy {operator} {asked}", kind.name, kind.values.get(*given)?.0))
    });
    let text = missed.collect::<Vec<_>>().join("; ");
    format!("The {text}.")
}

fn stem(statements: &[Statement]) -> String {
    format!(
        "Role App has no permission for KMS but what the key policy of orders says:\n{}\nThe key has the aliases {}. Where nothing is said, App names the key by its ARN and the request comes from 203.0.113.1. \
         Which of these requests of App is allowed?",
        lines(statements),
        ALIASES.join(", ")
    )
}

fn why(kinds: &[&'static Kind], wanted: &Values) -> String {
    let met = kinds.iter().zip(wanted).filter_map(|(kind, value)| {
        let (given, (operator, asked), _) = kind.values.get(*value)?;
        Some(format!("{given} satisfies {operator} {asked} on {}", kind.key))
    });
    format!("{}. Every condition must hold at once, and letters count with their case.", met.collect::<Vec<_>>().join("; "))
}
