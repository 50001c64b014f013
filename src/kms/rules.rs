//! The figures that the model takes from the rulebook, read once so that no call has to look one up.

use crate::cloud::Duration;

/// Periods and limits in force.
///
/// Source: the facts of the same names; "Resource quotas" and "Rotate AWS KMS keys", AWS KMS Developer Guide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Days between automatic rotations when none are named.
    pub rotation_days: u32,
    /// Fewest days that may be named.
    pub rotation_days_min: u32,
    /// Most days that may be named.
    pub rotation_days_max: u32,
    /// Days between rotations of AWS managed keys.
    pub aws_managed_rotation_days: u32,
    /// Fewest days of the waiting period.
    pub deletion_days_min: u32,
    /// Most days of the waiting period.
    pub deletion_days_max: u32,
    /// Days of the waiting period when none are named.
    pub deletion_days: u32,
    /// Most bytes that `Encrypt` takes.
    pub plaintext_bytes: usize,
    /// Most grants of a key.
    pub grants_per_key: usize,
    /// Most aliases of a key.
    pub aliases_per_key: usize,
    /// Most bytes of a key policy.
    pub policy_bytes: usize,
    /// Most rotations on demand in the life of a key.
    pub on_demand_rotations: usize,
    /// Whether requests with AWS managed keys are charged.
    pub aws_managed_requests_charged: bool,
    /// Most customer managed keys of an account in a Region.
    pub keys_per_region: usize,
    /// Most custom key stores of an account in a Region.
    pub key_stores: usize,
    /// How long an import token is valid.
    pub import_token: Duration,
    /// How far ahead imported material may expire, in days.
    pub import_days_max: u32,
    /// How long before an automatic rotation one on demand is refused.
    pub rotation_quiet: Duration,
    /// Whether `RotateKeyOnDemand` takes a key with imported material.
    pub rotate_imported: bool,
    /// Whether a grant may name an AWS service.
    pub grant_to_service: bool,
    /// The error of a disabled key.
    pub disabled_error: &'static str,
    /// The error of another encryption context.
    pub context_error: &'static str,
    /// Cryptographic requests with symmetric keys per second, in most Regions.
    pub symmetric_requests: u32,
    /// The same in the largest Regions.
    pub symmetric_requests_large: u32,
    /// How long a new grant needs its token.
    pub grant_propagation: Duration,
}
