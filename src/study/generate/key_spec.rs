//! Which key can do it? Key specs, usages and the algorithms and sizes that they allow.

use super::dice::{Dice, Want};
use super::draft::{Choice, Draft, Proof, placed};
use super::family::Family;
use super::setting::OWNER;
use crate::kms::{EncryptionAlgorithm, KeySpec, KeyUsage, MacAlgorithm, SigningAlgorithm};
use crate::study::question::Domain;
use serde_json::{Value, json};

pub(super) static FAMILY: Family = Family {
    id: "key-spec",
    title: "Which key can do it?",
    topics: &["key-types", "limits"],
    domain: Domain::Secure,
    guide: "KMS Key Types",
    claims: &["spec-one-usage-per-key", "rsa-max-plaintext", "spec-ecc-can-encrypt", "symmetric-max-4kb", "spec-symmetric-operations"],
    facts: &["encrypt-plaintext-max", "rsa-2048-plaintext-max", "rsa-3072-plaintext-max", "rsa-4096-plaintext-max"],
    draw: |want, dice, difficulty, _| if difficulty == 3 { smallest(want, dice) } else { fitting(want, dice, difficulty) },
};

/// A key that an option offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Offer {
    spec: KeySpec,
    usage: KeyUsage,
}

const fn offer(spec: KeySpec, usage: KeyUsage) -> Offer {
    Offer { spec, usage }
}

/// Keys of which each has a task that no other of them can do.
const BY_USAGE: [Offer; 5] = [
    offer(KeySpec::SYMMETRIC_DEFAULT, KeyUsage::ENCRYPT_DECRYPT),
    offer(KeySpec::RSA_2048, KeyUsage::ENCRYPT_DECRYPT),
    offer(KeySpec::RSA_2048, KeyUsage::SIGN_VERIFY),
    offer(KeySpec::ECC_NIST_P256, KeyUsage::SIGN_VERIFY),
    offer(KeySpec::HMAC_256, KeyUsage::GENERATE_VERIFY_MAC),
];

/// The same, told apart by their algorithms.
const BY_ALGORITHM: [Offer; 8] = [
    offer(KeySpec::RSA_3072, KeyUsage::SIGN_VERIFY),
    offer(KeySpec::ECC_NIST_P256, KeyUsage::SIGN_VERIFY),
    offer(KeySpec::ECC_NIST_P384, KeyUsage::SIGN_VERIFY),
    offer(KeySpec::ECC_NIST_P521, KeyUsage::SIGN_VERIFY),
    offer(KeySpec::ML_DSA_65, KeyUsage::SIGN_VERIFY),
    offer(KeySpec::HMAC_256, KeyUsage::GENERATE_VERIFY_MAC),
    offer(KeySpec::HMAC_384, KeyUsage::GENERATE_VERIFY_MAC),
    offer(KeySpec::HMAC_512, KeyUsage::GENERATE_VERIFY_MAC),
];

/// What the key is to do.
#[derive(Clone, Copy, Debug)]
enum Task {
    DataKey,
    Encrypt(EncryptionAlgorithm),
    Sign(SigningAlgorithm),
    Mac(MacAlgorithm),
}

impl Task {
    /// A task of this key: of its first algorithms any.
    fn draw(dice: &mut Dice, offer: Offer) -> Option<Self> {
        let row = offer.spec.row();
        match offer.usage {
            KeyUsage::SIGN_VERIFY => dice.pick(row.signing).map(Task::Sign),
            KeyUsage::GENERATE_VERIFY_MAC => dice.pick(row.mac).map(Task::Mac),
            KeyUsage::ENCRYPT_DECRYPT if offer.spec == KeySpec::SYMMETRIC_DEFAULT => Some(Task::DataKey),
            KeyUsage::ENCRYPT_DECRYPT => dice.pick(row.encryption).map(Task::Encrypt),
            KeyUsage::KEY_AGREEMENT | KeyUsage::ENCAPSULATE_DECAPSULATE => None,
        }
    }

    /// Whether the key's row lets it do this.
    fn fits(self, offer: Offer) -> bool {
        let row = offer.spec.row();
        match self {
            Task::DataKey => offer.usage == KeyUsage::ENCRYPT_DECRYPT && offer.spec == KeySpec::SYMMETRIC_DEFAULT,
            Task::Encrypt(algorithm) => offer.usage == KeyUsage::ENCRYPT_DECRYPT && row.encryption.contains(&algorithm),
            Task::Sign(algorithm) => offer.usage == KeyUsage::SIGN_VERIFY && row.signing.contains(&algorithm),
            Task::Mac(algorithm) => offer.usage == KeyUsage::GENERATE_VERIFY_MAC && row.mac.contains(&algorithm),
        }
    }

    fn call(self) -> (&'static str, Value) {
        match self {
            Task::DataKey => ("kms:GenerateDataKey", json!({"KeyId": "candidate", "KeySpec": "AES_256"})),
            Task::Encrypt(algorithm) => {
                ("kms:Encrypt", json!({"KeyId": "candidate", "Plaintext": "a short text", "EncryptionAlgorithm": algorithm.name()}))
            }
            Task::Sign(algorithm) => {
                ("kms:Sign", json!({"KeyId": "candidate", "Message": "a short text", "SigningAlgorithm": algorithm.name()}))
            }
            Task::Mac(algorithm) => {
                ("kms:GenerateMac", json!({"KeyId": "candidate", "Message": "a short text", "MacAlgorithm": algorithm.name()}))
            }
        }
    }

    fn described(self) -> String {
        match self {
            Task::DataKey => "calls GenerateDataKey for AES_256".to_owned(),
            Task::Encrypt(algorithm) => format!("calls Encrypt with EncryptionAlgorithm {algorithm} on a text of twelve bytes"),
            Task::Sign(algorithm) => format!("calls Sign with SigningAlgorithm {algorithm} on a message of twelve bytes"),
            Task::Mac(algorithm) => format!("calls GenerateMac with MacAlgorithm {algorithm}"),
        }
    }
}

impl Offer {
    fn text(self) -> String {
        format!("{} with {}", self.spec, self.usage)
    }

    /// What it can do, for feedback.
    fn does(self) -> String {
        let row = self.spec.row();
        let list = |names: Vec<&str>| names.join(", ");
        match self.usage {
            KeyUsage::SIGN_VERIFY => format!("it signs and verifies, with {}", list(row.signing.iter().map(|one| one.name()).collect())),
            KeyUsage::GENERATE_VERIFY_MAC => {
                format!("it makes and checks MACs, with {}", list(row.mac.iter().map(|one| one.name()).collect()))
            }
            _ if self.spec == KeySpec::SYMMETRIC_DEFAULT => "it encrypts, decrypts and makes data keys, with SYMMETRIC_DEFAULT".to_owned(),
            KeyUsage::ENCRYPT_DECRYPT | KeyUsage::KEY_AGREEMENT | KeyUsage::ENCAPSULATE_DECAPSULATE => {
                format!("it encrypts and decrypts, with {}", list(row.encryption.iter().map(|one| one.name()).collect()))
            }
        }
    }

    fn choice(self) -> Choice {
        let mistake = if self.usage == KeyUsage::SIGN_VERIFY { "any-key-signs-with-any-algorithm" } else { "a-key-has-several-usages" };
        let why = format!("Of this key: {}.", self.does());
        Choice::new(self.text(), why, mistake, json!({"spec": self.spec.name(), "usage": self.usage.name()}))
    }
}

/// Which of four keys does the task.
fn fitting(want: &Want, dice: &mut Dice, difficulty: u8) -> Option<Draft> {
    let offers: &[Offer] = if difficulty == 1 { &BY_USAGE } else { &BY_ALGORITHM };
    let wanted = want.of(offers)?;
    let task = Task::draw(dice, wanted)?;
    let others: Vec<Offer> = offers.iter().copied().filter(|offer| *offer != wanted).collect();
    if !task.fits(wanted) || others.iter().any(|offer| task.fits(*offer)) {
        return None;
    }
    let (choices, right) = placed(want, dice, wanted.choice(), others.iter().map(|offer| offer.choice()).collect())?;
    let (operation, with) = task.call();
    let world = json!({
        "accounts": {"A": {"id": OWNER, "roles": {"App": {"allow": ["kms:*"]}}}},
        "kms": {"candidate": {"spec": {"answer": "option", "part": "spec"}, "usage": {"answer": "option", "part": "usage"}}},
    });
    let check = json!({"name": "use", "goal": "the key does it", "as": "arn:aws:iam::A:role/App", "call": operation, "with": with});
    Some(Draft {
        stem: format!("An application with all permissions {}. With which KMS key does the call succeed?", task.described()),
        choices,
        right,
        why: format!("A key has one usage, and its spec says the algorithms. {} fits: {}.", wanted.text(), wanted.does()),
        hints: [
            "Which KeyUsage does the operation need?",
            "Then the algorithm: its name tells which family of keys has it, and often which size.",
        ],
        try_next: "kmsprep drill key-types",
        proof: Proof { world, checks: vec![check] },
        load: u32::from(difficulty),
    })
}

/// The RSA keys by size, and the symmetric key for what none of them takes.
const SIZES: [KeySpec; 4] = [KeySpec::RSA_2048, KeySpec::RSA_3072, KeySpec::RSA_4096, KeySpec::SYMMETRIC_DEFAULT];

/// Which is the smallest RSA key that encrypts so many bytes.
fn smallest(want: &Want, dice: &mut Dice) -> Option<Draft> {
    let wanted = want.of(&SIZES)?;
    let algorithm = dice.pick(&[EncryptionAlgorithm::RSAES_OAEP_SHA_1, EncryptionAlgorithm::RSAES_OAEP_SHA_256])?;
    let most = |spec: KeySpec| u32::try_from(spec.max_plaintext(algorithm)?).ok();
    let below = SIZES.iter().take_while(|spec| **spec != wanted).filter_map(|spec| most(*spec)).max().unwrap_or(100);
    let above = most(wanted).unwrap_or(1200);
    let bytes = dice.between(below + 1, above);
    let fits = |spec: KeySpec| most(spec).is_some_and(|most| bytes <= most);
    let answer = SIZES.iter().copied().find(|spec| fits(*spec)).unwrap_or(KeySpec::SYMMETRIC_DEFAULT);
    if answer != wanted {
        return None;
    }
    let rsa: Vec<KeySpec> = SIZES.iter().copied().filter(|spec| *spec != KeySpec::SYMMETRIC_DEFAULT).collect();
    // What an option claims of each of the three RSA keys.
    let claims = |answer: KeySpec| -> Value {
        let at = SIZES.iter().position(|spec| *spec == answer).unwrap_or(0);
        let one =
            |(place, spec): (usize, &KeySpec)| (spec.name().to_owned(), json!(if place >= at { "ok" } else { "ValidationException" }));
        rsa.iter().enumerate().map(one).collect::<serde_json::Map<String, Value>>().into()
    };
    let text = |spec: KeySpec| if spec == KeySpec::SYMMETRIC_DEFAULT { "None of the three".to_owned() } else { format!("The {spec} key") };
    let choice = |spec: KeySpec| {
        let why = match most(spec) {
            Some(most) if bytes > most => format!("{spec} takes {most} bytes with {algorithm}, which is less."),
            Some(most) => format!("{spec} takes {most} bytes with {algorithm}."),
            None => format!("An RSA key takes up to {} bytes with {algorithm}.", most(KeySpec::RSA_4096).unwrap_or(0)),
        };
        Choice::new(text(spec), why, "rsa-takes-as-much-as-its-modulus", claims(spec))
    };
    let wrong = SIZES.iter().copied().filter(|spec| *spec != wanted).map(choice).collect();
    let (choices, right) = placed(want, dice, choice(wanted), wrong)?;
    let keys: serde_json::Map<String, Value> =
        rsa.iter().map(|spec| (spec.name().to_lowercase(), json!({"spec": spec.name(), "usage": "ENCRYPT_DECRYPT"}))).collect();
    let world = json!({"accounts": {"A": {"id": OWNER, "roles": {"App": {"allow": ["kms:*"]}}}}, "kms": keys});
    let check = |spec: &KeySpec| {
        json!({
            "name": spec.name().to_lowercase(),
            "goal": format!("whether {spec} takes the text"),
            "as": "arn:aws:iam::A:role/App",
            "call": "kms:Encrypt",
            "with": {"KeyId": spec.name().to_lowercase(), "Plaintext": {"bytes": bytes}, "EncryptionAlgorithm": algorithm.name()},
            "expect": {"answer": "option", "part": spec.name()},
        })
    };
    let limits: Vec<String> = rsa.iter().filter_map(|spec| Some(format!("{spec} {} bytes", most(*spec)?))).collect();
    Some(Draft {
        stem: format!(
            "An account has three KMS keys for ENCRYPT_DECRYPT: RSA_2048, RSA_3072 and RSA_4096. An application with all permissions encrypts a text of {bytes} bytes in one call, \
             with EncryptionAlgorithm {algorithm}. Which is the smallest of these keys that takes it?"
        ),
        choices,
        right,
        why: format!("With {algorithm} the most is: {}. The text has {bytes} bytes.", limits.join(", ")),
        hints: [
            "OAEP takes two hashes and two bytes from the size of the modulus.",
            "RSA_2048 has 256 bytes: 190 are left with SHA-256, 214 with SHA-1.",
        ],
        try_next: "kmsprep drill limits",
        proof: Proof { world, checks: rsa.iter().map(check).collect() },
        load: 3,
    })
}
