//! STUB
use super::World;
use crate::cloud::{ApiError, Caller, Instant, Principal, Random};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
/// s
#[derive(Clone, Debug, Default)]
pub struct Sts {
    temporary: BTreeMap<Arc<str>, Credential>,
}
/// c
#[derive(Clone, Debug)]
pub struct Credential {
    /// a
    pub access_key_id: Arc<str>,
    /// b
    pub secret_access_key: String,
    /// c
    pub session_token: Option<String>,
    /// d
    pub expires: Option<Instant>,
    /// e
    pub principal: Principal,
}
impl Sts {
    /// t
    #[must_use]
    pub fn temporary(&self, access_key_id: &str) -> Option<&Credential> {
        self.temporary.get(access_key_id)
    }
}
/// s
#[must_use]
pub fn standing(random: &Random, principal: &Principal) -> Credential {
    let hex = random.hex(&format!("key {}", principal.arn), 16).to_uppercase();
    let temp = principal.arn.contains("assumed-role");
    Credential {
        access_key_id: format!("{}{hex}", if temp { "ASIA" } else { "AKIA" }).into(),
        secret_access_key: random.hex(&format!("secret {}", principal.arn), 40),
        session_token: temp.then(|| format!("token{hex}")),
        expires: None,
        principal: principal.clone(),
    }
}
/// ps
pub const PLAIN_SESSION: &str = "session";
/// p
#[must_use]
pub fn principals(world: &World) -> Vec<Principal> {
    let mut all = Vec::new();
    for (id, account) in world.iam.accounts() {
        all.push(Principal::root(id));
        all.extend(account.users.keys().map(|n| Principal::user(id, n)));
        all.extend(account.roles.keys().map(|n| Principal::role_session(id, n, "session")));
    }
    all
}
pub(super) fn call(_world: &mut World, caller: &Arc<Caller>, _name: &str, _members: Value) -> Result<Value, ApiError> {
    Ok(json!({"UserId": "AIDA", "Account": caller.account(), "Arn": &*caller.principal.arn}))
}
