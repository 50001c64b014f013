//! The services that a workload may use, each with its numbers and its rule: a table.

use super::demand::{self, Demand};
use super::model::Values;
use crate::pricing::Evidence;
use crate::rulebook::{Rulebook, ids};

/// A number that the file does not state.
pub(super) const UNSTATED: u64 = u64::MAX;

/// Most of anything that is counted in a month.
pub(super) const MOST: u64 = 1_000_000_000_000_000_000;
/// Most principals, queues and the like.
const MOST_THINGS: u64 = 1_000_000_000;
/// Longest time that a key is kept, in seconds.
const MOST_SECONDS: u64 = 31_622_400;

/// A service: what the file says of it, and how its requests to KMS follow.
#[derive(Debug)]
pub struct ServiceRule {
    /// Its name in the file.
    pub name: &'static str,
    /// The numbers that a use of it has.
    pub fields: &'static [Field],
    /// How requests follow from them.
    pub(super) demand: Demand,
    /// How well that is known.
    pub evidence: Evidence,
    /// Title of the AWS page.
    pub source: &'static str,
}

/// A number of a use.
#[derive(Debug)]
pub struct Field {
    /// Its name; a dot leads into a mapping: `cached.messages`.
    pub name: &'static str,
    /// What it may be.
    pub form: Form,
}

/// What a field may be.
#[derive(Debug)]
pub enum Form {
    /// A whole number within bounds.
    Count {
        /// Without it.
        default: u64,
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// A time in whole seconds, within bounds; without it the rule knows.
    Seconds {
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// `true` or `false`.
    Flag(bool),
    /// One of some words; the first is the default.
    Choice(&'static [&'static str]),
}

impl Form {
    /// The least and the most as numbers.
    #[must_use]
    pub fn bounds(&self) -> (u64, u64) {
        match self {
            Form::Count { least, most, .. } | Form::Seconds { least, most } => (*least, *most),
            Form::Flag(_) => (0, 1),
            Form::Choice(words) => (0, u64::try_from(words.len().saturating_sub(1)).unwrap_or(0)),
        }
    }

    /// The number where the file is silent.
    pub(super) fn default(&self) -> u64 {
        match self {
            Form::Count { default, .. } => *default,
            Form::Seconds { .. } => UNSTATED,
            Form::Flag(flag) => u64::from(*flag),
            Form::Choice(_) => 0,
        }
    }
}

impl ServiceRule {
    /// The rule of the service with this name.
    #[must_use]
    pub fn of(name: &str) -> Option<&'static ServiceRule> {
        SERVICES.iter().find(|rule| rule.name == name)
    }

    /// The place of the lifetime of a bucket key among the fields, for the one service that has it.
    pub(super) fn window(&self) -> Option<usize> {
        self.fields.iter().position(|field| field.name == "bucket_key_seconds")
    }

    /// The numbers with those filled in that the rulebook knows.
    pub(super) fn filled(&self, values: &Values, rulebook: Rulebook) -> Values {
        let mut filled = *values;
        for (field, value) in self.fields.iter().zip(&mut filled).filter(|(_, value)| **value == UNSTATED) {
            let fact = match field.name {
                "bucket_key_seconds" => ids::S3_BUCKET_KEY_WINDOW,
                "reuse_seconds" => ids::SQS_REUSE,
                _ => continue,
            };
            *value = u64::try_from(rulebook.span(fact).num_seconds()).unwrap_or(1);
        }
        filled
    }
}

const fn volume(name: &'static str) -> Field {
    Field { name, form: Form::Count { default: 0, least: 0, most: MOST } }
}

const fn things(name: &'static str, default: u64) -> Field {
    Field { name, form: Form::Count { default, least: 0, most: MOST_THINGS } }
}

const fn stated(name: &'static str, most: u64) -> Field {
    Field { name, form: Form::Count { default: UNSTATED, least: 0, most } }
}

/// All services, in the order of the documentation.
pub static SERVICES: &[ServiceRule] = &[
    ServiceRule {
        name: "s3",
        fields: &[
            volume("puts"),
            volume("gets"),
            volume("old_gets"),
            things("requesters", 1),
            things("buckets", 1),
            Field { name: "bucket_key", form: Form::Flag(false) },
            Field { name: "bucket_key_seconds", form: Form::Seconds { least: 1, most: MOST_SECONDS } },
            Field { name: "encryption", form: Form::Choice(&["aws:kms", "aws:kms:dsse", "AES256"]) },
        ],
        demand: Demand::Own { count: demand::s3, formula: demand::s3_formula },
        evidence: Evidence::Published,
        source: "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys (Amazon S3 User Guide)",
    },
    ServiceRule {
        name: "sqs",
        fields: &[
            things("queues", 1),
            things("producers", 1),
            things("consumers", 1),
            Field { name: "reuse_seconds", form: Form::Seconds { least: 60, most: 86_400 } },
            stated("messages", MOST),
            Field { name: "batch", form: Form::Count { default: 1, least: 1, most: 10 } },
        ],
        demand: Demand::Own { count: demand::sqs, formula: demand::sqs_formula },
        evidence: Evidence::Published,
        source: "Amazon SQS Key management (Amazon SQS Developer Guide)",
    },
    ServiceRule {
        name: "sns",
        fields: &[things("topics", 1), things("publishers", 1), stated("messages", MOST)],
        demand: Demand::Own { count: demand::sns, formula: demand::sns_formula },
        evidence: Evidence::Published,
        source: "Key management (Amazon SNS Developer Guide)",
    },
    ServiceRule {
        name: "lambda",
        fields: &[
            volume("invocations"),
            volume("environments"),
            Field { name: "variables", form: Form::Flag(true) },
            Field { name: "code", form: Form::Choice(&["reads", "decrypts-once", "decrypts-per-invocation"]) },
        ],
        demand: Demand::Own { count: demand::lambda, formula: demand::lambda_formula },
        evidence: Evidence::Observed,
        source: "Securing Lambda environment variables (AWS Lambda Developer Guide)",
    },
    ServiceRule {
        name: "ebs",
        fields: &[volume("created"), volume("attached"), volume("detached"), volume("snapshots")],
        demand: Demand::Linear(&[
            (2, "created volumes (DescribeKey, GenerateDataKeyWithoutPlaintext)"),
            (2, "attachments (CreateGrant, Decrypt)"),
            (1, "detachments (RetireGrant)"),
            (0, "snapshots, which keep their volume's data key"),
        ]),
        evidence: Evidence::Observed,
        source: "How Amazon Elastic Block Store uses AWS KMS (AWS KMS Developer Guide)",
    },
    ServiceRule {
        name: "rds",
        fields: &[volume("instances"), volume("starts"), Field { name: "multi_az", form: Form::Flag(false) }],
        demand: Demand::Own { count: demand::rds, formula: demand::rds_formula },
        evidence: Evidence::Published,
        source: "AWS KMS key management (Amazon RDS User Guide)",
    },
    ServiceRule {
        name: "logs",
        fields: &[things("groups", 1), stated("bytes", MOST)],
        demand: Demand::Own { count: demand::logs, formula: demand::logs_formula },
        evidence: Evidence::Model,
        source: "Encrypt log data in CloudWatch Logs using AWS KMS (Amazon CloudWatch Logs User Guide)",
    },
    ServiceRule {
        name: "secretsmanager",
        fields: &[volume("writes"), volume("reads")],
        demand: Demand::Linear(&[(1, "values written (GenerateDataKey)"), (1, "values read (Decrypt)")]),
        evidence: Evidence::Published,
        source: "Secret encryption and decryption in AWS Secrets Manager (AWS Secrets Manager User Guide)",
    },
    ServiceRule {
        name: "ssm",
        fields: &[volume("writes"), volume("reads")],
        demand: Demand::Linear(&[(1, "SecureStrings put (Encrypt or GenerateDataKey)"), (1, "SecureStrings read (Decrypt)")]),
        evidence: Evidence::Published,
        source: "AWS KMS encryption for AWS Systems Manager Parameter Store SecureString parameters (AWS Systems Manager User Guide)",
    },
    ServiceRule {
        name: "kinesis",
        fields: &[things("streams", 1), things("producers", 1), things("consumers", 1)],
        demand: Demand::Own { count: demand::kinesis, formula: demand::kinesis_formula },
        evidence: Evidence::Published,
        source: "Costs, regions, and performance considerations (Amazon Kinesis Data Streams Developer Guide)",
    },
    ServiceRule {
        name: "dynamodb",
        fields: &[volume("connections")],
        demand: Demand::Linear(&[(1, "connections that ask for the table key (Decrypt, anew after five idle minutes)")]),
        evidence: Evidence::Published,
        source: "DynamoDB encryption at rest (Amazon DynamoDB Developer Guide)",
    },
    ServiceRule {
        name: "kms",
        fields: &[
            volume("count"),
            stated("cached.messages", MOST),
            Field { name: "cached.max_age", form: Form::Seconds { least: 1, most: MOST_SECONDS } },
            Field { name: "cached.clients", form: Form::Count { default: 1, least: 1, most: MOST_THINGS } },
        ],
        demand: Demand::Own { count: demand::kms, formula: demand::kms_formula },
        evidence: Evidence::Published,
        source: "AWS Key Management Service Pricing",
    },
];
