//! The one door: every call to KMS, whoever makes it, passes these five steps.
//!
//! ```text
//! 1 find the key      target.rs
//! 2 authorise         authorise.rs
//! 3 check its state   state.rs, from the table
//! 4 do it             op/
//! 5 record            the trail event and the metered request
//! ```

use super::target::{self, Targets};
use super::{Kms, Request, Response, authorise, limits, op, record, state};
use crate::cloud::{ApiError, Caller, Cloud, Event, MeterKey, Reason, RequestClass, Resource, Stamp};
use crate::iam::Iam;
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
        let found = limits::check(self.kms.rules(), request).and_then(|()| target::find(self.kms, caller, request));
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

    fn carry_out(
        &mut self,
        caller: &Caller,
        request: &Request,
        targets: &Targets<'_>,
        allowed: &mut Option<Arc<Reason>>,
    ) -> Result<Response, ApiError> {
        let permit = authorise::authorise(self, caller, request, targets)?;
        allowed.clone_from(&permit.reason);
        for target in targets.keys() {
            let operation = request.operation();
            // The alias table's footnote 10: only the new target's state counts, not the present one's.
            let counts = !matches!(request, Request::UpdateAlias(_)) || targets.first.is_some_and(|first| first.key == target.key);
            if let Some(key) = self.kms.key(target.key).filter(|_| counts) {
                state::check(operation, key.state, &key.arn)?;
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
        let owner = resources.first().and_then(|resource| resource.account);
        let payer = caller.account().or(owner);
        // Whether AWS bills refused requests is not published; the model does not.
        if let (Ok(_), Some(payer)) = (outcome, payer) {
            let class = if self.is_billed(caller, targets) { RequestClass::Symmetric } else { RequestClass::Unbilled };
            self.cloud.meter.add(MeterKey { payer, region: caller.region, class }, 1);
        }
        record::also_touched(targets, outcome.ok(), &mut resources);
        let event = Event {
            time: self.cloud.now(),
            source: "kms.amazonaws.com",
            name: operation.name(),
            caller: Arc::clone(caller),
            region: caller.region,
            recipient: payer,
            parameters: record::parameters(request, &resources),
            response: outcome.ok().and_then(|response| record::response_elements(operation, response, &resources)),
            additional: record::additional(self.kms, targets, outcome.ok()),
            resources,
            error: outcome.err().map(|error| Arc::new(error.clone())),
            allowed,
            read_only: operation.read_only(),
            stamp: Stamp::default(),
        };
        self.cloud.record(event);
    }
}

impl Door<'_> {
    /// CloudTrail's own deliveries are free; whether requests with AWS managed keys are is a fact with two values.
    fn is_billed(&self, caller: &Caller, targets: &Targets<'_>) -> bool {
        let managed = targets.keys().filter_map(|target| self.kms.key(target.key)).any(super::Key::is_aws_managed);
        let delivery = caller.principal.is_service() && *caller.principal.arn == *"cloudtrail.amazonaws.com";
        !delivery && (!managed || self.kms.rules().aws_managed_requests_charged)
    }
}
