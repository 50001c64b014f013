//! Trails, and the operations on them.

use super::{State, Task, World, check, log_group, members};
use crate::cloud::{AccountId, ApiError, Caller, Duration, Instant, Reason, Region, format_instant};
use crate::iam::NoContext;
use crate::rulebook::ids;
use crate::services::Task as ServiceTask;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// How long after the start of logging the first log file comes.
const FIRST_DELIVERY: Duration = Duration::minutes(1);

/// A trail.
#[derive(Clone, Debug)]
pub struct Trail {
    /// Its ARN.
    pub arn: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The account that owns it.
    pub account: AccountId,
    /// Its home Region.
    pub region: Region,
    /// The bucket that it delivers to.
    pub bucket: String,
    /// What keys of log files begin with, before `AWSLogs`.
    pub prefix: Option<String>,
    /// The ARN of the key that log files are encrypted with; none leaves it to the bucket.
    pub kms_key: Option<Arc<str>>,
    /// The log group that it sends events to as well.
    pub logs: Option<LogGroup>,
    /// Whether it takes the events of all Regions.
    pub multi_region: bool,
    /// Whether it is logging.
    pub logging: bool,
    /// How often logging has been started.
    pub(super) starts: u64,
    /// The log files delivered.
    pub files: u64,
    /// The key of the last one.
    pub latest_file: Option<Arc<str>>,
    /// When that was.
    pub latest_delivery: Option<Instant>,
    /// The error of the last delivery, with what decided it; nothing after a delivery that went well.
    pub latest_error: Option<(String, Arc<Reason>)>,
    /// The error of the last delivery to the log group, like that to the bucket.
    pub latest_logs_error: Option<(String, Arc<Reason>)>,
    /// The number of events that the log group has already.
    pub(super) sent: usize,
    /// The number of events that log files hold already.
    pub(super) delivered: usize,
    /// The number of events at the last attempt.
    pub(super) looked_at: usize,
}

/// Where a trail sends events besides its bucket, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogGroup {
    /// The log group's ARN, without `:*`.
    pub arn: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The ARN of the role that CloudTrail assumes to write.
    pub role: Arc<str>,
}

impl Trail {
    pub(super) fn state(&self, field: Option<&str>) -> Option<State> {
        let cause = self.latest_error.as_ref().map(|(_, cause)| Arc::clone(cause));
        Some(match field {
            None => State::of(if self.logging { "logging" } else { "stopped" }).because(cause),
            Some("files") => State::of(self.files).because(cause),
            Some("latest_file") => State::of(self.latest_file.as_deref().unwrap_or("none")).because(cause),
            Some("latest_delivery_error") => State::of(self.latest_error.as_ref().map_or("none", |(code, _)| code.as_str())).because(cause),
            Some("log_group") => State::of(self.logs.as_ref().map_or("none", |logs| &*logs.name)),
            Some("latest_logs_error") => {
                let (code, cause) =
                    self.latest_logs_error.as_ref().map_or(("none", None), |(code, cause)| (code.as_str(), Some(Arc::clone(cause))));
                State::of(code).because(cause)
            }
            Some("kms_key") => State::of(self.kms_key.as_deref().unwrap_or("none")),
            Some("bucket") => State::of(self.bucket.as_str()),
            Some("arn") => State::of(&*self.arn),
            Some(_) => return None,
        })
    }

    /// What keys of its log files begin with: `PREFIX/AWSLogs/ACCOUNT/`.
    pub(super) fn log_prefix(&self) -> String {
        let prefix = self.prefix.as_ref().map(|prefix| format!("{prefix}/")).unwrap_or_default();
        format!("{prefix}AWSLogs/{}/", self.account)
    }

    /// CloudTrail in a Region, acting for this trail.
    pub(super) fn service(&self, region: Region) -> Arc<Caller> {
        Arc::new(Caller::service("cloudtrail.amazonaws.com", region, Some(&self.arn), Some(self.account)))
    }

    fn shown(&self) -> Value {
        let mut shown = Map::new();
        shown.insert("Name".into(), json!(&*self.name));
        shown.insert("S3BucketName".into(), json!(self.bucket));
        if let Some(prefix) = &self.prefix {
            shown.insert("S3KeyPrefix".into(), json!(prefix));
        }
        shown.insert("IncludeGlobalServiceEvents".into(), json!(true));
        shown.insert("IsMultiRegionTrail".into(), json!(self.multi_region));
        shown.insert("TrailARN".into(), json!(&*self.arn));
        shown.insert("LogFileValidationEnabled".into(), json!(false));
        if let Some(key) = &self.kms_key {
            shown.insert("KmsKeyId".into(), json!(&**key));
        }
        if let Some(logs) = &self.logs {
            shown.insert("CloudWatchLogsLogGroupArn".into(), json!(format!("{}:*", logs.arn)));
            shown.insert("CloudWatchLogsRoleArn".into(), json!(&*logs.role));
        }
        shown.insert("IsOrganizationTrail".into(), json!(false));
        Value::Object(shown)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TrailSettings {
    name: String,
    #[serde(rename = "S3BucketName")]
    s3_bucket_name: Option<String>,
    #[serde(rename = "S3KeyPrefix")]
    s3_key_prefix: Option<String>,
    kms_key_id: Option<String>,
    is_multi_region_trail: Option<bool>,
    cloud_watch_logs_log_group_arn: Option<String>,
    cloud_watch_logs_role_arn: Option<String>,
    #[serde(rename = "IncludeGlobalServiceEvents")]
    _include_global_service_events: Option<bool>,
    #[serde(rename = "EnableLogFileValidation")]
    _enable_log_file_validation: Option<bool>,
}

fn caller_account(caller: &Caller) -> Result<AccountId, ApiError> {
    caller.account().ok_or_else(|| ApiError::new("AccessDeniedException", "").because("a service owns no trails"))
}

fn authorise(world: &World, caller: &Caller, action: &str, arn: &str, owner: AccountId) -> Result<(), ApiError> {
    world.authorise(caller, action, arn, owner, None, &NoContext, "AccessDeniedException", 400)
}

fn trail_arn(account: AccountId, region: Region, name: &str) -> String {
    format!("arn:{}:cloudtrail:{region}:{account}:trail/{name}", region.partition())
}

/// A trail of the caller's account in its Region, by name, or any trail by ARN.
fn find(world: &World, caller: &Caller, named: &str) -> Result<Trail, ApiError> {
    let arn = if named.starts_with("arn:") { named.to_owned() } else { trail_arn(caller_account(caller)?, caller.region, named) };
    world.cloudtrail.trails.get(arn.as_str()).cloned().ok_or_else(|| {
        let message =
            format!("Unknown trail: {arn} for the user: {}", caller.account().map(|account| account.to_string()).unwrap_or_default());
        ApiError::new("TrailNotFoundException", message).because(format!("there is no trail {arn}"))
    })
}

fn keep(world: &mut World, trail: Trail) {
    world.cloudtrail.trails.insert(Arc::clone(&trail.arn), trail);
}

pub(super) fn create(world: &mut World, caller: &Arc<Caller>, request: &Value) -> Result<Value, ApiError> {
    let request: TrailSettings = members(request)?;
    let account = caller_account(caller)?;
    let arn = trail_arn(account, caller.region, &request.name);
    authorise(world, caller, "cloudtrail:CreateTrail", &arn, account)?;
    if world.cloudtrail.trails.contains_key(arn.as_str()) {
        let message = format!("Trail {} already exists for customer: {account}", request.name);
        return Err(ApiError::new("TrailAlreadyExistsException", message).because(format!("there is a trail {arn} already")));
    }
    let bucket = request.s3_bucket_name.ok_or_else(|| {
        ApiError::new("InvalidS3BucketNameException", "Bucket name cannot be blank!").because("a trail needs a bucket to deliver to")
    })?;
    let mut trail = Trail {
        arn: arn.into(),
        name: request.name.into(),
        account,
        region: caller.region,
        bucket,
        prefix: request.s3_key_prefix,
        kms_key: None,
        logs: None,
        multi_region: request.is_multi_region_trail.unwrap_or(false),
        logging: false,
        starts: 0,
        files: 0,
        latest_file: None,
        latest_delivery: None,
        latest_error: None,
        latest_logs_error: None,
        sent: 0,
        delivered: 0,
        looked_at: 0,
    };
    check::try_out(world, &mut trail, request.kms_key_id.as_deref())?;
    let group = request.cloud_watch_logs_log_group_arn.as_deref();
    trail.logs = log_group::read(world, &trail, group, request.cloud_watch_logs_role_arn.as_deref())?;
    let shown = trail.shown();
    let arn = Arc::clone(&trail.arn);
    keep(world, trail);
    if world.rulebook.allowed(ids::CLOUDTRAIL_STARTS_LOGGING) {
        begin(world, &arn);
    }
    Ok(shown)
}

/// Log files that are there already keep their encryption.
pub(super) fn update(world: &mut World, caller: &Arc<Caller>, request: &Value) -> Result<Value, ApiError> {
    let request: TrailSettings = members(request)?;
    let mut trail = find(world, caller, &request.name)?;
    authorise(world, caller, "cloudtrail:UpdateTrail", &trail.arn, trail.account)?;
    if let Some(bucket) = request.s3_bucket_name {
        trail.bucket = bucket;
    }
    if request.s3_key_prefix.is_some() {
        trail.prefix = request.s3_key_prefix;
    }
    trail.multi_region = request.is_multi_region_trail.unwrap_or(trail.multi_region);
    // No key named leaves the present one; the empty text takes it away.
    let kept = trail.kms_key.as_ref().map(|key| key.to_string());
    let named = request.kms_key_id.or(kept).filter(|named| !named.is_empty());
    check::try_out(world, &mut trail, named.as_deref())?;
    if let Some(group) = request.cloud_watch_logs_log_group_arn.as_deref() {
        // A log group that is new gets the events from now on.
        trail.sent = world.cloud.trail.len();
        trail.logs = log_group::read(world, &trail, Some(group), request.cloud_watch_logs_role_arn.as_deref())?;
    }
    let shown = trail.shown();
    keep(world, trail);
    Ok(shown)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct NamedTrail {
    name: String,
}

pub(super) fn start(world: &mut World, caller: &Arc<Caller>, request: &Value) -> Result<Value, ApiError> {
    let request: NamedTrail = members(request)?;
    let trail = find(world, caller, &request.name)?;
    authorise(world, caller, "cloudtrail:StartLogging", &trail.arn, trail.account)?;
    begin(world, &trail.arn);
    Ok(json!({}))
}

fn begin(world: &mut World, arn: &Arc<str>) {
    let now = world.cloud.trail.len();
    let Some(trail) = world.cloudtrail.trails.get_mut(arn).filter(|trail| !trail.logging) else { return };
    trail.logging = true;
    trail.starts += 1;
    (trail.delivered, trail.looked_at, trail.sent) = (now, now, now);
    let start = trail.starts;
    world.later(FIRST_DELIVERY, ServiceTask::CloudTrail(Task::Deliver { trail: Arc::clone(arn), start }));
}

pub(super) fn stop(world: &mut World, caller: &Arc<Caller>, request: &Value) -> Result<Value, ApiError> {
    let request: NamedTrail = members(request)?;
    let mut trail = find(world, caller, &request.name)?;
    authorise(world, caller, "cloudtrail:StopLogging", &trail.arn, trail.account)?;
    trail.logging = false;
    keep(world, trail);
    Ok(json!({}))
}

pub(super) fn status(world: &mut World, caller: &Arc<Caller>, request: &Value) -> Result<Value, ApiError> {
    let request: NamedTrail = members(request)?;
    let trail = find(world, caller, &request.name)?;
    authorise(world, caller, "cloudtrail:GetTrailStatus", &trail.arn, trail.account)?;
    let mut shown = Map::new();
    shown.insert("IsLogging".into(), json!(trail.logging));
    if let Some((code, _)) = &trail.latest_error {
        shown.insert("LatestDeliveryError".into(), json!(code));
    }
    if let Some((code, _)) = &trail.latest_logs_error {
        shown.insert("LatestCloudWatchLogsDeliveryError".into(), json!(code));
    }
    if let Some(time) = trail.latest_delivery {
        shown.insert("LatestDeliveryTime".into(), json!(format_instant(time)));
    }
    Ok(Value::Object(shown))
}
