//! A call to KMS in a world, tried with changes.

mod edit;

use super::data::Change;
use super::names::owner;
use super::probe::Probe;
use super::tried::{Outcome, Tried, changed};
use crate::authz::assumed::{ALLOW_EVERYTHING, open_to};
use crate::authz::callers::callers_named_by;
use crate::authz::{PAIR, PolicyPlace, Values};
use crate::cloud::{AccountId, ApiError, Caller, Principal, Trail, Via};
use crate::iam::evaluate;
use crate::iam::{AccessRequest, Decision, Policy, PolicySet, PolicyType, ResourceRule};
use crate::kms::{EncryptionContext, Key, KeyIdentifier, KeyRef, KeyState, Request, request_context};
use crate::kms::{policies_on_key, with_grants, works_across_accounts};
use crate::services::World;
use serde_json::Value;
use std::sync::Arc;

/// A call to KMS in a world. Each try is made in a copy.
#[derive(Clone, Debug)]
pub struct Attempt {
    world: World,
    caller: Arc<Caller>,
    request: Request,
}

impl Attempt {
    /// A call as it would be made now.
    #[must_use]
    pub fn new(world: &World, caller: &Arc<Caller>, request: &Request) -> Self {
        let mut world = world.clone();
        world.cloud.explain_allows = true;
        // What happened before decides nothing, and need not be copied for every try.
        world.cloud.trail = Trail::default();
        Attempt { world, caller: Arc::clone(caller), request: request.clone() }
    }

    /// Makes the call in a copy; what the trail says of it is the copy's last event.
    fn call(&self) -> (World, Result<(), ApiError>) {
        let mut world = self.world.clone();
        let outcome = world.kms(&self.caller, &self.request).map(|_| ());
        (world, outcome)
    }

    fn at(&self, key: &str) -> Option<KeyRef> {
        self.world.kms.resolve(&KeyIdentifier::parse(key)?, self.caller.account(), self.caller.region)
    }

    fn key(&self, key: &str) -> Option<&Key> {
        self.world.kms.key(self.at(key)?)
    }

    /// The keys that the request is about.
    fn keys(&self) -> Vec<&Key> {
        let (world, _) = self.call();
        let resources = world.cloud.trail.events().last().map(|event| event.resources.clone()).unwrap_or_default();
        resources.iter().filter_map(|resource| self.key(&resource.arn)).collect()
    }

    /// The account whose organisation restricts the resource.
    fn restricted(&self, key: &str) -> Option<AccountId> {
        owner(key).or(self.caller.account())
    }

    /// The caller's policies beside those of its groups, and each group's.
    fn identity_policy(&self, number: usize) -> Option<&Arc<Policy>> {
        let identity = self.world.iam.identity(&self.caller.principal)?;
        let account = self.world.iam.account(self.caller.account()?)?;
        let of_groups = identity.groups.iter().filter_map(|group| account.groups.get(group)).flatten();
        identity.policies.iter().chain(of_groups).nth(number)
    }

    fn pairs(&self) -> EncryptionContext {
        let members = self.request.to_json();
        let context = members.get("EncryptionContext").and_then(Value::as_object).cloned().unwrap_or_default();
        context.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect()
    }

    /// Who calls in a probe, and with which encryption context.
    fn varied(&self, probe: &Probe) -> (Caller, EncryptionContext) {
        let mut caller = (*self.caller).clone();
        if let Some(other) = &probe.other {
            caller.principal = other.principal.clone();
        }
        let mut context = self.pairs();
        if let Some((key, value)) = &probe.variant {
            match (key.strip_prefix(PAIR), value) {
                (Some(name), Some(value)) => drop(context.insert(name.to_owned(), value.clone())),
                (Some(name), None) => drop(context.remove(name)),
                (None, Some(_)) => caller.via = Some(Via { service: "another", region: caller.region }),
                (None, None) => caller.via = None,
            }
        }
        (caller, context)
    }
}

impl Tried for Attempt {
    fn outcome(&self) -> Outcome {
        let (world, outcome) = self.call();
        let trace = |reason: Option<&Arc<crate::cloud::Reason>>| reason.and_then(|reason| reason.trace.clone());
        match outcome {
            Ok(()) => Outcome::Allowed(trace(world.cloud.trail.events().last().and_then(|event| event.allowed.as_ref()))),
            Err(error) if error.code == "AccessDeniedException" => trace(error.reason.as_ref()).map_or(Outcome::Failed, Outcome::Denied),
            Err(_) => Outcome::Failed,
        }
    }

    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn policy(&self, place: PolicyPlace, key: &str) -> Option<Arc<Policy>> {
        let iam = &self.world.iam;
        let levels = |account: Option<AccountId>| account.map(|account| iam.levels(account)).unwrap_or_default();
        match place {
            PolicyPlace::Key => self.key(key).map(|key| Arc::clone(&key.policy)),
            PolicyPlace::Identity(number) => self.identity_policy(number).cloned(),
            PolicyPlace::ServiceControl(level, number) => levels(self.caller.account()).get(level)?.service.get(number).cloned(),
            PolicyPlace::ResourceControl(level, number) => levels(self.restricted(key)).get(level)?.resource.get(number).cloned(),
            PolicyPlace::Boundary => iam.identity(&self.caller.principal)?.boundary.clone(),
            PolicyPlace::Session => iam.session_of(&self.caller.principal)?.policies.first().cloned(),
            PolicyPlace::Endpoint => Some(Arc::clone(&iam.endpoint(self.caller.network.vpc_endpoint.as_ref()?)?.policy)),
        }
    }

    fn control_levels(&self) -> usize {
        let account = self.caller.account().filter(|_| !self.caller.principal.is_service_linked());
        account.map_or(0, |account| self.world.iam.levels(account).len())
    }

    fn allowing_grants(&self, key: &str) -> Vec<String> {
        let Some(key) = self.key(key) else { return Vec::new() };
        let (context, now) = (self.pairs(), self.world.cloud.now());
        let action = |permission: &crate::kms::Permission| permission.action.strip_prefix("kms:");
        let operations = || self.request.operation().row().permissions.iter().filter_map(action);
        let grants = key
            .grants
            .of(&self.caller.principal)
            .filter(|grant| operations().any(|operation| grant.allows(operation, &context, &self.caller, now, &[]).is_ok()));
        grants.map(|grant| grant.id.to_string()).collect()
    }

    fn carried(&self) -> Vec<(String, String)> {
        let pairs = self.pairs().into_iter().map(|(name, value)| (format!("{PAIR}{name}"), value));
        let via = self.caller.via.as_ref().map(|via| ("kms:ViaService".to_owned(), via.via_service()));
        pairs.chain(via).collect()
    }

    fn known_principals(&self) -> Vec<Principal> {
        let keys = self.keys();
        let mut all: Vec<Principal> = keys.iter().flat_map(|key| callers_named_by(&key.policy)).collect();
        for id in keys.iter().map(|key| key.account).chain(self.caller.account()) {
            let Some(account) = self.world.iam.account(id) else { continue };
            all.extend(account.users.keys().map(|name| Principal::user(id, name)));
            all.extend(account.roles.keys().map(|name| Principal::plain_session(id, name)));
        }
        all
    }

    fn repairs(&self) -> Vec<Change> {
        let repair = |key: &Key| match key.state() {
            KeyState::Disabled => Some(Change::EnableKey(key.arn.to_string())),
            KeyState::PendingDeletion | KeyState::PendingReplicaDeletion => Some(Change::CancelKeyDeletion(key.arn.to_string())),
            KeyState::Enabled | KeyState::PendingImport | KeyState::Unavailable | KeyState::Creating | KeyState::Updating => None,
        };
        self.keys().into_iter().filter_map(repair).collect()
    }

    fn breakages(&self) -> Vec<Change> {
        let mine = self.keys().into_iter().filter(|key| key.enabled && !key.is_aws_managed());
        mine.map(|key| Change::DisableKey(key.arn.to_string())).collect()
    }

    fn advice(&self) -> Option<String> {
        let operation = self.request.operation();
        let keys = self.keys();
        let foreign = |key: &&&Key| self.caller.account().is_some_and(|account| account != key.account);
        if let Some(key) = keys.iter().find(foreign).filter(|_| !operation.row().cross_account) {
            return Some(format!(
                "{} never works on a key of another account, so no policy helps: call it as a principal of account {}",
                operation.name(),
                key.account
            ));
        }
        keys.iter().find_map(|key| match key.state() {
            _ if key.is_aws_managed() => {
                Some("the policy of an AWS managed key cannot be changed: use a customer managed key instead".to_owned())
            }
            KeyState::PendingImport => Some("the key lacks its imported material: ImportKeyMaterial makes it usable".to_owned()),
            KeyState::Unavailable => Some("the key store of the key is not connected: ConnectCustomKeyStore makes it usable".to_owned()),
            KeyState::Creating | KeyState::Updating => Some("the key is being changed: wait until it is Enabled".to_owned()),
            KeyState::Enabled | KeyState::Disabled | KeyState::PendingDeletion | KeyState::PendingReplicaDeletion => None,
        })
    }

    fn with(&self, change: &Change) -> Option<Self> {
        let mut attempt = self.clone();
        let configured = |attempt: &mut Self, key: &str, set: &dyn Fn(&mut Key)| {
            let at = attempt.at(key)?;
            attempt.world.kms.configure(at).filter(|key| !key.is_aws_managed()).map(set)
        };
        match change {
            Change::Policy(change) => {
                attempt.put(change, changed(change, self.policy(change.place, &change.key).as_deref())?)?;
            }
            Change::CreateGrant { key, grantee, operation, context } => attempt.create_grant(key, grantee, operation, context)?,
            Change::RevokeGrant { key, id } => {
                let at = attempt.at(key)?;
                attempt.world.kms.configure(at)?.grants.remove(id)?;
            }
            Change::SetKey(name, Values::One(value)) => attempt.set_key(name, Some(value))?,
            Change::SetKey(_, Values::Many(_)) => return None,
            Change::UnsetKey(name) => attempt.set_key(name, None)?,
            Change::EnableKey(key) => configured(&mut attempt, key, &|key| key.enabled = true)?,
            Change::DisableKey(key) => configured(&mut attempt, key, &|key| key.enabled = false)?,
            Change::CancelKeyDeletion(key) => configured(&mut attempt, key, &|key| (key.deletion, key.enabled) = (None, false))?,
        }
        Some(attempt)
    }

    fn allows(&self, probe: &Probe) -> bool {
        let (caller, context) = self.varied(probe);
        let elsewhere = probe.resource.as_ref().and_then(|_| open_to(caller.account()?));
        let key = self.key(&probe.asked.resource);
        let resource = probe.resource.as_deref().unwrap_or(&probe.asked.resource);
        let Some(owner) = owner(resource).or(caller.account()) else { return false };
        let action = probe.action.unwrap_or(&probe.asked.action);
        let foreign = caller.account().is_some_and(|account| account != owner);
        if key.is_some_and(|key| key.state() != KeyState::Enabled) || (foreign && !works_across_accounts(action)) {
            return false;
        }
        let keys = request_context(&caller, &self.request, key, &context, self.world.cloud.now());
        let access = AccessRequest {
            iam: &self.world.iam,
            caller: &caller,
            action,
            resource,
            resource_account: owner,
            now: self.world.cloud.now(),
            context: &keys,
        };
        // Another key has another policy; what it leaves to the caller's account shows what that opens.
        let mut set = match (&elsewhere, key) {
            (None, Some(key)) => policies_on_key(&self.world.iam, &caller, key),
            _ => PolicySet::of_caller(&self.world.iam, &caller).with_organization_of(&self.world.iam, owner, &caller),
        };
        if let Some(policy) = &elsewhere {
            set = set.with_resource(policy, ResourceRule::KeyPolicy);
        }
        if let Some(policy) = ALLOW_EVERYTHING.as_ref().filter(|_| probe.other.as_ref().is_some_and(|other| other.allowed_by_own)) {
            set = set.with(PolicyType::IdentityBased, policy);
        }
        let evaluation = evaluate(access, set);
        match key.filter(|_| elsewhere.is_none()) {
            Some(key) => with_grants(evaluation, &access, key, &context, &[]).0.decision() == Decision::Allow,
            None => evaluation.decision() == Decision::Allow,
        }
    }
}
