//! The whole simulated world: a plain value, cheap to clone.

use super::{cloudtrail, cloudwatch, ec2, lambda, logs, rds, s3, sqs, sts};
use crate::cloud::{AccountId, ApiError, Caller, Cloud, Duration, Instant, Region};
use crate::iam::{AccessRequest, Decision, Iam, Policy, PolicySet, RequestContext, ResourceRule, evaluate};
use crate::kms::{Door, KeyIdentifier, KeyRef, Kms, Request, Response, Rules};
use crate::rulebook::Rulebook;
use std::sync::Arc;

/// Everything there is: time and trail, principals and policies, keys, and each service's resources.
#[derive(Clone, Debug)]
pub struct World {
    /// Time, randomness, trail, meter.
    pub cloud: Cloud,
    /// Accounts, users, roles and their policies.
    pub iam: Iam,
    /// Keys and aliases.
    pub kms: Kms,
    /// The facts in force.
    pub rulebook: Rulebook,
    /// Buckets and objects.
    pub s3: s3::S3,
    /// Volumes, snapshots and instances.
    pub ec2: ec2::Ec2,
    /// Databases.
    pub rds: rds::Rds,
    /// Functions.
    pub lambda: lambda::Lambda,
    /// Log groups.
    pub logs: logs::Logs,
    /// Queues.
    pub sqs: sqs::Sqs,
    /// Temporary credentials.
    pub sts: sts::Sts,
    /// Trails.
    pub cloudtrail: cloudtrail::CloudTrail,
    /// Metrics and alarms.
    pub cloudwatch: cloudwatch::CloudWatch,
    tasks: Vec<(Instant, Task)>,
}

/// The services of the model whose resources RCPs restrict.
///
/// Source: "List of AWS services that support RCPs", AWS Organizations User Guide; KMS asks for itself.
const UNDER_RESOURCE_CONTROLS: [&str; 3] = ["s3:", "sqs:", "sts:"];

/// Work that a service does after its call has returned.
#[derive(Clone, Debug)]
pub enum Task {
    /// See [`s3`].
    S3(s3::Task),
    /// See [`ec2`].
    Ec2(ec2::Task),
    /// See [`rds`].
    Rds(rds::Task),
    /// See [`cloudtrail`].
    CloudTrail(cloudtrail::Task),
}

impl World {
    /// An empty world that begins at `now`.
    #[must_use]
    pub fn new(rulebook: Rulebook, now: Instant, seed: u64) -> Self {
        World {
            cloud: Cloud::new(now, seed),
            iam: Iam::default(),
            kms: Kms::new(rules(rulebook)),
            rulebook,
            s3: s3::S3::default(),
            ec2: ec2::Ec2::default(),
            rds: rds::Rds::default(),
            lambda: lambda::Lambda::default(),
            logs: logs::Logs::default(),
            sqs: sqs::Sqs::default(),
            cloudtrail: cloudtrail::CloudTrail::default(),
            cloudwatch: cloudwatch::CloudWatch::default(),
            sts: sts::Sts::default(),
            tasks: Vec::new(),
        }
    }

    /// The door to KMS.
    pub fn door(&mut self) -> Door<'_> {
        Door { cloud: &mut self.cloud, iam: &self.iam, kms: &mut self.kms }
    }

    /// Calls KMS.
    ///
    /// # Errors
    /// AWS's error with its reason.
    pub fn kms(&mut self, caller: &Arc<Caller>, request: &Request) -> Result<Response, ApiError> {
        self.door().call(caller, request)
    }

    /// Asks IAM and a resource's policy, if it has one, whether a caller may do something outside KMS.
    ///
    /// # Errors
    /// An error with this code and status, AWS's message and the reason.
    #[allow(clippy::too_many_arguments, reason = "these are the parts of an authorisation; a struct would only rename them")]
    pub fn authorise(
        &self,
        caller: &Caller,
        action: &str,
        resource: &str,
        owner: AccountId,
        policy: Option<&Policy>,
        context: &dyn RequestContext,
        code: &'static str,
        status: u16,
    ) -> Result<(), ApiError> {
        // Across accounts, and for a service principal, only the resource's own policy can open the door
        // ("Cross-account policy evaluation logic", IAM User Guide).
        if policy.is_none() && caller.account() != Some(owner) {
            let message = format!(
                "User: {} is not authorized to perform: {action} on resource: {resource} because no resource-based policy allows the {action} action",
                caller.principal.arn
            );
            let headline =
                format!("the resource belongs to account {owner} and has no policy that admits {}", caller.principal.identity_arn());
            return Err(ApiError::new(code, message).status(status).because(headline));
        }
        let access = AccessRequest { iam: &self.iam, caller, action, resource, resource_account: owner, now: self.cloud.now(), context };
        let mut set = PolicySet::of_caller(&self.iam, caller);
        if UNDER_RESOURCE_CONTROLS.iter().any(|service| action.starts_with(service)) {
            set = set.with_organization_of(&self.iam, owner, caller);
        }
        let set = match policy {
            // Nobody assumes a role whose trust policy does not let him in, whatever his own policies say.
            Some(policy) if action.starts_with("sts:") => set.with_resource(policy, ResourceRule::KeyPolicy),
            Some(policy) => set.with_resource(policy, ResourceRule::Union),
            None => set,
        };
        let evaluation = evaluate(access, set);
        if evaluation.decision() == Decision::Allow {
            return Ok(());
        }
        let mut reason = evaluation.explain();
        reason.trace = self.cloud.explain_allows.then(|| Arc::new(evaluation.trace()));
        Err(ApiError::new(code, evaluation.message()).status(status).with_reason(Arc::new(reason)))
    }

    /// The key that a service's setting names: an id, ARN, alias name or alias ARN, the bare forms looked up in
    /// the given account and Region.
    #[must_use]
    pub fn find_key(&self, named: &str, account: AccountId, region: Region) -> Option<KeyRef> {
        let found = self.kms.resolve(&KeyIdentifier::parse(named)?, Some(account), region)?;
        (found.region == region).then_some(found)
    }

    /// The ARN of the AWS managed key of a service, made if it is not there yet.
    ///
    /// `service` is what stands after `alias/aws/`, `via` the first label of `kms:ViaService`.
    pub fn aws_managed_key(&mut self, account: AccountId, region: Region, service: &'static str, via: &str) -> Option<Arc<str>> {
        let at = self.kms.aws_managed_key(&self.cloud, account, region, service, via)?;
        self.kms.key(at).map(|key| Arc::clone(&key.arn))
    }

    /// Leaves work for later.
    pub fn later(&mut self, after: Duration, task: Task) {
        let due = crate::cloud::after(self.cloud.now(), after);
        self.tasks.push((due, task));
    }

    /// Lets time pass: due work is done in the order of its time, and keys rotate and die on their dates.
    pub fn advance(&mut self, by: Duration) {
        rds::notice_lost_keys(self);
        let target = crate::cloud::after(self.cloud.now(), by);
        while let Some(index) = self.next_task(target) {
            let (due, task) = self.tasks.remove(index);
            self.move_to(due);
            match task {
                Task::S3(task) => s3::run(self, task),
                Task::Ec2(task) => ec2::run(self, task),
                Task::Rds(task) => rds::run(self, task),
                Task::CloudTrail(task) => cloudtrail::run(self, task),
            }
        }
        self.move_to(target);
    }

    /// The earliest task that is due by `target`; of equals the one that was left first.
    fn next_task(&self, target: Instant) -> Option<usize> {
        self.tasks.iter().enumerate().filter(|(_, (due, _))| *due <= target).min_by_key(|(_, (due, _))| *due).map(|(index, _)| index)
    }

    fn move_to(&mut self, time: Instant) {
        if time > self.cloud.now() {
            self.cloud.advance(time - self.cloud.now());
        }
        self.door().tick();
    }
}

/// KMS's periods and limits, from the rulebook.
fn rules(rulebook: Rulebook) -> Rules {
    use crate::rulebook::ids;
    let count = |fact| usize::try_from(rulebook.number(fact)).unwrap_or(usize::MAX);
    let rate = |fact| u32::try_from(rulebook.number(fact)).unwrap_or(u32::MAX);
    Rules {
        rotation_days: rulebook.days(ids::ROTATION_PERIOD),
        rotation_days_min: rulebook.days(ids::ROTATION_PERIOD_MIN),
        rotation_days_max: rulebook.days(ids::ROTATION_PERIOD_MAX),
        aws_managed_rotation_days: rulebook.days(ids::ROTATION_PERIOD_AWS_MANAGED),
        deletion_days_min: rulebook.days(ids::DELETION_WINDOW_MIN),
        deletion_days_max: rulebook.days(ids::DELETION_WINDOW_MAX),
        deletion_days: rulebook.days(ids::DELETION_WINDOW),
        plaintext_bytes: count(ids::ENCRYPT_PLAINTEXT_MAX),
        grants_per_key: count(ids::GRANTS_PER_KEY),
        aliases_per_key: count(ids::ALIASES_PER_KEY),
        policy_bytes: count(ids::KEY_POLICY_BYTES_MAX),
        on_demand_rotations: count(ids::ROTATION_ON_DEMAND_LIMIT),
        aws_managed_requests_charged: rulebook.allowed(ids::PRICE_AWS_MANAGED_REQUESTS),
        keys_per_region: count(ids::KEYS_PER_REGION),
        key_stores: count(ids::CUSTOM_KEY_STORES_MAX),
        import_token: rulebook.span(ids::IMPORT_PARAMETERS_VALID),
        import_days_max: rulebook.days(ids::IMPORT_EXPIRY_MAX),
        rotation_quiet: rulebook.span(ids::ROTATION_ON_DEMAND_QUIET_PERIOD),
        rotate_imported: rulebook.allowed(ids::ROTATION_ON_DEMAND_IMPORTED),
        grant_to_service: rulebook.allowed(ids::GRANT_SERVICE_PRINCIPAL),
        disabled_error: rulebook.text("error-disabled-key").unwrap_or("DisabledException"),
        context_error: rulebook.text("error-wrong-context").unwrap_or("InvalidCiphertextException"),
        symmetric_requests: rate(ids::QUOTA_SYMMETRIC),
        symmetric_requests_large: rate(ids::QUOTA_SYMMETRIC_LARGE),
        grant_propagation: rulebook.span(ids::GRANT_PROPAGATION),
    }
}
