//! Credentials: those that every principal of a world has, and those that calls make.
//!
//! All of them are functions of the seed, so that they stay the same when a world is made again. They end like those in AWS's
//! own examples, so that nobody takes them for real ones.

use super::super::World;
use crate::cloud::{
    Duration, Instant, Principal, PrincipalKind, Random, Temporary, access_key_id, after, format_instant, numbered_access_key_id,
};
use crate::iam::Session;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The state of STS: the temporary credentials that calls made.
#[derive(Clone, Debug, Default)]
pub struct Sts {
    /// By the id of the access key. Expired ones stay, so that they can be told from unknown ones.
    made: BTreeMap<Arc<str>, Credential>,
}

/// What a principal signs requests with.
#[derive(Clone, Debug)]
pub struct Credential {
    /// `AKIA…` of long-term, `ASIA…` of temporary credentials.
    pub access_key_id: Arc<str>,
    /// Forty characters.
    pub secret_access_key: String,
    /// What temporary credentials need besides.
    pub session_token: Option<String>,
    /// When they end; nothing for those that do not.
    pub expires: Option<Instant>,
    /// Who signs with them.
    pub principal: Principal,
}

impl Sts {
    /// Credentials that a call made, expired or not.
    #[must_use]
    pub fn temporary(&self, access_key_id: &str) -> Option<&Credential> {
        self.made.get(access_key_id)
    }
}

/// The credentials that a principal of a world always has: long-term ones of users and root, temporary ones without end of
/// sessions. A service signs with credentials that nobody sees; it gets an empty access key id.
#[must_use]
pub fn standing(random: &Random, principal: &Principal) -> Credential {
    let id: Arc<str> = access_key_id(random.seed(), principal).unwrap_or_default().into();
    let is_session = matches!(principal.kind, PrincipalKind::AssumedRole { .. } | PrincipalKind::FederatedUser { .. });
    Credential {
        secret_access_key: secret(random, &id),
        session_token: is_session.then(|| token(random, &id)),
        expires: None,
        principal: principal.clone(),
        access_key_id: id,
    }
}

/// Every principal of a world that has standing credentials. Account by account: the root user, users, a plain session of each
/// role, the sessions that the world describes.
#[must_use]
pub fn principals(world: &World) -> Vec<Principal> {
    let mut all = Vec::new();
    for (id, account) in world.iam.accounts() {
        all.push(Principal::root(id));
        all.extend(account.users.keys().map(|name| Principal::user(id, name)));
        all.extend(account.roles.keys().map(|name| Principal::plain_session(id, name)));
        let described = world.iam.sessions().filter_map(|arn| Principal::parse(arn)).filter(|principal| principal.account == Some(id));
        all.extend(described.map(|principal| match &principal.kind {
            // The ARN of a session leaves the path of its role out; names are unique in an account.
            PrincipalKind::AssumedRole { role, session } => {
                let name = account.roles.keys().find(|known| known.rsplit('/').next() == Some(role)).unwrap_or(role);
                Principal::role_session(id, name, session)
            }
            PrincipalKind::Root | PrincipalKind::User { .. } | PrincipalKind::FederatedUser { .. } | PrincipalKind::Service { .. } => {
                principal
            }
        }));
    }
    // A world may describe the session that also stands for its role.
    let mut seen = BTreeSet::new();
    all.retain(|principal| seen.insert(Arc::clone(&principal.arn)));
    all
}

/// Makes temporary credentials for a principal, that end after so many seconds, and puts down what the session brings.
pub(super) fn issue(world: &mut World, principal: Principal, session: Session, seconds: i64, multi_factor: bool) -> Credential {
    let now = world.cloud.now();
    let number = u64::try_from(world.sts.made.len()).unwrap_or(u64::MAX);
    let random = &world.cloud.random;
    let id: Arc<str> = numbered_access_key_id(random.seed(), number).into();
    let credential = Credential {
        access_key_id: Arc::clone(&id),
        secret_access_key: secret(random, &id),
        session_token: Some(token(random, &id)),
        expires: Some(after(now, Duration::seconds(seconds))),
        principal: principal.with_temporary(Temporary { access_key_id: Arc::clone(&id), issued: now, multi_factor }),
    };
    world.iam.add_made_session(Arc::clone(&id), session);
    world.sts.made.insert(id, credential.clone());
    credential
}

impl Credential {
    /// As STS answers it.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "AccessKeyId": &*self.access_key_id,
            "SecretAccessKey": self.secret_access_key,
            "SessionToken": self.session_token,
            "Expiration": self.expires.map(format_instant),
        })
    }
}

fn secret(random: &Random, access_key_id: &str) -> String {
    format!("{}EXAMPLEKEY", letters(random, &format!("secret of access key {access_key_id}"), 30))
}

fn token(random: &Random, access_key_id: &str) -> String {
    format!("{}EXAMPLETOKEN", letters(random, &format!("session token of access key {access_key_id}"), 84))
}

/// So many letters and digits from the seed and a name.
fn letters(random: &Random, name: &str, count: usize) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let bytes = (0..).flat_map(|part: usize| random.derive(&format!("{name} {part}")));
    let letter = |byte: u8| char::from(ALPHABET.get(usize::from(byte) % ALPHABET.len()).copied().unwrap_or(b'A'));
    bytes.take(count).map(letter).collect()
}
