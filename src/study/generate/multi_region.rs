//! Which of four calls works? Primary and replicas, what they share and what each has of its own.

use super::dice::{Dice, Want};
use super::draft::{Choice, Draft, Proof, placed};
use super::family::Family;
use super::setting::{Key, OWNER, Role, Setting};
use super::stage::{Stage, Step};
use crate::rulebook::Rulebook;
use crate::study::question::Domain;
use serde_json::{Value, json};

pub(super) static FAMILY: Family = Family {
    id: "multi-region",
    title: "Which call works in its Region?",
    topics: &["multi-region"],
    domain: Domain::Resilient,
    guide: "Multi-Region Keys",
    claims: &["mrk-decrypt-in-other-region", "mrk-independent-policies", "mrk-same-id-and-material", "bp-mrk-for-dr"],
    facts: &["multi-region-decrypt", "multi-region-independent", "rotation-multi-region-place"],
    draw,
};

/// The role that makes the calls.
const ADMIN: (&str, &str) = (OWNER, "Admin");

const REGIONS: [&str; 5] = ["eu-central-1", "eu-west-1", "us-east-1", "us-west-2", "ap-southeast-2"];

/// Who has what, by Region.
struct Places {
    primary: &'static str,
    replicas: [&'static str; 2],
    /// Where the key is not.
    without: [&'static str; 2],
    /// The only Region that has the alias.
    alias: &'static str,
    /// The Region in which the key has been disabled.
    disabled: &'static str,
    /// Whether another Region had the primary first.
    moved: bool,
}

/// A kind of call that works in some Regions and fails in others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Decrypt,
    Alias,
    Rotation,
    Replicate,
    Primary,
    DataKey,
}

const KINDS: [Kind; 6] = [Kind::Decrypt, Kind::Alias, Kind::Rotation, Kind::Replicate, Kind::Primary, Kind::DataKey];

fn draw(want: &Want, dice: &mut Dice, difficulty: u8, rulebook: Rulebook) -> Option<Draft> {
    let kinds = KINDS.get(..usize::from(difficulty) + 3)?;
    let wanted = want.of(kinds)?;
    let places = Places::draw(dice, difficulty == 3)?;
    let setting = places.setting();
    let mut stage = Stage::new(&setting, rulebook)?;
    let story = places.story();
    for step in &story {
        if stage.code(step)? != "ok" {
            return None;
        }
    }
    let call = |dice: &mut Dice, kind: Kind, works: bool| {
        let (region, detail) = places.place(dice, kind, works)?;
        Some((kind, region, detail))
    };
    let right = call(dice, wanted, true)?;
    let wrong: Vec<_> = kinds.iter().filter(|kind| **kind != wanted).filter_map(|kind| call(dice, *kind, false)).collect();
    let choice = |(kind, region, detail): &(Kind, &'static str, &'static str)| {
        let step = places.step(*kind, region, detail);
        let fills = json!({"call": step.operation, "with": step.with, "in": region});
        Choice::new(text(*kind, region, detail), why(*kind, &places), mistake(*kind), fills)
    };
    let (choices, place) = placed(want, dice, choice(&right), wrong.iter().map(choice).collect())?;
    // The right one comes last: what fails changes nothing.
    for (kind, region, detail) in wrong.iter().chain([&right]) {
        let works = stage.code(&places.step(*kind, region, detail))? == "ok";
        if works != (*kind == wanted) {
            return None;
        }
    }
    Some(Draft {
        stem: dice.pen.write(|| places.stem()),
        choices,
        right: place,
        why: format!("{} {}", why(wanted, &places), places.shared()),
        hints: [
            "Which Regions have a related key at all, and which of these keys is the primary?",
            "Id, material and rotation are shared; policy, aliases, state and grants are each key's own.",
        ],
        try_next: "kmsprep drill multi-region",
        proof: dice.pen.write(|| {
            let call = json!({
                "name": "call",
                "goal": "the call works",
                "as": "arn:aws:iam::A:role/Admin",
                "in": {"answer": "option", "part": "in"},
                "call": {"answer": "option", "part": "call"},
                "with": {"answer": "option", "part": "with"},
            });
            Proof { world: setting.json(), checks: story.iter().map(|step| step.shown("ok")).chain([call]).collect() }
        }),
        load: u32::try_from(story.len() + kinds.len()).unwrap_or(0),
    })
}

impl Places {
    fn draw(dice: &mut Dice, moved: bool) -> Option<Self> {
        let regions: [&'static str; 5] = dice.shuffled(REGIONS.to_vec()).try_into().ok()?;
        let [primary, first, second, one, other] = regions;
        let here = [primary, first, second];
        Some(Places {
            primary,
            replicas: [first, second],
            without: [one, other],
            alias: dice.pick(&here)?,
            disabled: dice.pick(&here)?,
            moved,
        })
    }

    /// The Regions of the keys in the order in which they were made, the first primary first.
    fn made(&self) -> [&'static str; 3] {
        let [first, second] = self.replicas;
        if self.moved { [first, self.primary, second] } else { [self.primary, first, second] }
    }

    /// The label of the related key in a Region.
    fn label(&self, region: &str) -> &'static str {
        LABELS.into_iter().zip(self.made()).find(|(_, at)| *at == region).map_or("", |(label, _)| label)
    }

    /// The world as it begins.
    fn setting(&self) -> Setting {
        let keys = LABELS.into_iter().zip(self.made()).map(|(label, region)| {
            let first = label == LABELS[0];
            let aliases = if region == self.alias { vec!["alias/orders"] } else { Vec::new() };
            Key { region: Some(region), multi_region: first, replica_of: (!first).then_some(LABELS[0]), aliases, ..Key::new(label) }
        });
        Setting::new(vec![Role::allowed("Admin", &["kms:*"])], keys.collect())
    }

    /// What happens before the call.
    fn story(&self) -> Vec<Step> {
        let call = |name: &str, region: &'static str, operation, mut with: Value| {
            if let Value::Object(map) = &mut with {
                map.insert("KeyId".to_owned(), json!(self.label(region)));
            }
            Step::new(name, ADMIN, operation, with).in_region(region)
        };
        let mut story = Vec::new();
        if self.moved {
            story.push(call("move", self.made()[0], "kms:UpdatePrimaryRegion", json!({"PrimaryRegion": self.primary})));
        }
        story.push(call("sealed", self.primary, "kms:Encrypt", json!({"Plaintext": "secret"})).after("1h").saved());
        if self.moved {
            story.push(call("disable", self.disabled, "kms:DisableKey", json!({})));
        }
        story
    }

    /// A call of this kind. Where a key id is named, it finds the related key of the Region that is called.
    fn step(&self, kind: Kind, region: &'static str, detail: &'static str) -> Step {
        let id = self.label(region);
        let (operation, with) = match kind {
            Kind::Decrypt => ("kms:Decrypt", json!({"CiphertextBlob": "{sealed.CiphertextBlob}"})),
            Kind::Alias => ("kms:Encrypt", json!({"KeyId": "alias/orders", "Plaintext": "more"})),
            Kind::DataKey => ("kms:GenerateDataKey", json!({"KeyId": id, "KeySpec": "AES_256"})),
            Kind::Rotation => ("kms:EnableKeyRotation", json!({"KeyId": id})),
            Kind::Replicate => ("kms:ReplicateKey", json!({"KeyId": id, "ReplicaRegion": detail})),
            Kind::Primary => ("kms:UpdatePrimaryRegion", json!({"KeyId": id, "PrimaryRegion": detail})),
        };
        Step::new("call", ADMIN, operation, with).in_region(region)
    }

    /// A Region in which a call of this kind works or fails, and what it names besides.
    fn place(&self, dice: &mut Dice, kind: Kind, works: bool) -> Option<(&'static str, &'static str)> {
        let here = [self.primary, self.replicas[0], self.replicas[1]];
        let among = |dice: &mut Dice, fits: &dyn Fn(&str) -> bool| {
            let fitting: Vec<&'static str> = here.iter().copied().filter(|region| fits(region) == works).collect();
            dice.pick(&fitting)
        };
        Some(match kind {
            Kind::Decrypt if works => (dice.pick(&here)?, ""),
            Kind::Decrypt => (dice.pick(&self.without)?, ""),
            Kind::Alias => (among(dice, &|region| region == self.alias)?, ""),
            Kind::DataKey => (among(dice, &|region| region != self.disabled)?, ""),
            Kind::Rotation => (among(dice, &|region| region == self.primary)?, ""),
            Kind::Replicate => (among(dice, &|region| region == self.primary)?, dice.pick(&self.without)?),
            Kind::Primary if works => (self.primary, dice.pick(&self.replicas)?),
            Kind::Primary => (self.primary, dice.pick(&self.without)?),
        })
    }

    fn stem(&self) -> String {
        let [first, second] = self.replicas;
        let began = if self.moved {
            format!(
                "A multi-Region key was made in {} and replicated to {} and {second}. Later UpdatePrimaryRegion made the key in {} the primary.",
                first, self.primary, self.primary
            )
        } else {
            format!("A multi-Region key has its primary in {} and replicas in {first} and {second}.", self.primary)
        };
        let disabled = if self.moved { format!(" The key in {} has been disabled since.", self.disabled) } else { String::new() };
        format!(
            "{began} Only {} has an alias for it, alias/orders. All have the default key policy. A ciphertext was made with the key in {}.{disabled} An administrator with all permissions \
             calls a Region each time. Which call succeeds?",
            self.alias, self.primary
        )
    }

    fn shared(&self) -> String {
        format!("Related keys are in {}, {} and {}; the primary is in {}.", self.primary, self.replicas[0], self.replicas[1], self.primary)
    }
}

/// The labels of the related keys, in the order in which they were made.
const LABELS: [&str; 3] = ["orders", "orders-2", "orders-3"];

fn text(kind: Kind, region: &str, detail: &str) -> String {
    match kind {
        Kind::Decrypt => format!("Decrypt of that ciphertext, in {region}"),
        Kind::Alias => format!("Encrypt with alias/orders, in {region}"),
        Kind::DataKey => format!("GenerateDataKey with the key id, in {region}"),
        Kind::Rotation => format!("EnableKeyRotation of the key, in {region}"),
        Kind::Replicate => format!("ReplicateKey to {detail}, in {region}"),
        Kind::Primary => format!("UpdatePrimaryRegion to {detail}, in {region}"),
    }
}

fn why(kind: Kind, places: &Places) -> String {
    match kind {
        Kind::Decrypt => "A related key opens the ciphertext in its own Region; where there is none, nothing does.".to_owned(),
        Kind::Alias => format!("An alias belongs to one Region: this one is in {}.", places.alias),
        Kind::DataKey => format!("Each related key has its own state: only the key in {} is disabled.", places.disabled),
        Kind::Rotation => format!("Rotation is set on the primary, in {}, and shared by the replicas.", places.primary),
        Kind::Replicate => format!("Replicas are made from the primary, in {}.", places.primary),
        Kind::Primary => "A replica can become the primary; a Region without a related key cannot have it.".to_owned(),
    }
}

fn mistake(kind: Kind) -> &'static str {
    match kind {
        Kind::Decrypt => "multi-region-keys-are-everywhere",
        Kind::Alias => "replicas-share-aliases",
        Kind::DataKey => "replicas-share-the-state",
        Kind::Rotation => "rotation-is-set-on-a-replica",
        Kind::Replicate => "replicas-are-replicated",
        Kind::Primary => "any-region-can-become-primary",
    }
}
