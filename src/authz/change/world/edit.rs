//! Carrying a change out in the world of an attempt: in its policies, its grants and its request.

use super::Attempt;
use crate::authz::change::data::PolicyChange;
use crate::authz::change::edit::PolicyEdit;
use crate::authz::{PAIR, PolicyPlace};
use crate::cloud::{AccountId, Caller, PrincipalKind, Via};
use crate::iam::{Controls, Identity, Policy};
use crate::kms::{EncryptionContext, Grant, GrantConstraint, Request};
use serde_json::{Value, json};
use std::sync::Arc;

/// The services through which a caller may reach KMS, as `kms:ViaService` begins.
const SERVICES: [&str; 5] = ["s3", "ec2", "rds", "lambda", "sqs"];

impl Attempt {
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
        let user = self.world.iam.session_of(principal).and_then(|session| session.user.clone());
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

    pub(super) fn put(&mut self, change: &PolicyChange, policy: Arc<Policy>) -> Option<()> {
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
                let session = self.world.iam.session_of_mut(&self.caller.principal)?;
                match session.policies.first_mut() {
                    Some(first) => *first = policy,
                    None => session.policies.push(policy),
                }
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

    pub(super) fn create_grant(&mut self, key: &str, grantee: &str, operation: &'static str, context: &EncryptionContext) -> Option<()> {
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
    pub(super) fn set_key(&mut self, name: &str, value: Option<&str>) -> Option<()> {
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
}
