//! The facts that the program itself leans on, by name and type. Texts may quote every other fact as well.

use super::quantity::{AmountFact, DaysFact, NameFact, NumberFact, PermissionFact, SpanFact};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident: $kind:ident = $id:literal;)*) => {
        $($(#[$doc])* pub const $name: $kind = $kind::new($id);)*

        /// Every fact above with the name of its type, for the test that reads them.
        #[cfg(test)]
        const ALL: &[(&str, &crate::rulebook::Fact)] = &[$((stringify!($kind), $name.fact())),*];
    };
}

ids! {
    /// Period of automatic rotation when none is named.
    ROTATION_PERIOD: DaysFact = "rotation-period-default";
    /// Shortest `RotationPeriodInDays`.
    ROTATION_PERIOD_MIN: DaysFact = "rotation-period-min";
    /// Longest `RotationPeriodInDays`.
    ROTATION_PERIOD_MAX: DaysFact = "rotation-period-max";
    /// Period in which AWS managed keys rotate.
    ROTATION_PERIOD_AWS_MANAGED: DaysFact = "rotation-period-aws-managed";
    /// On-demand rotations in the life of a key.
    ROTATION_ON_DEMAND_LIMIT: NumberFact = "rotation-on-demand-limit";
    /// Whether `RotateKeyOnDemand` exists.
    ROTATION_ON_DEMAND: PermissionFact = "rotation-on-demand";
    /// Whether `RotateKeyOnDemand` takes a key with imported material.
    ROTATION_ON_DEMAND_IMPORTED: PermissionFact = "rotation-on-demand-imported";
    /// How close to an automatic rotation `RotateKeyOnDemand` is refused.
    ROTATION_ON_DEMAND_QUIET_PERIOD: SpanFact = "rotation-on-demand-quiet-period";

    /// Shortest `PendingWindowInDays`.
    DELETION_WINDOW_MIN: DaysFact = "deletion-window-min";
    /// Longest `PendingWindowInDays`.
    DELETION_WINDOW_MAX: DaysFact = "deletion-window-max";
    /// `PendingWindowInDays` when none is named.
    DELETION_WINDOW: DaysFact = "deletion-window-default";
    /// How much later than promised a key may go.
    DELETION_EXTRA_TIME: SpanFact = "deletion-extra-time";

    /// Most bytes of plaintext in `Encrypt`.
    ENCRYPT_PLAINTEXT_MAX: NumberFact = "encrypt-plaintext-max";
    /// Most bytes of ciphertext in `Decrypt`.
    DECRYPT_CIPHERTEXT_MAX: NumberFact = "decrypt-ciphertext-max";
    /// Most bytes that RSAES_OAEP_SHA_256 takes with a key of 2048 bits.
    RSA_2048_PLAINTEXT_MAX: NumberFact = "rsa-2048-plaintext-max";
    /// The same with 3072 bits.
    RSA_3072_PLAINTEXT_MAX: NumberFact = "rsa-3072-plaintext-max";
    /// The same with 4096 bits.
    RSA_4096_PLAINTEXT_MAX: NumberFact = "rsa-4096-plaintext-max";
    /// Most bytes of a data key.
    DATA_KEY_BYTES_MAX: NumberFact = "data-key-bytes-max";
    /// Most bytes of one `GenerateRandom`.
    RANDOM_BYTES_MAX: NumberFact = "random-bytes-max";
    /// Most bytes of a message that `Sign` and `Verify` take as it is.
    SIGN_MESSAGE_MAX: NumberFact = "sign-message-max";
    /// Customer managed keys per account and Region.
    KEYS_PER_REGION: NumberFact = "keys-per-region";
    /// Custom key stores per account and Region.
    CUSTOM_KEY_STORES_MAX: NumberFact = "custom-key-stores-max";
    /// Grants per key.
    GRANTS_PER_KEY: NumberFact = "grants-per-key";
    /// Aliases per key.
    ALIASES_PER_KEY: NumberFact = "aliases-per-key";
    /// Most bytes of a key policy.
    KEY_POLICY_BYTES_MAX: NumberFact = "key-policy-bytes-max";
    /// Tags per key.
    TAGS_PER_KEY: NumberFact = "tags-per-key";
    /// Longest alias name.
    ALIAS_NAME_MAX: NumberFact = "alias-name-max";
    /// Longest description.
    DESCRIPTION_MAX: NumberFact = "description-max";
    /// Grant tokens per request.
    GRANT_TOKENS_MAX: NumberFact = "grant-tokens-max";
    /// Symmetric requests per second, in most Regions.
    QUOTA_SYMMETRIC: NumberFact = "quota-symmetric-default";
    /// Symmetric requests per second, in the largest Regions.
    QUOTA_SYMMETRIC_LARGE: NumberFact = "quota-symmetric-large";

    /// Time until a grant, or its end, is known everywhere.
    GRANT_PROPAGATION: SpanFact = "grant-propagation";
    /// Whether grants may name an AWS service as grantee.
    GRANT_SERVICE_PRINCIPAL: PermissionFact = "grant-service-principal";
    /// How long an import token is valid.
    IMPORT_PARAMETERS_VALID: SpanFact = "import-parameters-valid";
    /// How far ahead imported material may expire.
    IMPORT_EXPIRY_MAX: DaysFact = "import-expiry-max";
    /// Whether `EnableKeyRotation` takes an alias.
    ALIAS_ENABLE_ROTATION: PermissionFact = "alias-enable-rotation";
    /// Whether `EnableKey` takes an alias.
    ALIAS_ENABLE_KEY: PermissionFact = "alias-enable-key";
    /// Whether ECC keys encrypt.
    KEY_ECC_ENCRYPT: PermissionFact = "key-ecc-encrypt";
    /// Whether CloudTrail has the use of AWS managed keys.
    KEY_AWS_MANAGED_LOGGED: PermissionFact = "key-aws-managed-logged";
    /// Whether another account may use an AWS managed key.
    KEY_AWS_MANAGED_CROSS_ACCOUNT: PermissionFact = "key-aws-managed-cross-account";
    /// Whether a key policy must name the account principal.
    KEY_POLICY_ROOT_REQUIRED: PermissionFact = "key-policy-root-required";

    /// Price of a key and month.
    PRICE_KEY_MONTH: AmountFact = "price-key-month";
    /// Price of 10,000 symmetric requests.
    PRICE_REQUESTS_SYMMETRIC: AmountFact = "price-requests-symmetric";
    /// Price of 10,000 requests with an RSA_2048 key.
    PRICE_REQUESTS_RSA_2048: AmountFact = "price-requests-rsa-2048";
    /// Price of 10,000 requests with another asymmetric key.
    PRICE_REQUESTS_ASYMMETRIC: AmountFact = "price-requests-asymmetric";
    /// Price of 10,000 ECC data key pairs.
    PRICE_DATA_KEY_PAIR_ECC: AmountFact = "price-data-key-pair-ecc";
    /// Price of 10,000 RSA data key pairs.
    PRICE_DATA_KEY_PAIR_RSA: AmountFact = "price-data-key-pair-rsa";
    /// Monthly charge that a rotation adds.
    PRICE_ROTATION_SURCHARGE: AmountFact = "price-rotation-surcharge";
    /// Rotations of a key that add a charge.
    PRICE_ROTATION_CAP: NumberFact = "price-rotation-cap";
    /// Whether a key is charged while it waits for deletion.
    DELETION_PENDING_CHARGE: PermissionFact = "deletion-pending-charge";
    /// Whether requests with AWS managed keys are charged.
    PRICE_AWS_MANAGED_REQUESTS: PermissionFact = "price-aws-managed-requests";
    /// Free requests per month.
    FREE_TIER_REQUESTS: NumberFact = "free-tier-requests";
    /// Whether asymmetric requests are within the free tier.
    FREE_TIER_ASYMMETRIC: PermissionFact = "free-tier-asymmetric";

    /// Life of an S3 bucket key.
    S3_BUCKET_KEY_WINDOW: SpanFact = "s3-bucket-key-window";
    /// Whether SSE-C works in a new bucket that nobody configured for it.
    S3_SSE_C_NEW_BUCKET: PermissionFact = "s3-sse-c-new-bucket";
    /// Whether replication of SSE-KMS objects must be asked for.
    S3_REPLICATION_OPT_IN: PermissionFact = "s3-replication-opt-in";
    /// Whether replication of SSE-KMS objects needs a multi-Region key.
    S3_REPLICATION_MULTI_REGION_KEY: PermissionFact = "s3-replication-multi-region-key";
    /// Whether an encrypted snapshot under the AWS managed key can be shared.
    EBS_SHARE_AWS_MANAGED: PermissionFact = "ebs-share-aws-managed";
    /// Whether EBS encryption by default is on in a new account.
    EBS_DEFAULT_INITIALLY: PermissionFact = "ebs-default-initially";
    /// Whether an existing DB instance can be encrypted in place.
    RDS_ENCRYPT_IN_PLACE: PermissionFact = "rds-encrypt-in-place";
    /// Whether the encryption of a DB instance can be turned off.
    RDS_DISABLE_ENCRYPTION: PermissionFact = "rds-disable-encryption";
    /// Whether the key of a DB instance can be changed.
    RDS_CHANGE_KEY: PermissionFact = "rds-change-key";
    /// Whether a cross-Region read replica must name a key.
    RDS_REPLICA_CROSS_REGION_KEY: PermissionFact = "rds-replica-cross-region-key";
    /// Whether Lambda decrypts what the in-transit helpers encrypted.
    LAMBDA_ENV_HELPER_DECRYPT: PermissionFact = "lambda-env-helper-decrypt";
    /// Whether an existing log group can be given a key.
    LOGS_ENCRYPT_EXISTING: PermissionFact = "logs-encrypt-existing";
    /// Whether that key covers older log data.
    LOGS_ENCRYPT_RETROACTIVE: PermissionFact = "logs-encrypt-retroactive";
    /// Data key reuse period of a queue when none is set.
    SQS_REUSE: SpanFact = "sqs-reuse-default";
    /// Shortest data key reuse period.
    SQS_REUSE_MIN: SpanFact = "sqs-reuse-min";
    /// Longest data key reuse period.
    SQS_REUSE_MAX: SpanFact = "sqs-reuse-max";
    /// Whether an AWS service can send to a queue under `aws/sqs`.
    SQS_AWS_MANAGED_SERVICE_SEND: PermissionFact = "sqs-aws-managed-service-send";
    /// Whether `create-trail` starts the logging.
    CLOUDTRAIL_STARTS_LOGGING: PermissionFact = "cloudtrail-starts-logging";

    /// The metric that counts successful requests.
    METRIC_REQUESTS_SUCCEEDED: NameFact = "metric-requests-succeeded";
    /// The metric that counts failed requests.
    METRIC_REQUESTS_FAILED: NameFact = "metric-requests-failed";
    /// The metric that counts all calls.
    METRIC_API_CALL_COUNT: NameFact = "metric-api-call-count";
    /// The metric that counts cryptographic operations.
    METRIC_KEY_USAGE: NameFact = "metric-key-usage";
    /// The dimension that names the key.
    METRIC_KEY_DIMENSION: NameFact = "metric-key-dimension";
    /// Whether request metrics are kept by key and operation.
    METRIC_BY_OPERATION: PermissionFact = "metric-by-operation";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::RulebookKind;

    #[test]
    fn both_values_of_every_fact_have_the_type_of_its_id() {
        assert!(ALL.len() > 60);
        for (kind, fact) in ALL {
            for rulebook in [RulebookKind::Guide, RulebookKind::Current] {
                let value = fact.value(rulebook);
                let typed = match *kind {
                    "DaysFact" => fact.unit == Some("days") && value.number().is_some_and(|days| u32::try_from(days).is_ok()),
                    "NumberFact" => value.number().is_some(),
                    "AmountFact" => value.amount().is_some(),
                    "PermissionFact" => value.allowed().is_some(),
                    "NameFact" => !value.as_str().contains(' '),
                    "SpanFact" => value.span(fact.unit.unwrap_or("")).is_some(),
                    other => panic!("unknown kind {other}"),
                };
                assert!(typed, "`{}` has {value} under {rulebook:?}, which is no {kind}", fact.id);
            }
        }
    }
}
