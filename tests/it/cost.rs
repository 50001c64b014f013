//! `kmsprep cost` from outside: bills in three forms, one amount explained, worked cases, and input that is refused.

use super::cli::{Folder, kmsprep};
use std::path::Path;

const PHOTOS: &str = "workload: photos
months: 2026-07 .. 2026-09
keys:
  photos: { regions: [us-east-1, eu-west-2], created: 2026-07-01, rotation_days: 90 }
uses:
  - s3: { key: photos, puts: 10_000_000, gets: 300_000_000, bucket_key: true, requesters: 4 }
  - kms: { key: photos, operation: Decrypt, count: 1_000_000 }
neighbours:
  - { price: s3-get, quantity: 300_000_000 }
";

fn folder() -> (Folder, String) {
    let folder = Folder::new();
    let file = folder.file("photos.yaml", PHOTOS);
    (folder, file)
}

#[test]
fn an_estimate_shows_lines_rules_derivations_total_and_band_in_80_columns() {
    let (_folder, file) = folder();
    let ran = kmsprep(&["cost", "estimate", &file]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    for part in [
        "2026-09",
        "min(310000000 requests, 4 requesters x 744 windows of 3600 s (assumed) x 2 calls) = 5952",
        "not verified for eu-west-2",
        "total of 2026-07 to 2026-09",
        "AWS does not publish how long a bucket key is kept",
        "free over all Regions",
    ] {
        let flat = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(part), "{part} is not in\n{}", ran.out);
    }
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
}

#[test]
fn json_and_csv_have_every_line_exactly() {
    let (_folder, file) = folder();
    let json: serde_json::Value = serde_json::from_str(&kmsprep(&["cost", "estimate", &file, "--format", "json"]).out).unwrap();
    assert_eq!(json["months"].as_array().unwrap().len(), 3);
    assert_eq!(json["months"][0]["derivations"][0]["requests"], 5_952);
    let csv = kmsprep(&["cost", "estimate", &file, "--format", "csv", "--month", "2026-08"]).out;
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("month,item,account,region,quantity,unit,unit_price_usd,amount_usd,rule,source"));
    assert_eq!(lines.len() - 1, json["months"][1]["bill"]["lines"].as_array().unwrap().len());
    assert!(lines[1].starts_with("2026-08,KMS key photos,111122223333,us-east-1,1,key-months,1,1,"), "{}", lines[1]);
}

#[test]
fn an_amount_is_explained_by_number_and_by_item() {
    let (_folder, file) = folder();
    let ran = kmsprep(&["cost", "explain", &file, "symmetric"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let flat = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "together 1,005,952 requests of this class",
        "less 20,000 that are within the free tier: 985,952",
        "0.03 USD for 10,000 requests (AWS Key Management Service Pricing, read 2026-09-30, published)",
        "985,952 × 0.000003 USD = 2.957856 USD",
    ] {
        assert!(flat.contains(part), "{part} is not in\n{}", ran.out);
    }
    assert!(kmsprep(&["cost", "explain", &file, "1"]).out.contains("744 of the month's 744 hours"));
    let missing = kmsprep(&["cost", "explain", &file, "99"]);
    assert_eq!(missing.status, 2);
    assert!(missing.err.contains("no line `99`"), "{}", missing.err);
}

#[test]
fn values_are_set_on_the_command_line_and_errors_point_at_the_flag() {
    let (_folder, file) = folder();
    let total = |more: &[&str]| {
        let args: Vec<&str> = ["cost", "estimate", file.as_str(), "--format", "json"].iter().chain(more).copied().collect();
        let json: serde_json::Value = serde_json::from_str(&kmsprep(&args).out).unwrap();
        json["total"].as_str().unwrap().parse::<f64>().unwrap()
    };
    assert!(total(&["--set", "uses.0.bucket_key=false"]) > 2_700.0);
    assert!(total(&["--set", "uses.1.count=0", "--set", "neighbours.0.quantity=0"]) < 10.0);
    for (flag, words) in [
        ("uses.0.gets=-1", "`uses.0.s3.gets` is a whole number"),
        ("uses.7.gets=1", "there is no item 7"),
        ("keys.photo.count=1", "did you mean `photos`?"),
        ("uses.0.gests=1", "did you mean `gets`?"),
        ("uses", "PATH=VALUE"),
        ("months=2026-13", "`months` is a month like"),
    ] {
        let ran = kmsprep(&["cost", "estimate", &file, "--set", flag]);
        assert_eq!(ran.status, 2, "{flag}");
        assert!(ran.err.contains(words) && ran.err.contains("--set"), "{flag}: {}", ran.err);
    }
}

#[test]
fn worked_cases_pass_with_the_books_prices_and_fail_with_others() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases = root.join("tests/cases/pricing.yaml").display().to_string();
    let ran = kmsprep(&["cost", "verify", &cases, "--format", "json"]);
    assert_eq!(ran.status, 0, "{}", ran.out);
    let outcomes: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let first = &outcomes[0];
    assert_eq!(
        (first["id"].as_str(), first["variant"].as_str(), first["ok"].as_bool()),
        (Some("free-tier"), Some("last-free"), Some(true))
    );
    assert_eq!(first["differences"], serde_json::json!([]));
    let folder = Folder::new();
    let book = std::fs::read_to_string(root.join("src/pricing/prices.yaml")).unwrap().replacen("\"0.03\"", "\"0.04\"", 1);
    let dearer = folder.file("dearer.yaml", &book);
    let ran = kmsprep(&["cost", "verify", &cases, "--prices", &dearer]);
    assert_eq!(ran.status, 1);
    assert!(ran.out.contains("requests_usd: expected 0.000003, found 0.000004"), "{}", ran.out);
    let broken = folder.file("broken.yaml", book.replacen("evidence: published", "evidence: hearsay", 1));
    let ran = kmsprep(&["cost", "verify", &cases, "--prices", &broken]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("broken.yaml:") && ran.err.contains("`unverified`"), "{}", ran.err);
}

#[test]
fn without_a_file_and_a_terminal_there_is_nothing_to_estimate() {
    let ran = kmsprep(&["cost", "estimate"]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("there is no workload to estimate"), "{}", ran.err);
}

#[test]
fn a_recorded_trail_has_the_requests_that_the_meter_counted() {
    use super::lab::{A, B, Lab};
    use kmsprep::cloud::{Event, RequestClass};
    use kmsprep::pricing::recorded;
    use serde_json::{Value, json};
    use std::collections::BTreeMap;
    let mut lab = Lab::new();
    let open = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": [format!("arn:aws:iam::{A}:root"), format!("arn:aws:iam::{B}:root")]}, "Action": "kms:*", "Resource": "*"}]});
    let key = |lab: &mut Lab, more: Value| {
        let mut members = json!({"Policy": open.to_string()});
        members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        lab.kms(A, "Admin", "CreateKey", members).unwrap()["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    };
    let plain = key(&mut lab, json!({}));
    let large = key(&mut lab, json!({"KeySpec": "RSA_4096", "KeyUsage": "SIGN_VERIFY"}));
    let curve = key(&mut lab, json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}));
    for account in [A, B] {
        lab.kms(account, "Admin", "Encrypt", json!({"KeyId": plain, "Plaintext": "aGk="})).unwrap();
        lab.kms(account, "Admin", "GenerateDataKeyPair", json!({"KeyId": plain, "KeyPairSpec": "ECC_NIST_P384"})).unwrap();
        lab.kms(account, "Admin", "Sign", json!({"KeyId": large, "Message": "aGk=", "SigningAlgorithm": "RSASSA_PSS_SHA_256"})).unwrap();
        lab.kms(account, "Admin", "Sign", json!({"KeyId": curve, "Message": "aGk=", "SigningAlgorithm": "ECDSA_SHA_256"})).unwrap();
        lab.kms(account, "Admin", "GetPublicKey", json!({"KeyId": large})).unwrap();
        lab.kms(account, "Admin", "DescribeKey", json!({"KeyId": large})).unwrap();
        lab.kms(account, "App", "Encrypt", json!({"KeyId": plain, "Plaintext": "aGk="})).unwrap_err();
    }
    let records: Vec<Value> = lab.world.cloud.trail.events().iter().flat_map(Event::records).collect();
    let found = recorded(&records, &BTreeMap::new());
    let metered: BTreeMap<(String, RequestClass), u64> =
        lab.world.cloud.meter.counts().map(|(key, count)| ((key.payer.to_string(), key.class), count)).collect();
    let counted: BTreeMap<(String, RequestClass), u64> =
        found.months.values().flat_map(|meter| meter.counts()).map(|(key, count)| ((key.payer.to_string(), key.class), count)).collect();
    assert_eq!(counted, metered);
    assert!(found.assumed.is_empty() && found.refused == 2, "{found:?}");
}
