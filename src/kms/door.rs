//! The one door: every call to KMS, whoever makes it, is admitted and passes these five steps.
//!
//! ```text
//! 0 admit it          limits.rs, quota.rs
//! 1 find the key      target.rs
//! 2 authorise         authorise.rs
//! 3 check its state   state.rs, from the table
//! 4 do it             op/
//! 5 record            the trail event and the metered request
//! ```

use super::target::{self, Targets};
use super::{Kms, LastUsage, Operation, Request, Response, authorise, demand, fit, limits, op, record, request_class, state};
use crate::cloud::{Additional, ApiError, Caller, Cloud, Event, MeterKey, Parameters, Reason, RequestClass, Resource, Stamp};
use crate::iam::Iam;
use serde_json::Value;
use std::sync::Arc;

/// KMS together with what it needs of the world: the clock and the trail, and the principals' policies.
#[derive(Debug)]
pub struct Door<'w> {
    /// Time, randomness, trail and meter.
    pub cloud: &'w mut Cloud,
    /// Accounts with their users and roles.
    pub iam: &'w Iam,
    /// Keys and aliases.
    pub kms: &'w mut Kms,
}

impl Door<'_> {
    /// Carries out one request.
    ///
    /// # Errors
    /// AWS's error, with what decided it in its reason.
    pub fn call(&mut self, caller: &Arc<Caller>, request: &Request) -> Result<Response, ApiError> {
        let found = self.admit(caller, request).and_then(|()| target::find(self.kms, caller, request));
        match found {
            Ok(targets) => {
                let mut allowed = None;
                let outcome = self.carry_out(caller, request, &targets, &mut allowed);
                self.record(caller, request, &targets, outcome.as_ref(), allowed);
                outcome
            }
            Err(error) => {
                self.record(caller, request, &Targets::default(), Err(&error), None);
                Err(error)
            }
        }
    }

    /// Carries out a request in AWS's JSON. One that cannot be read is refused and recorded like any other.
    ///
    /// # Errors
    /// AWS's error, with what decided it in its reason.
    pub fn call_json(&mut self, caller: &Arc<Caller>, operation: Operation, members: Value) -> Result<Response, ApiError> {
        match Request::from_json(operation, &members) {
            Ok(request) => self.call(caller, &request),
            Err(error) => {
                let event = Event { parameters: record::shown(members), ..self.event(caller, operation, Some(&error)) };
                self.cloud.record(event);
                Err(error)
            }
        }
    }

    /// What comes before any look at keys: the request's own form, then the caller's request quota. AWS does not publish the
    /// order; see `docs/fidelity.md`.
    fn admit(&mut self, caller: &Caller, request: &Request) -> Result<(), ApiError> {
        limits::check(self.kms.rules(), request)?;
        // Taken out while it is asked, because the demand borrows from the keys.
        let Some(mut quotas) = self.kms.quotas.take() else { return Ok(()) };
        let outcome = quotas.take(self.kms.rules(), &demand::of(self.kms, caller, request), self.cloud.now());
        self.kms.quotas = Some(quotas);
        outcome
    }

    fn carry_out(
        &mut self,
        caller: &Caller,
        request: &Request,
        targets: &Targets<'_>,
        allowed: &mut Option<Arc<Reason>>,
    ) -> Result<Response, ApiError> {
        let permit = authorise::authorise(self, caller, request, targets)?;
        allowed.clone_from(&permit.reason);
        for (target, second) in targets.first.iter().map(|target| (target, false)).chain(targets.second.iter().map(|target| (target, true)))
        {
            // The alias table's footnote 10: only the new target's state counts, not the present one's.
            let counts = !(second && matches!(request, Request::UpdateAlias(_)));
            if let Some(key) = self.kms.key(target.key).filter(|_| counts) {
                state::check(request.operation(), key, self.kms)?;
                fit::check(request, key, second)?;
                self.kms.reach_key_store(request.operation(), key)?;
            }
        }
        if request.is_dry_run() {
            let message = "The request would have succeeded, but the DryRun option is set.";
            return Err(ApiError::new("DryRunOperationException", message).because("every check passed; DryRun stops here"));
        }
        op::perform(self, caller, request, targets, &permit)
    }

    fn record(
        &mut self,
        caller: &Arc<Caller>,
        request: &Request,
        targets: &Targets<'_>,
        outcome: Result<&Response, &ApiError>,
        allowed: Option<Arc<Reason>>,
    ) {
        let operation = request.operation();
        let mut resources: Vec<Resource> = targets
            .keys()
            .filter_map(|target| self.kms.key(target.key))
            .map(|key| Resource { arn: Arc::clone(&key.arn), account: Some(key.account), kind: "AWS::KMS::Key" })
            .collect();
        let payer = caller.account().or_else(|| resources.first().and_then(|resource| resource.account));
        // Whether AWS bills refused requests is not published; the model does not.
        if let (Ok(_), Some(payer)) = (outcome, payer) {
            let class = self.request_class(caller, request, targets);
            self.cloud.meter.add(MeterKey { payer, region: caller.region, class }, 1);
        }
        record::also_touched(targets, outcome.ok(), &mut resources);
        let event = Event {
            parameters: record::parameters(request, &resources),
            response: outcome.ok().and_then(|response| record::response_elements(operation, response, &resources)),
            additional: record::additional(self.kms, targets, outcome.ok()),
            resources,
            allowed,
            recipient: payer,
            ..self.event(caller, operation, outcome.err())
        };
        let number = self.cloud.record(event);
        if outcome.is_ok() && operation.is_tracked() {
            let time = self.cloud.now();
            for target in targets.keys() {
                if let Some(key) = self.kms.key_mut(target.key) {
                    key.last_usage = Some(LastUsage { operation, time, event: number });
                }
            }
        }
    }

    /// The bare record of a call.
    pub(super) fn event(&self, caller: &Arc<Caller>, operation: Operation, error: Option<&ApiError>) -> Event {
        Event {
            time: self.cloud.now(),
            source: "kms.amazonaws.com",
            name: operation.name(),
            caller: Arc::clone(caller),
            region: caller.region,
            recipient: caller.account(),
            parameters: Parameters::Empty,
            response: None,
            additional: Additional::Nothing,
            resources: Vec::new(),
            error: error.map(|error| Arc::new(error.clone())),
            allowed: None,
            read_only: operation.read_only(),
            stamp: Stamp::default(),
        }
    }

    /// As what a request is billed.
    ///
    /// CloudTrail's own deliveries are free; whether requests with AWS managed keys are is a fact with two values.
    ///
    /// Source: "AWS Key Management Service Pricing".
    fn request_class(&self, caller: &Caller, request: &Request, targets: &Targets<'_>) -> RequestClass {
        let keys = || targets.keys().filter_map(|target| self.kms.key(target.key));
        let managed = keys().any(super::Key::is_aws_managed);
        let delivery = caller.principal.is_service() && *caller.principal.arn == *"cloudtrail.amazonaws.com";
        if delivery || (managed && !self.kms.rules().aws_managed_requests_charged) {
            return RequestClass::Unbilled;
        }
        let pair = if let Request::GenerateDataKeyPair(request) | Request::GenerateDataKeyPairWithoutPlaintext(request) = request {
            Some(request.key_pair_spec)
        } else {
            None
        };
        request_class(request.operation(), keys().map(|key| key.spec), pair)
    }
}
