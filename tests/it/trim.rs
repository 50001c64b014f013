//! What a passing configuration could do without, from outside.

use super::cli::{Folder, Ran, kmsprep};

/// The section of a verdict.
#[track_caller]
fn tighter(ran: &Ran) -> &str {
    assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
    let start = ran.out.find("Tighter still").unwrap();
    let end = ran.out[start..].find("\n\n").unwrap();
    &ran.out[start..start + end]
}

/// `scenario run` of the EBS scenario with options for its two policies.
fn ebs<'a>(key_policy: &'a str, identity: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let fixed = ["scenario", "run", "ebs-share-snapshot", "--set", "key=customer", "--set", "share=account", "--set", "restore_by=under-b"];
    fixed.into_iter().chain(["--set", key_policy, "--set", identity]).chain(more.iter().copied()).collect()
}

#[test]
fn options_that_pass_are_trimmed_to_what_the_checks_need() {
    let ran = kmsprep(&ebs("key_policy=for-account", "b_identity=all-on-key", &[]));
    insta::assert_snapshot!(tighter(&ran), @r#"
    Tighter still
      Whatever passes is right. With less the checks pass, too; `scenario run
      --trimmed` prints it.
      key_policy, AllowAccountB (scenarios/ebs-share-snapshot.yaml:114:13)
        - the principal arn:aws:iam::B:root can be arn:aws:iam::B:role/Restore
        - kms:Decrypt can go
        - kms:ReEncrypt* can be kms:ReEncryptFrom
        - kms:GenerateDataKey* can go
        - could have the condition StringEquals kms:ViaService
          ec2.us-east-1.amazonaws.com
      key_policy, AllowGrantsForVolumes (scenarios/ebs-share-snapshot.yaml:119:13)
        - the principal arn:aws:iam::B:root can be arn:aws:iam::B:role/Restore
        - could have the condition StringEquals kms:ViaService
          ec2.us-east-1.amazonaws.com
      b_identity, AllOnKeyOfA (scenarios/ebs-share-snapshot.yaml:194:16)
        - kms:* can be kms:CreateGrant, kms:DescribeKey, kms:ReEncryptFrom
        - could have the condition StringEquals kms:ViaService
          ec2.us-east-1.amazonaws.com
    "#);
}

#[test]
fn a_service_that_may_do_everything_gets_less_and_is_bound_to_its_trail() {
    let folder = Folder::new();
    let answers = folder.file(
        "answers.yaml",
        r#"
key_region: bucket
bucket_key: off
reader_statement: auditor
trail_statement:
  Sid: TrailDoesAll
  Effect: Allow
  Principal: { Service: cloudtrail.amazonaws.com }
  Action: "kms:*"
  Resource: "*"
  Condition: { StringEquals: { "aws:SourceArn": "arn:aws:cloudtrail:us-east-1:A:trail/ComplianceTrail" } }
"#,
    );
    let ran = kmsprep(&["scenario", "run", "cloudtrail-encrypted-logs", "--answers", &answers]);
    // How long the name of a temporary file is depends on the machine, and with it where the line breaks.
    let told = tighter(&ran).replace("\n    (", " (").replace(&format!("{answers}:"), "answers.yaml:");
    insta::assert_snapshot!(told, @r#"
    Tighter still
      Whatever passes is right. With less the checks pass, too; `scenario run
      --trimmed` prints it.
      reader_statement, AuditorReads (scenarios/cloudtrail-encrypted-logs.yaml:174:11)
        - could have the condition StringEquals kms:ViaService
          s3.us-east-1.amazonaws.com
        - could have the condition StringLike kms:EncryptionContext:aws:s3:arn
          arn:aws:s3:::compliance-logs/*
        - no check needs the condition Null
          kms:EncryptionContext:aws:cloudtrail:arn; keep it if you meant it
      trail_statement, TrailDoesAll (answers.yaml:6:3)
        - kms:* can be kms:GenerateDataKey
        - could have the condition StringEquals
          kms:EncryptionContext:aws:cloudtrail:arn
          arn:aws:cloudtrail:us-east-1:A:trail/ComplianceTrail
        - could have the condition StringLike kms:EncryptionContext:aws:s3:arn
          arn:aws:s3:::compliance-logs/*
    "#);
}

#[test]
fn trimmed_answers_can_be_given_back_and_are_the_least() {
    let trimmed = kmsprep(&ebs("key_policy=for-account", "b_identity=all-on-key", &["--trimmed"]));
    assert_eq!(trimmed.status, 0, "{}", trimmed.err);
    insta::assert_snapshot!(trimmed.out, @r#"
    b_identity:
      Sid: AllOnKeyOfA
      Effect: Allow
      Action: [kms:CreateGrant, kms:DescribeKey, kms:ReEncryptFrom]
      Resource: arn:aws:kms:us-east-1:A:key/a-key
    key: customer
    key_policy:
      - Sid: AllowAccountB
        Effect: Allow
        Principal:
          AWS: arn:aws:iam::B:role/Restore
        Action: [kms:DescribeKey, kms:ReEncryptFrom]
        Resource: "*"
      - Sid: AllowGrantsForVolumes
        Effect: Allow
        Principal:
          AWS: arn:aws:iam::B:role/Restore
        Action: kms:CreateGrant
        Resource: "*"
        Condition:
          Bool:
            kms:GrantIsForAWSResource: true
    restore_by: under-b
    share: account
    "#);
    let folder = Folder::new();
    let answers = folder.file("answers.yaml", &trimmed.out);
    let again = kmsprep(&["scenario", "run", "ebs-share-snapshot", "--answers", &answers]);
    assert!(tighter(&again).contains("Nothing can go"), "{}", again.out);
    let unchanged = kmsprep(&["scenario", "run", "ebs-share-snapshot", "--answers", &answers, "--trimmed"]);
    assert_eq!(unchanged.out, trimmed.out);
    let json = kmsprep(&ebs("key_policy=for-account", "b_identity=all-on-key", &["--trimmed", "--format", "json"]));
    let answers = folder.file("answers.json", &json.out);
    let again = kmsprep(&["scenario", "run", "ebs-share-snapshot", "--answers", &answers, "--trimmed"]);
    assert_eq!(again.out, trimmed.out);
}

#[test]
fn programs_get_every_finding_with_its_place() {
    let ran = kmsprep(&ebs("key_policy=for-role", "b_identity=all-on-key", &["--format", "json"]));
    let verdict: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let trim = &verdict["trim"];
    assert_eq!(trim["complete"], true);
    let everything = trim["excess"].as_array().unwrap().iter().find(|excess| excess["written"] == "kms:*").unwrap();
    assert_eq!((&everything["part"], &everything["statement"]["decision"]), (&"action".into(), &"b_identity".into()));
    assert_eq!(everything["instead"], serde_json::json!(["kms:CreateGrant", "kms:DescribeKey", "kms:ReEncryptFrom"]));
    assert_eq!(everything["at"]["file"], "scenarios/ebs-share-snapshot.yaml");
    assert_eq!(trim["offered"][0]["condition"]["key"], "kms:ViaService");
}

#[test]
fn nothing_is_trimmed_where_a_check_fails_or_no_policy_is_answered() {
    let failing = kmsprep(&ebs("key_policy=open-grant", "b_identity=all-on-key", &["--trimmed"]));
    assert_eq!((failing.status, failing.out.as_str()), (1, ""));
    assert!(failing.err.contains("nothing is trimmed before all checks pass"), "{}", failing.err);
    let shown = kmsprep(&ebs("key_policy=open-grant", "b_identity=all-on-key", &[]));
    assert!(!shown.out.contains("Tighter still"), "{}", shown.out);
    let plain = kmsprep(&["scenario", "run", "disabled-key", "--set", "repair=enable", "--trimmed"]);
    assert_eq!((plain.status, plain.out.as_str()), (0, "repair: enable\n"));
    let verdict = kmsprep(&["scenario", "run", "disabled-key", "--set", "repair=enable"]);
    assert!(!verdict.out.contains("Tighter still"), "{}", verdict.out);
}
