//! How many KMS requests a volume of work on a bucket makes: pure arithmetic, for what-if questions.
//!
//! Source: "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys", Amazon S3 User Guide, for one call per object
//! without bucket keys; with them, AWS publishes the mechanism but neither window nor count, so the rest is a model.

use super::{Bucket, World};
use crate::rulebook::{Rulebook, ids};

/// The encryption of a workload's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkloadEncryption {
    /// SSE-S3.
    S3Managed,
    /// SSE-KMS.
    Kms,
    /// DSSE-KMS, for which there are no bucket keys.
    DualLayerKms,
    /// SSE-C.
    Customer,
    /// Encrypted before the upload, with SSE-S3 on top. What the client asks of KMS is another workload.
    ClientSide,
}

/// A volume of work on the objects of one bucket and KMS key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Workload {
    /// Objects written.
    pub puts: u64,
    /// Objects read that were written under the present settings.
    pub gets: u64,
    /// Reads of objects from before the bucket key: each asks KMS once.
    pub gets_without_bucket_key: u64,
    /// Distinct roles or users among which the work is shared, each busy in every window.
    pub requesters: u64,
    /// The encryption.
    pub encryption: WorkloadEncryption,
    /// Whether bucket keys are on.
    pub bucket_key: bool,
    /// How long one bucket key serves, in seconds.
    pub window_seconds: u64,
    /// How long the work lasts, in seconds.
    pub seconds: u64,
}

/// What a derived number rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// AWS publishes it.
    Published,
    /// AWS publishes the mechanism, and the number is the model's.
    Model,
}

/// A derived number of KMS requests.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct KmsRequests {
    /// How many.
    pub quantity: u64,
    /// How that came out, with the numbers filled in.
    pub formula: String,
    /// What it rests on.
    pub evidence: Evidence,
}

impl S3Workload {
    /// A workload under the settings of a bucket: its default encryption, its bucket key, and the window of the
    /// rulebook. Nothing for a bucket that does not exist.
    #[must_use]
    pub fn in_bucket(world: &World, bucket: &str, puts: u64, gets: u64, requesters: u64, seconds: u64) -> Option<Self> {
        Some(S3Workload::under(world.s3.bucket(bucket)?, world.rulebook, puts, gets, requesters, seconds))
    }

    fn under(bucket: &Bucket, rulebook: Rulebook, puts: u64, gets: u64, requesters: u64, seconds: u64) -> Self {
        let encryption = match bucket.encryption.sse_algorithm.as_str() {
            "aws:kms" => WorkloadEncryption::Kms,
            "aws:kms:dsse" => WorkloadEncryption::DualLayerKms,
            _ => WorkloadEncryption::S3Managed,
        };
        let window_seconds = u64::try_from(rulebook.span(ids::S3_BUCKET_KEY_WINDOW).num_seconds()).unwrap_or(0);
        let bucket_key = bucket.encryption.bucket_key_enabled;
        S3Workload { puts, gets, gets_without_bucket_key: 0, requesters, encryption, bucket_key, window_seconds, seconds }
    }

    /// How many KMS requests this work makes, without the formula.
    #[must_use]
    pub fn quantity(&self) -> u64 {
        let new = match self.encryption {
            WorkloadEncryption::S3Managed | WorkloadEncryption::Customer | WorkloadEncryption::ClientSide => 0,
            WorkloadEncryption::Kms if self.bucket_key => self.objects().min(self.kept()),
            WorkloadEncryption::Kms | WorkloadEncryption::DualLayerKms => self.objects(),
        };
        new.saturating_add(self.gets_without_bucket_key)
    }

    fn objects(&self) -> u64 {
        self.puts.saturating_add(self.gets)
    }

    fn windows(&self) -> u64 {
        self.seconds.div_ceil(self.window_seconds.max(1))
    }

    /// Requests per requester and window: one for writing and one for reading.
    fn calls(&self) -> u64 {
        u64::from(self.puts > 0) + u64::from(self.gets > 0)
    }

    /// Bucket keys asked for, were every requester busy in every window.
    fn kept(&self) -> u64 {
        self.requesters.saturating_mul(self.windows()).saturating_mul(self.calls())
    }

    /// The KMS requests of this work.
    #[must_use]
    pub fn kms_requests(&self) -> KmsRequests {
        match self.encryption {
            WorkloadEncryption::S3Managed => self.only_old("SSE-S3 makes no KMS request"),
            WorkloadEncryption::Customer => self.only_old("SSE-C makes no KMS request"),
            WorkloadEncryption::ClientSide => self.only_old("S3 makes no KMS request for what was encrypted before the upload"),
            WorkloadEncryption::Kms if self.bucket_key => self.with_bucket_key(),
            WorkloadEncryption::Kms => self.one_by_one(""),
            WorkloadEncryption::DualLayerKms => self.one_by_one(" (DSSE-KMS has no bucket keys)"),
        }
    }

    /// None for what is written now. What is older stays as it was encrypted, whatever the bucket says today.
    fn only_old(&self, why: &str) -> KmsRequests {
        let quantity = self.quantity();
        let formula = match quantity {
            0 => format!("0 ({why})"),
            old => format!("0 ({why}) + {old} GET of objects without bucket key = {old}"),
        };
        KmsRequests { quantity, formula, evidence: Evidence::Published }
    }

    /// Without bucket keys: one GenerateDataKey per PUT, one Decrypt per GET.
    fn one_by_one(&self, note: &str) -> KmsRequests {
        let gets = self.gets.saturating_add(self.gets_without_bucket_key);
        let quantity = self.quantity();
        KmsRequests { quantity, formula: format!("{} PUT + {gets} GET = {quantity}{note}", self.puts), evidence: Evidence::Published }
    }

    /// With them: never more than one per object, and per requester and window one for writing and one for reading.
    fn with_bucket_key(&self) -> KmsRequests {
        let quantity = self.quantity();
        let mut formula = format!(
            "min({} requests, {} requesters x {} windows of {} s (assumed) x {} calls)",
            self.objects(),
            self.requesters,
            self.windows(),
            self.window_seconds,
            self.calls()
        );
        if self.gets_without_bucket_key > 0 {
            formula.push_str(&format!(" + {} GET of objects without bucket key", self.gets_without_bucket_key));
        }
        formula.push_str(&format!(" = {quantity}"));
        KmsRequests { quantity, formula, evidence: Evidence::Model }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The busy bucket of the guide's first cost scenario, in a month of 30 days.
    fn month() -> S3Workload {
        S3Workload {
            puts: 30_000_000,
            gets: 300_000_000,
            gets_without_bucket_key: 0,
            requesters: 4,
            encryption: WorkloadEncryption::Kms,
            bucket_key: false,
            window_seconds: 3600,
            seconds: 30 * 86_400,
        }
    }

    #[test]
    fn without_bucket_key_every_object_request_is_a_kms_request() {
        let requests = month().kms_requests();
        assert_eq!((requests.quantity, requests.evidence), (330_000_000, Evidence::Published));
        let dual = S3Workload { encryption: WorkloadEncryption::DualLayerKms, bucket_key: true, ..month() };
        assert_eq!(dual.kms_requests().quantity, 330_000_000);
    }

    #[test]
    fn a_bucket_key_counts_requesters_and_windows_instead() {
        let with = S3Workload { bucket_key: true, ..month() };
        assert_eq!(with.kms_requests().quantity, 4 * 720 * 2);
        assert_eq!(with.kms_requests().formula, "min(330000000 requests, 4 requesters x 720 windows of 3600 s (assumed) x 2 calls) = 5760");
        let reading = S3Workload { puts: 0, ..with.clone() };
        assert_eq!(reading.kms_requests().quantity, 4 * 720);
        let few = S3Workload { puts: 3, gets: 2, ..with };
        assert_eq!(few.kms_requests().quantity, 5);
    }

    #[test]
    fn old_objects_go_on_asking_once_per_read() {
        let old = S3Workload { bucket_key: true, gets_without_bucket_key: 40_000_000 * 30, ..month() };
        assert_eq!(old.kms_requests().quantity, 4 * 720 * 2 + 1_200_000_000);
        assert!(old.kms_requests().formula.contains("1200000000 GET of objects without bucket key"));
    }

    #[test]
    fn other_encryptions_do_not_ask_kms() {
        for encryption in [WorkloadEncryption::S3Managed, WorkloadEncryption::Customer, WorkloadEncryption::ClientSide] {
            let new = S3Workload { encryption, bucket_key: true, ..month() };
            assert_eq!(new.kms_requests().quantity, 0);
            assert_eq!(S3Workload { gets_without_bucket_key: 40, ..new }.kms_requests().quantity, 40, "objects from before keep asking");
        }
    }
}
