//! Who sends a request, and what it asks for: all that can be told without the world.
//!
//! Signatures are checked here, so that many requests are checked at once while the world serves one after the other.

use super::refusal::{Protocol, Refusal, RefusalKind};
use super::signature::Signed;
use super::{json, query};
use crate::cloud::{AccountId, Caller, Instant, Network, Principal, Random, Region};
use crate::kms::Operation;
use crate::services::World;
use crate::services::sts::{self, Credential};
use bytes::Bytes;
use http::request::Parts;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// How strict an endpoint is, and what it takes for granted.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Whether any access key with any signature will do. A known key is still its principal; twelve digits are the root user of that
    /// account; anything else, and no signature at all, is the root user of [`Settings::account`].
    pub any_credentials: bool,
    /// The account of those who do not say theirs.
    pub account: AccountId,
    /// The Region of those who do not say theirs.
    pub region: Region,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// An operation of KMS.
    Kms(Operation),
    /// An operation of STS, by its name.
    Sts(&'static str),
}

impl Target {
    /// The protocol in which it is asked and answered.
    #[must_use]
    pub fn protocol(self) -> Protocol {
        match self {
            Target::Kms(_) => Protocol::Json,
            Target::Sts(_) => Protocol::Query,
        }
    }

    /// Its name in policies, like `kms:Decrypt`.
    #[must_use]
    pub fn action(self) -> String {
        match self {
            Target::Kms(operation) => format!("kms:{}", operation.name()),
            Target::Sts(name) => format!("sts:{name}"),
        }
    }

    /// What [`Target::action`] names.
    #[must_use]
    pub fn parse(action: &str) -> Option<Self> {
        match action.split_once(':')? {
            ("kms", name) => Operation::parse(name).map(Target::Kms),
            ("sts", name) => query::operation(name).map(Target::Sts),
            _ => None,
        }
    }
}

/// A request that has been let in.
#[derive(Clone, Debug)]
pub struct Call {
    /// What it asks for.
    pub target: Target,
    /// Its members, in AWS's JSON.
    pub members: Value,
    /// Who asks.
    pub caller: Arc<Caller>,
    /// With which access key; empty for none.
    pub access_key_id: Arc<str>,
    /// When its credentials end.
    pub expires: Option<Instant>,
}

/// Who an access key belongs to.
#[derive(Clone, Debug)]
enum Holder {
    Known(Credential),
    /// Somebody who need not prove it.
    Any(Principal),
}

/// The gate of an endpoint.
#[derive(Debug)]
pub struct Gate {
    settings: Settings,
    random: Random,
    keys: RwLock<BTreeMap<Arc<str>, Credential>>,
    vpc_endpoints: BTreeSet<Arc<str>>,
    refused: AtomicU64,
}

impl Gate {
    /// The gate to a world: every principal of it has an access key.
    #[must_use]
    pub fn new(world: &World, settings: Settings) -> Self {
        let gate = Gate {
            settings,
            random: Random::new(world.cloud.random.seed()),
            keys: RwLock::default(),
            vpc_endpoints: world.iam.endpoints().cloned().collect(),
            refused: AtomicU64::new(0),
        };
        gate.close(world);
        gate
    }

    /// Forgets all keys but those that the principals of a world always have.
    pub(super) fn close(&self, world: &World) {
        let standing = sts::principals(world).into_iter().map(|principal| sts::standing(&self.random, &principal));
        let keys = standing.map(|credential| (Arc::clone(&credential.access_key_id), credential)).collect();
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// Lets a new key in.
    pub(super) fn open(&self, credential: Credential) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.insert(Arc::clone(&credential.access_key_id), credential);
    }

    /// How strict it is.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// The id of a request that is turned away, which no trail knows.
    #[must_use]
    pub fn refused_id(&self) -> String {
        self.random.uuid(&format!("refused {}", self.refused.fetch_add(1, Ordering::Relaxed)))
    }

    /// Reads a request and checks who sends it.
    ///
    /// `now` is the time of the wall clock, by which clients sign: the world's clock stands elsewhere.
    ///
    /// # Errors
    /// Why the request is turned away, and in which protocol to say so.
    pub fn admit(&self, parts: &Parts, body: &Bytes, peer: IpAddr, now: Instant) -> Result<Call, (Protocol, Refusal)> {
        let (target, members) = if let Some(target) = parts.headers.get("x-amz-target") {
            (json::target(&parts.method, target).map_err(|refusal| (Protocol::Json, refusal))?, None)
        } else {
            let parameters = query::parameters(parts, body);
            let target = query::target(&parameters).map_err(|refusal| (Protocol::Query, refusal))?;
            (target, Some(query::members(&parameters)))
        };
        let protocol = target.protocol();
        let refused = |refusal| (protocol, refusal);
        let (holder, access_key_id, region) = self.holder(parts, body, target, now).map_err(refused)?;
        let members = match members {
            Some(members) => members,
            None => json::members(body).map_err(refused)?,
        };
        let network = Network { address: Some(peer), vpc_endpoint: self.vpc_endpoint(parts), agent: agent(parts) };
        let (principal, expires) = match holder {
            Holder::Known(credential) => (credential.principal, credential.expires),
            Holder::Any(principal) => (principal, None),
        };
        let caller = Arc::new(Caller { network, ..Caller::direct(principal, region) });
        Ok(Call { target, members, caller, access_key_id, expires })
    }

    /// The caller that a key stands for: how a record of an earlier call becomes one again.
    pub(super) fn caller(&self, access_key_id: &str, region: Region, network: Network) -> Option<Caller> {
        let principal = match self.find(access_key_id)? {
            Holder::Known(credential) => credential.principal,
            Holder::Any(principal) => principal,
        };
        Some(Caller { network, ..Caller::direct(principal, region) })
    }

    fn find(&self, access_key_id: &str) -> Option<Holder> {
        if let Some(known) = self.keys.read().unwrap_or_else(PoisonError::into_inner).get(access_key_id) {
            return Some(Holder::Known(known.clone()));
        }
        let account = AccountId::parse(access_key_id).unwrap_or(self.settings.account);
        self.settings.any_credentials.then(|| Holder::Any(Principal::root(account)))
    }

    fn holder(&self, parts: &Parts, body: &Bytes, target: Target, now: Instant) -> Result<(Holder, Arc<str>, Region), Refusal> {
        let Settings { any_credentials: any, account, region: home } = self.settings;
        let signed = match Signed::read(parts) {
            Ok(Some(signed)) => signed,
            Ok(None) | Err(_) if any => return Ok((Holder::Any(Principal::root(account)), "".into(), home)),
            Ok(None) => return Err(Refusal::new(RefusalKind::Missing, missing(target.protocol()))),
            Err(refusal) => return Err(refusal),
        };
        let unknown = || Refusal::new(RefusalKind::UnknownKey, "The security token included in the request is invalid.");
        let holder = self.find(&signed.access_key_id).ok_or_else(unknown)?;
        let region = Region::parse(&signed.region).or(any.then_some(home));
        if !any && let Holder::Known(credential) = &holder {
            let service = match target {
                Target::Kms(_) => "kms",
                Target::Sts(_) => "sts",
            };
            if signed.service != service {
                return Err(Refusal::new(RefusalKind::Signature, format!("Credential should be scoped to correct service: '{service}'. ")));
            }
            if signed.token != credential.session_token {
                return Err(unknown());
            }
            signed.verify(parts, body, &credential.secret_access_key, now)?;
        }
        let region = region.ok_or_else(|| Refusal::new(RefusalKind::Signature, "Credential should be scoped to a valid region. "))?;
        Ok((holder, signed.access_key_id.into(), region))
    }

    /// The VPC endpoint that a request passes: one whose id is the first label of the host that it calls, as in its DNS name.
    fn vpc_endpoint(&self, parts: &Parts) -> Option<Arc<str>> {
        let host = parts.headers.get(http::header::HOST)?.to_str().ok()?;
        self.vpc_endpoints.get(host.split(['.', ':']).next()?).cloned()
    }
}

/// What the client calls itself, as far as it can be shown: CloudTrail cuts long names off, too.
fn agent(parts: &Parts) -> Option<Arc<str>> {
    const MOST: usize = 1024;
    let text = parts.headers.get(http::header::USER_AGENT)?.to_str().ok()?;
    Some(text.get(..MOST).unwrap_or(text).into())
}

fn missing(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Json => "Missing Authentication Token",
        Protocol::Query => "Request is missing Authentication Token",
    }
}
