use super::{PHOTOS, read_tree, tree};

/// What a changed file is refused with.
#[track_caller]
fn refused(from: &str, to: &str, code: &str, words: &str) {
    assert!(PHOTOS.contains(from), "{from}");
    let diagnostics = read_tree(&tree(&PHOTOS.replacen(from, to, 1))).expect_err("it was read");
    let [diagnostic] = diagnostics.as_slice() else { panic!("{diagnostics:#?}") };
    assert_eq!(diagnostic.code, code, "{diagnostic:?}");
    let text = format!("{} {}", diagnostic.message, diagnostic.help.join(" "));
    assert!(text.contains(words), "{text}");
    assert!(!diagnostic.labels.is_empty());
}

#[test]
fn volumes_are_whole_and_not_negative() {
    let path = "`uses.0.s3.gets` is a whole number from 0 to";
    for wrong in ["-1", "0.5", "1e400", "1e6", "50%", "many", "[1]", "_1", "1__0", "1000000000000000001", "٣"] {
        refused("gets: 300_000_000", &format!("gets: {wrong}"), "cost/value", path);
    }
    refused("gets: 300_000_000", "gets: 50%", "cost/value", "a percentage is no count");
    refused("gets: 300_000_000", "gets: 1e6", "cost/value", "10_000_000");
    for wrong in ["-1", "1e400", "0.0000001", "50%", "10000000000000000"] {
        refused("quantity: 300_000_000", &format!("quantity: {wrong}"), "cost/value", "`neighbours.0.quantity`");
    }
    refused("requesters: 4", "requesters: 4, bucket_key_seconds: 0", "cost/value", "`uses.0.s3.bucket_key_seconds`");
    refused("bucket_key: true", "bucket_key: perhaps", "cost/value", "`true` or `false`");
}

#[test]
fn months_regions_and_accounts_must_exist() {
    for wrong in ["2026-13", "2026-07 .. 2026-06", "July", "0001-01 .. 9999-12", "2026-7"] {
        refused("2026-07 .. 2027-06", wrong, "cost/value", "`months`");
    }
    refused("eu-west-1", "eu-west-9", "cost/unknown-region", "eu-west-9");
    refused("eu-west-1", "cn-north-1", "cost/unpriced-region", "yuan");
    refused("eu-west-1", "us-gov-west-1", "cost/unpriced-region", "GovCloud");
    refused("workload: photos\n", "workload: photos\naccount: \"12\"\n", "cost/value", "twelve digits");
    refused("created: 2026-07-01", "created: yesterday", "cost/value", "`keys.photos.created`");
}

#[test]
fn names_are_known_or_the_nearest_is_told() {
    refused("requesters:", "requestors:", "doc/unknown-field", "did you mean `requesters`?");
    refused("- s3:", "- s4:", "cost/unknown-service", "s4");
    refused("key: queue", "key: queues", "cost/unknown-key", "did you mean `queue`?");
    refused("operation: Decrypt", "operation: Decript", "cost/unknown-operation", "did you mean `Decrypt`?");
    refused("price: s3-get", "price: s3-got", "cost/unknown-price", "did you mean `s3-get`?");
    refused("manager: aws", "manager: amazon", "cost/value", "`keys.queue.manager`");
    refused("neighbours:", "neighbors:", "doc/unknown-field", "did you mean `neighbours`?");
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once() {
    let text = "workload: w\nmonths: 2026-13\nkeys: { k: { regoins: [us-east-1], created: 2026-01-01, rotations_before: 1 } }\n\
                uses: [ { s3: { key: q, gets: -5, puts: 10% } } ]\n";
    let found = read_tree(&tree(text)).expect_err("it was read");
    let mut codes: Vec<&str> = found.iter().map(|diagnostic| diagnostic.code).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["cost/unknown-key", "cost/value", "cost/value", "cost/value", "doc/unknown-field"], "{found:#?}");
}

#[test]
fn uses_fit_their_keys() {
    refused("key: photos, operation: Decrypt", "operation: Decrypt", "cost/use", "`uses.2` has no `key`");
    refused("operation: Decrypt", "operation: Sign", "cost/use", "`Sign` does not work with a key of spec SYMMETRIC_DEFAULT");
    refused("operation: Decrypt", "operation: GenerateDataKeyPair", "doc/missing-field", "key_pair_spec");
    refused("operation: Decrypt", "operation: Decrypt, key_pair_spec: RSA_2048", "cost/value", "key_pair_spec");
    refused("operation: Decrypt", "operation: Encrypt, cached: { messages: 5 }", "cost/value", "cached");
    refused("{ manager: aws }", "{ spec: RSA_2048 }", "cost/use", "symmetric encryption keys alone");
    refused("key: queue", "key: queue, region: eu-west-1", "cost/use", "not in Region `eu-west-1`");
}

#[test]
fn lives_of_keys_make_sense() {
    refused("{ manager: aws }", "{ manager: aws, rotation_days: 365 }", "cost/key", "AWS's own");
    refused("rotation_days: 90", "rotation_days: 9", "cost/value", "from 90 to");
    refused("rotation_days: 90", "rotations: [2026-06-01]", "cost/key", "before the key's creation");
    refused("rotation_days: 90", "cancelled: 2026-08-01", "cost/key", "only after `scheduled_deletion`");
    refused("rotation_days: 90", "scheduled_deletion: 2026-06-01", "cost/value", "2026-07-01T00:00:00Z or later");
    refused("rotation_days: 90", "scheduled_deletion: 2026-08-01, deleted: 2026-08-03", "cost/value", "shortest waiting period");
    refused("rotation_days: 90", "origin: EXTERNAL, rotation_days: 90", "cost/key", "not rotated automatically");
    refused("rotation_days: 90", "origin: AWS_CLOUDHSM, rotation_days: 90", "cost/key", "has no rotation");
    refused("regions: [us-east-1, eu-west-1]", "regions: [us-east-1, us-east-1]", "cost/key", "stands twice");
    refused("regions: [us-east-1, eu-west-1]", "regions: []", "cost/value", "at least one Region");
}
