//! A call to KMS in a world, tried with changes.

use super::data::{Change, PolicyChange};
use super::edit::PolicyEdit;
use super::probe::{Probe, open_to};
use super::tried::{ALLOW_EVERYTHING, Outcome, Tried, changed};
use crate::authz::{PolicyPlace, Values};
use crate::cloud::{AccountId, ApiError, Arn, Caller, Principal, PrincipalKind, Trail, Via};
use crate::iam::{AccessRequest, Controls, Decision, Identity, Policy, PolicySet, PolicyType, PrincipalMatch, ResourceRule};
use crate::iam::{Session, evaluate};
use crate::kms::{EncryptionContext, Grant, GrantConstraint, Key, KeyIdentifier, KeyRef, KeyState, OPERATIONS, Request, request_context};
use crate::services::World;
use serde_json::{Value, json};
use std::sync::Arc;

/// A call to KMS in a world. Each try is made in a copy.
#[derive(Clone, Debug)]
pub struct Attempt {
    world: World,
    caller: Arc<Caller>,
    request: Request,
}

/// The services through which a caller may reach KMS, as `kms:ViaService` begins.
const SERVICES: [&str; 5] = ["s3", "ec2", "rds", "lambda", "sqs"];

const PAIR: &str = "kms:EncryptionContext:";

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
        self.owner(key).or(self.caller.account())
    }

    /// The caller's policies beside those of its groups, and each group's.
    fn identity_policy(&self, number: usize) -> Option<&Arc<Policy>> {
        let identity = self.world.iam.identity(&self.caller.principal)?;
        let account = self.world.iam.account(self.caller.account()?)?;
        let of_groups = identity.groups.iter().filter_map(|group| account.groups.get(group)).flatten();
        identity.policies.iter().chain(of_groups).nth(number)
    }

    fn identity_policy_mut(&mut self, number: usize) -> Option<&mut Arc<Policy>> {
        let own = self.world.iam.identity(&self.caller.principal)?;
        let (count, groups) = (own.policies.len(), own.groups.clone());
        if number < count {
            return self.identity_mut()?.policies.get_mut(number);
        }
        let account = self.world.iam.account_mut(self.caller.principal.account?);
        // Groups follow in the order of the user's list, each once.
        let mut rest = number - count;
        for group in groups {
            let there = account.groups.get(&group).map_or(0, Vec::len);
            if rest < there {
                return account.groups.get_mut(&group)?.get_mut(rest);
            }
            rest -= there;
        }
        None
    }

    /// The user or role behind the caller.
    fn identity_mut(&mut self) -> Option<&mut Identity> {
        let principal = &self.caller.principal;
        let user = self.world.iam.session(&principal.arn).and_then(|session| session.user.clone());
        let account = self.world.iam.account_mut(principal.account?);
        match &principal.kind {
            PrincipalKind::User { name } => account.users.get_mut(name),
            PrincipalKind::FederatedUser { .. } => account.users.get_mut(&user?),
            PrincipalKind::AssumedRole { role, .. } => {
                let name = account.roles.keys().find(|known| *known == role || known.rsplit('/').next() == Some(role)).cloned()?;
                account.roles.get_mut(&name)
            }
            PrincipalKind::Root | PrincipalKind::Service { .. } => None,
        }
    }

    /// What is attached at a level of the organisation above an account, 0 for the root.
    fn controls_mut(&mut self, account: AccountId, level: usize) -> Option<&mut Controls> {
        let levels = self.world.iam.levels(account).len();
        let organization = self.world.iam.organization.as_mut()?;
        if level == 0 {
            return Some(&mut organization.controls);
        }
        let member = organization.members.get_mut(&account)?;
        if level + 1 == levels {
            return Some(&mut member.controls);
        }
        // From the account's unit upwards to the one at this level.
        let mut unit = member.unit.clone()?;
        for _ in level + 2..levels {
            unit = organization.units.get(&unit)?.parent.clone()?;
        }
        organization.units.get_mut(&unit).map(|unit| &mut unit.controls)
    }

    fn put(&mut self, change: &PolicyChange, policy: Arc<Policy>) -> Option<()> {
        let is_new = matches!(change.edit, PolicyEdit::New(_));
        let owner = self.restricted(&change.key);
        match change.place {
            PolicyPlace::Key => {
                let at = self.at(&change.key)?;
                // Nobody can change the policy of an AWS managed key.
                let key = self.world.kms.configure(at).filter(|key| !key.is_aws_managed())?;
                key.policy = policy;
            }
            PolicyPlace::Identity(_) if is_new => self.identity_mut()?.policies.push(policy),
            PolicyPlace::Identity(number) => *self.identity_policy_mut(number)? = policy,
            PolicyPlace::ServiceControl(level, number) => {
                let controls = self.controls_mut(self.caller.account()?, level)?;
                if is_new { controls.service.push(policy) } else { *controls.service.get_mut(number)? = policy }
            }
            PolicyPlace::ResourceControl(level, number) => *self.controls_mut(owner?, level)?.resource.get_mut(number)? = policy,
            PolicyPlace::Boundary => self.identity_mut()?.boundary = Some(policy),
            PolicyPlace::Session => {
                let arn = Arc::clone(&self.caller.principal.arn);
                let mut session: Session = self.world.iam.session(&arn).cloned()?;
                match session.policies.first_mut() {
                    Some(first) => *first = policy,
                    None => session.policies.push(policy),
                }
                self.world.iam.add_session(arn, session);
            }
            PolicyPlace::Endpoint => {
                let id = self.caller.network.vpc_endpoint.clone()?;
                let mut endpoint = self.world.iam.endpoint(&id).cloned()?;
                endpoint.policy = policy;
                self.world.iam.add_endpoint(id, endpoint);
            }
        }
        Some(())
    }

    fn create_grant(&mut self, key: &str, grantee: &str, operation: &'static str, context: &EncryptionContext) -> Option<()> {
        let (at, now) = (self.at(key)?, self.world.cloud.now());
        let key = self.world.kms.configure(at).filter(|key| !key.is_aws_managed())?;
        key.grants.insert(Grant {
            id: format!("{:064x}", key.grants.len() + 1).into(),
            name: String::new(),
            created: now,
            effective: now,
            grantee: grantee.into(),
            retiring: None,
            issuer: key.account,
            operations: vec![operation],
            constraint: (!context.is_empty()).then(|| GrantConstraint::Equals(context.clone())),
            source_arn: None,
        });
        Some(())
    }

    /// Changes what the request carries: its encryption context or the service in between.
    fn set_key(&mut self, name: &str, value: Option<&str>) -> Option<()> {
        if name.eq_ignore_ascii_case("kms:ViaService") {
            self.caller = Arc::new(self.through(value)?);
            return Some(());
        }
        let pair = name.get(..PAIR.len()).filter(|prefix| prefix.eq_ignore_ascii_case(PAIR)).and(name.get(PAIR.len()..))?;
        let takes = |member: &str| self.request.operation().row().parameters.iter().any(|parameter| parameter.name == member);
        if !takes("EncryptionContext") {
            return None;
        }
        let mut members = self.request.to_json();
        let context = members.as_object_mut()?.entry("EncryptionContext").or_insert_with(|| json!({}));
        if context.is_null() {
            *context = json!({});
        }
        match value {
            Some(value) => context.as_object_mut()?.insert(pair.to_owned(), json!(value)),
            None => context.as_object_mut()?.remove(pair),
        };
        members.as_object_mut()?.retain(|_, value| *value != Value::Null);
        self.request = Request::from_json(self.request.operation(), &members).ok()?;
        Some(())
    }

    /// The caller through the service of a value of `kms:ViaService`, or directly.
    fn through(&self, value: Option<&str>) -> Option<Caller> {
        let Some(value) = value else { return Some(Caller { via: None, ..(*self.caller).clone() }) };
        let label = value.split('.').next()?;
        let service = SERVICES.into_iter().find(|service| *service == label)?;
        let caller = self.caller.through(service, self.caller.region);
        (caller.via.as_ref().map(Via::via_service).as_deref() == Some(value)).then_some(caller)
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

    fn owner(&self, key: &str) -> Option<AccountId> {
        Arn::parse(key).and_then(|arn| AccountId::parse(arn.account))
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
            PolicyPlace::Session => iam.session(&self.caller.principal.arn)?.policies.first().cloned(),
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
        let mut all: Vec<Principal> = keys.iter().flat_map(|key| super::question::named_by(&key.policy)).collect();
        for id in keys.iter().map(|key| key.account).chain(self.caller.account()) {
            let Some(account) = self.world.iam.account(id) else { continue };
            all.extend(account.users.keys().map(|name| Principal::user(id, name)));
            all.extend(account.roles.keys().map(|name| Principal::role_session(id, name, "session")));
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
        // Another key has another policy; what it leaves to the caller's account shows what that opens.
        let elsewhere = probe.resource.as_ref().and_then(|_| open_to(caller.account()?));
        let key = self.key(&probe.asked.resource);
        let resource = probe.resource.as_deref().unwrap_or(&probe.asked.resource);
        let Some(owner) = self.owner(resource).or(caller.account()) else { return false };
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
        let mut set = PolicySet::of_caller(&self.world.iam, &caller);
        if let Some(policy) = elsewhere.as_ref().or(key.map(|key| &*key.policy)) {
            set = set.with_resource(policy, ResourceRule::KeyPolicy);
        }
        if !key.is_some_and(Key::is_aws_managed) {
            set = set.with_organization_of(&self.world.iam, owner, &caller);
        }
        if let Some(policy) = ALLOW_EVERYTHING.as_ref().filter(|_| probe.other.as_ref().is_some_and(|other| other.allowed_by_own)) {
            set = set.with(PolicyType::IdentityBased, policy);
        }
        let evaluation = evaluate(access, set);
        match (evaluation.decision(), key) {
            (Decision::ImplicitDeny, Some(key)) if probe.resource.is_none() => {
                let operation = action.strip_prefix("kms:").unwrap_or(action);
                let allows = |grant: &&Arc<Grant>| grant.allows(operation, &context, &caller, self.world.cloud.now(), &[]).is_ok();
                let ways = key.grants.of(&caller.principal).filter(allows);
                let best = ways.filter_map(|grant| Some((PrincipalMatch::of(&grant.grantee, &caller.principal)?, &grant.id))).max();
                best.is_some_and(|(how, id)| evaluation.with_grant(id, how).decision() == Decision::Allow)
            }
            (decision, _) => decision == Decision::Allow,
        }
    }
}

/// Whether the operation that asks for this permission works on keys of other accounts.
fn works_across_accounts(action: &str) -> bool {
    let asks = |permission: &crate::kms::Permission| permission.action.eq_ignore_ascii_case(action);
    OPERATIONS.iter().find(|row| row.permissions.iter().any(asks)).is_none_or(|row| row.cross_account)
}
