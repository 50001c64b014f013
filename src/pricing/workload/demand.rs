//! How the requests to KMS follow from the numbers of a use. Counts are fast and make no text; formulas say the same in
//! words, with the numbers in.

use super::DataKeyCache;
use super::model::Values;
use super::service::UNSTATED;
use crate::pricing::grouped;
use crate::services::lambda::{CodeBehaviour, LambdaWorkload};
use crate::services::s3::{S3Workload, WorkloadEncryption};
use crate::services::sqs::SqsWorkload;
use rust_decimal::Decimal;

/// How requests follow from the numbers of a use.
#[derive(Clone, Copy, Debug)]
pub(super) enum Demand {
    /// So many for one of each field, and what that is.
    Linear(&'static [(u64, &'static str)]),
    /// A function of the numbers and of the seconds of the month.
    Own {
        /// How many.
        count: fn(&Values, u64) -> u64,
        /// The same in words.
        formula: fn(&Values, u64) -> String,
    },
}

impl Demand {
    /// The requests in a month of so many seconds. [`u64::MAX`] stands for more than can be counted.
    pub(super) fn count(self, values: &Values, seconds: u64) -> u64 {
        match self {
            Demand::Linear(terms) => {
                let each = terms.iter().zip(values).map(|((requests, _), value)| requests.saturating_mul(*value));
                each.fold(0, u64::saturating_add)
            }
            Demand::Own { count, .. } => count(values, seconds),
        }
    }

    /// The derivation with its numbers: `20 created volumes (…) × 2 = 40`.
    pub(super) fn formula(self, values: &Values, seconds: u64) -> String {
        match self {
            Demand::Linear(terms) => {
                let terms = terms.iter().zip(values).filter(|(_, value)| **value > 0);
                let parts: Vec<String> = terms.map(|((requests, what), value)| format!("{} {what} × {requests}", n(*value))).collect();
                let sum = if parts.is_empty() { "nothing is used".to_owned() } else { parts.join(" + ") };
                format!("{sum} = {}", n(self.count(values, seconds)))
            }
            Demand::Own { formula, .. } => formula(values, seconds),
        }
    }
}

fn n(count: u64) -> String {
    grouped(Decimal::from(count))
}

fn s3_workload(values: &Values, seconds: u64) -> S3Workload {
    let [puts, gets, old_gets, requesters, buckets, bucket_key, window_seconds, encryption] = *values;
    S3Workload {
        puts,
        gets,
        gets_without_bucket_key: old_gets,
        // A requester has a bucket key of its own in each bucket.
        requesters: requesters.saturating_mul(buckets),
        encryption: match encryption {
            0 => WorkloadEncryption::Kms,
            1 => WorkloadEncryption::DualLayerKms,
            _ => WorkloadEncryption::S3Managed,
        },
        bucket_key: bucket_key == 1,
        window_seconds,
        seconds,
    }
}

pub(super) fn s3(values: &Values, seconds: u64) -> u64 {
    s3_workload(values, seconds).quantity()
}

pub(super) fn s3_formula(values: &Values, seconds: u64) -> String {
    let workload = s3_workload(values, seconds);
    let [_, _, _, requesters, buckets, ..] = *values;
    let with_bucket_key = workload.bucket_key && workload.encryption == WorkloadEncryption::Kms;
    let several = if with_bucket_key && buckets != 1 {
        format!(" ({} requesters in each of {} buckets)", n(requesters), n(buckets))
    } else {
        String::new()
    };
    format!("{}{several}", workload.kms_requests().formula)
}

fn sqs_workload(values: &Values, seconds: u64) -> SqsWorkload {
    let [queues, producers, consumers, reuse_seconds, ..] = *values;
    SqsWorkload { queues, billing_seconds: seconds, reuse_seconds, producers, consumers }
}

/// Whoever sends asks KMS for a data key and has it decrypted, whoever receives has it decrypted: so many requests at
/// most, if so many messages go through.
fn by_messages(values: &Values) -> u64 {
    let [_, producers, consumers, _, messages, batch, ..] = *values;
    if messages == UNSTATED {
        return UNSTATED;
    }
    let batches = messages.div_ceil(batch.max(1));
    batches.saturating_mul(2 * u64::from(producers > 0) + u64::from(consumers > 0))
}

pub(super) fn sqs(values: &Values, seconds: u64) -> u64 {
    sqs_workload(values, seconds).kms_requests().min(by_messages(values))
}

pub(super) fn sqs_formula(values: &Values, seconds: u64) -> String {
    let formula = sqs_workload(values, seconds).formula();
    let [_, _, _, _, messages, batch, ..] = *values;
    if messages == UNSTATED {
        return formula;
    }
    let bound = by_messages(values);
    format!("{formula}; at most {} for {} messages in batches of {batch}: {}", n(bound), n(messages), n(sqs(values, seconds)))
}

/// SNS asks KMS again every five minutes; the period cannot be chosen.
const SNS_REUSE_SECONDS: u64 = 300;

fn sns_workload(values: &Values, seconds: u64) -> SqsWorkload {
    let [topics, publishers, ..] = *values;
    SqsWorkload { queues: topics, billing_seconds: seconds, reuse_seconds: SNS_REUSE_SECONDS, producers: publishers, consumers: 0 }
}

fn by_notifications(values: &Values) -> u64 {
    let [_, _, messages, ..] = *values;
    if messages == UNSTATED { UNSTATED } else { messages.saturating_mul(2) }
}

pub(super) fn sns(values: &Values, seconds: u64) -> u64 {
    sns_workload(values, seconds).kms_requests().min(by_notifications(values))
}

pub(super) fn sns_formula(values: &Values, seconds: u64) -> String {
    let [topics, publishers, messages, ..] = *values;
    let whole = sns_workload(values, seconds).kms_requests();
    let formula = format!("{} topics × {seconds} s / {SNS_REUSE_SECONDS} s × (2 × {} publishers) = {}", n(topics), n(publishers), n(whole));
    match by_notifications(values) {
        UNSTATED => formula,
        bound => format!("{formula}; at most {} for {} messages: {}", n(bound), n(messages), n(whole.min(bound))),
    }
}

fn lambda_workload(values: &Values) -> LambdaWorkload {
    let [invocations, environments, variables, code, ..] = *values;
    let behaviour = usize::try_from(code).ok().and_then(|at| CodeBehaviour::ALL.get(at)).copied();
    LambdaWorkload { invocations, environments, variables: variables == 1, code: behaviour.unwrap_or_default() }
}

pub(super) fn lambda(values: &Values, _: u64) -> u64 {
    lambda_workload(values).kms_requests()
}

pub(super) fn lambda_formula(values: &Values, _: u64) -> String {
    lambda_workload(values).formula()
}

/// An instance has one volume, and one more for its standby.
fn rds_volumes(values: &Values) -> u64 {
    let [_, _, multi_az, ..] = *values;
    1 + multi_az
}

pub(super) fn rds(values: &Values, _: u64) -> u64 {
    let [instances, starts, ..] = *values;
    let volumes = rds_volumes(values);
    instances.saturating_mul(2 + 2 * volumes).saturating_add(starts.saturating_mul(volumes))
}

pub(super) fn rds_formula(values: &Values, seconds: u64) -> String {
    let [instances, starts, ..] = *values;
    let volumes = rds_volumes(values);
    format!(
        "{} instances made × (DescribeKey + CreateGrant + {volumes} × (GenerateDataKeyWithoutPlaintext + Decrypt)) + {} starts × {volumes} × Decrypt = {}",
        n(instances),
        n(starts),
        n(rds(values, seconds))
    )
}

/// How long CloudWatch Logs keeps a data key in the model.
const LOGS_REUSE_SECONDS: u64 = 300;

fn logs_workload(values: &Values, seconds: u64) -> SqsWorkload {
    let [groups, ..] = *values;
    SqsWorkload { queues: groups, billing_seconds: seconds, reuse_seconds: LOGS_REUSE_SECONDS, producers: 0, consumers: 1 }
}

pub(super) fn logs(values: &Values, seconds: u64) -> u64 {
    let [_, bytes, ..] = *values;
    // An event has a byte at least, and no event no data key.
    logs_workload(values, seconds).kms_requests().min(bytes)
}

pub(super) fn logs_formula(values: &Values, seconds: u64) -> String {
    let [groups, ..] = *values;
    format!(
        "{} log groups × {seconds} s / {LOGS_REUSE_SECONDS} s (assumed) × GenerateDataKey, however much is logged = {}",
        n(groups),
        n(logs(values, seconds))
    )
}

/// About how long a credential's data key of a stream is kept.
const KINESIS_REUSE_SECONDS: u64 = 300;

fn kinesis_workload(values: &Values, seconds: u64) -> SqsWorkload {
    let [streams, producers, consumers, ..] = *values;
    let consumers = producers.saturating_add(consumers);
    SqsWorkload { queues: streams, billing_seconds: seconds, reuse_seconds: KINESIS_REUSE_SECONDS, producers: 0, consumers }
}

pub(super) fn kinesis(values: &Values, seconds: u64) -> u64 {
    kinesis_workload(values, seconds).kms_requests()
}

pub(super) fn kinesis_formula(values: &Values, seconds: u64) -> String {
    let [streams, producers, consumers, ..] = *values;
    format!(
        "{} streams × {seconds} s / {KINESIS_REUSE_SECONDS} s (about) × ({} producers + {} consumers) = {}",
        n(streams),
        n(producers),
        n(consumers),
        n(kinesis(values, seconds))
    )
}

pub(super) fn kms(values: &Values, seconds: u64) -> u64 {
    let [count, messages, age, clients, ..] = *values;
    if messages == UNSTATED && age == UNSTATED { count } else { DataKeyCache::data_keys(count, messages, age, clients, seconds) }
}

pub(super) fn kms_formula(values: &Values, seconds: u64) -> String {
    let [count, messages, age, clients, ..] = *values;
    if messages == UNSTATED && age == UNSTATED {
        return format!("{} direct requests", n(count));
    }
    let by_messages = if messages == UNSTATED { "any number".to_owned() } else { n(messages) };
    let by_age = if age == UNSTATED { "however long".to_owned() } else { format!("for {} s", n(age)) };
    format!(
        "{} messages, {by_messages} under one data key that {} caches keep {by_age}: {} data keys",
        n(count),
        n(clients),
        n(kms(values, seconds))
    )
}
