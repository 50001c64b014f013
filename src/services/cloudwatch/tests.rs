//! The guide's alarms and today's, and the metrics that they watch.

use crate::rulebook::Rulebook;
use crate::services::s3::tests::{A, Lab, account, allow, fails};
use serde_json::{Value, json};

const GROUP: &str = "CloudTrail/KMSLogs";
const NAME: &str = "arn:aws:sns:us-east-1:111111111111:alerts";

/// A key, an administrator and an application that may use the key.
fn lab(rulebook: Rulebook) -> (Lab, String) {
    let mut lab = Lab::under(rulebook);
    let key = lab.key(A, "us-east-1", "app", &[]);
    let all = ["cloudtrail:*", "cloudwatch:*", "logs:*", "s3:*", "kms:*"];
    lab.role(A, "Admin", json!([allow(&all, &["*"], json!({}))]));
    lab.role(A, "App", json!([allow(&["kms:Encrypt"], &["*"], json!({}))]));
    (lab, key)
}

/// With a trail that sends its events to a log group.
fn with_trail(rulebook: Rulebook) -> (Lab, String) {
    let (mut lab, key) = lab(rulebook);
    lab.bucket(A, "us-east-1", "audit", |_| {});
    let service = json!({"Service": "cloudtrail.amazonaws.com"});
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::audit"},
        {"Effect": "Allow", "Principal": service, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::audit/AWSLogs/111111111111/*"},
    ]});
    lab.call("Admin", "s3:PutBucketPolicy", json!({"Bucket": "audit", "Policy": policy})).unwrap();
    lab.call("Admin", "logs:CreateLogGroup", json!({"logGroupName": GROUP})).unwrap();
    lab.role(A, "Writer", json!([allow(&["logs:CreateLogStream", "logs:PutLogEvents"], &["*"], json!({}))]));
    trusted_by(&mut lab, "cloudtrail.amazonaws.com");
    lab.call("Admin", "cloudtrail:CreateTrail", trail(GROUP)).unwrap();
    lab.call("Admin", "cloudtrail:StartLogging", json!({"Name": "org"})).unwrap();
    (lab, key)
}

fn trusted_by(lab: &mut Lab, service: &str) {
    lab.world.iam.account_mut(account(A)).roles.get_mut("Writer").unwrap().trusted = vec![service.into()];
}

fn trail(group: &str) -> Value {
    json!({"Name": "org", "S3BucketName": "audit", "CloudWatchLogsRoleArn": format!("arn:aws:iam::{A}:role/Writer"),
        "CloudWatchLogsLogGroupArn": format!("arn:aws:logs:us-east-1:{A}:log-group:{group}:*")})
}

fn encrypt(lab: &mut Lab, key: &str, times: usize) {
    for _ in 0..times {
        lab.call("App", "kms:Encrypt", json!({"KeyId": key, "Plaintext": "AAAA"})).unwrap();
    }
}

#[track_caller]
fn alarm(lab: &mut Lab, settings: Value) {
    lab.call("Admin", "cloudwatch:PutMetricAlarm", settings).unwrap();
}

/// The guide's alarm for unusual key activity (section "CloudWatch Alarms"), as it is written there.
fn high_usage(key_id: &str) -> Value {
    json!({"AlarmName": "KMS-HighUsage", "AlarmDescription": "Alarm for high KMS key usage", "MetricName": "NumberOfRequestsSucceeded",
        "Namespace": "AWS/KMS", "Statistic": "Sum", "Period": 300, "Threshold": 1000, "ComparisonOperator": "GreaterThanThreshold",
        "Dimensions": [{"Name": "KeyId", "Value": key_id}]})
}

/// The guide's alarm on failed requests (section "Monitoring and Alerting Setup").
fn failed_requests() -> Value {
    json!({"AlarmName": "KMS-FailedRequests", "MetricName": "NumberOfRequestsFailed", "Namespace": "AWS/KMS", "Statistic": "Sum",
        "Period": 300, "Threshold": 10, "ComparisonOperator": "GreaterThanThreshold"})
}

#[test]
fn the_guides_alarm_on_use_fires_by_the_guide_and_never_gets_data_today() {
    for (rulebook, state) in [(Rulebook::guide(), "ALARM"), (Rulebook::current(), "INSUFFICIENT_DATA")] {
        let (mut lab, key) = lab(rulebook);
        alarm(&mut lab, high_usage(key.rsplit('/').next().unwrap()));
        encrypt(&mut lab, &key, 1001);
        lab.wait("5m");
        assert_eq!(lab.state("cloudwatch.alarms.KMS-HighUsage"), state);
        // Nobody is told: the command names no action.
        assert_eq!(lab.state("cloudwatch.alarms.KMS-HighUsage#notified"), 0);
    }
    let (mut lab, key) = lab(Rulebook::current());
    alarm(&mut lab, high_usage("alias/app"));
    encrypt(&mut lab, &key, 1001);
    lab.wait("5m");
    let cause = lab.world.state("cloudwatch.alarms.KMS-HighUsage").unwrap().cause.unwrap();
    assert!(cause.details[0].text.contains("it publishes SuccessfulRequest by KeyArn and Operation"), "{cause:?}");
}

#[test]
fn the_working_form_of_the_alarm_on_use_names_the_keys_arn_and_the_operation() {
    let settings = |key: &str, dimensions: &[&str]| {
        let all = [("KeyArn", key), ("Operation", "Encrypt")];
        let dimensions: Vec<Value> =
            all.iter().filter(|(name, _)| dimensions.contains(name)).map(|(name, value)| json!({"Name": name, "Value": value})).collect();
        json!({"AlarmName": "use", "Namespace": "AWS/KMS", "MetricName": "SuccessfulRequest", "Statistic": "Sum", "Period": 300,
            "EvaluationPeriods": 1, "Threshold": 1000, "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": [NAME], "Dimensions": dimensions})
    };
    let both = ["KeyArn", "Operation"];
    for (named, dimensions, used, rulebook, state) in [
        ("arn", &both[..], 1001, Rulebook::current(), "ALARM"),
        ("arn", &both[..], 1000, Rulebook::current(), "OK"),
        ("alias/app", &both[..], 1001, Rulebook::current(), "INSUFFICIENT_DATA"),
        ("arn", &both[..1], 1001, Rulebook::current(), "INSUFFICIENT_DATA"),
        ("arn", &both[..], 1001, Rulebook::guide(), "INSUFFICIENT_DATA"),
    ] {
        let (mut lab, key) = lab(rulebook);
        alarm(&mut lab, settings(if named == "arn" { &key } else { named }, dimensions));
        encrypt(&mut lab, &key, used);
        lab.wait("5m");
        assert_eq!(lab.state("cloudwatch.alarms.use"), state, "{named} {dimensions:?} {used}");
        assert_eq!(lab.state("cloudwatch.alarms.use#notified"), u64::from(state == "ALARM"));
    }
}

#[test]
fn the_guides_alarm_on_failures_fires_by_the_guide_and_a_metric_filter_does_it_today() {
    for (rulebook, state) in [(Rulebook::guide(), "ALARM"), (Rulebook::current(), "INSUFFICIENT_DATA")] {
        let (mut lab, key) = with_trail(rulebook);
        alarm(&mut lab, failed_requests());
        filter(&mut lab, r#"{ ($.eventSource = "kms.amazonaws.com") && ($.errorCode = "*") }"#, "KMSFailures");
        let mut working = failed_requests();
        (working["AlarmName"], working["Namespace"], working["MetricName"]) = (json!("works"), json!("Trail"), json!("KMSFailures"));
        alarm(&mut lab, working);
        lab.wait("30s");
        for _ in 0..11 {
            lab.call("App", "kms:Decrypt", json!({"CiphertextBlob": "AAAA", "KeyId": key})).unwrap_err();
        }
        encrypt(&mut lab, &key, 3);
        lab.wait("10m");
        assert_eq!(lab.state("cloudwatch.alarms.KMS-FailedRequests"), state);
        assert_eq!(lab.state("cloudwatch.alarms.works"), "ALARM");
        assert_eq!(
            lab.state("cloudwatch.alarms.works#reason"),
            "Threshold Crossed: 1 datapoint [11.0 (02/11/26 00:00:00)] was greater than the threshold (10.0)."
        );
    }
}

fn filter(lab: &mut Lab, pattern: &str, metric: &str) {
    let members = json!({"logGroupName": GROUP, "filterName": metric, "filterPattern": pattern,
        "metricTransformations": [{"metricName": metric, "metricNamespace": "Trail", "metricValue": "1", "defaultValue": 0}]});
    lab.call("Admin", "logs:PutMetricFilter", members).unwrap();
}

/// Source: "Create an alarm that detects use of a KMS key pending deletion", AWS KMS Developer Guide.
#[test]
fn the_documented_alarm_on_use_of_a_key_pending_deletion() {
    let (mut lab, key) = with_trail(Rulebook::current());
    filter(&mut lab, r#"{ $.eventSource = kms* && $.errorMessage = "* is pending deletion*" }"#, "KMSKeyPendingDeletionErrorCount");
    alarm(
        &mut lab,
        json!({"AlarmName": "pending", "Namespace": "Trail", "MetricName": "KMSKeyPendingDeletionErrorCount", "Statistic": "Sum",
            "Period": 60, "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching", "AlarmActions": [NAME]}),
    );
    encrypt(&mut lab, &key, 1);
    lab.wait("10m");
    assert_eq!(lab.state("cloudwatch.alarms.pending"), "OK");
    lab.call("Admin", "kms:ScheduleKeyDeletion", json!({"KeyId": key})).unwrap();
    lab.wait("10m");
    assert_eq!(lab.state("cloudwatch.alarms.pending"), "OK", "to schedule is not to use");
    fails(lab.call("App", "kms:Encrypt", json!({"KeyId": key, "Plaintext": "AAAA"})), "KMSInvalidStateException", 400);
    // Sent with the next delivery, and evaluated when that minute is over.
    lab.wait("3m");
    assert_eq!((lab.state("cloudwatch.alarms.pending"), lab.state("cloudwatch.alarms.pending#notified")), (json!("ALARM"), json!(1)));
    lab.wait("1h");
    assert_eq!(lab.state("cloudwatch.alarms.pending"), "OK", "no more attempts");
    assert_eq!(
        lab.state("cloudwatch.alarms.pending#reason"),
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching]."
    );
}

/// The guide's section "Key Consolidation": the events of KMS in a range of time.
#[test]
fn the_log_group_of_the_trail_is_searched_with_a_pattern_and_a_range_of_time() {
    let (mut lab, key) = with_trail(Rulebook::current());
    encrypt(&mut lab, &key, 2);
    lab.wait("10m");
    let start = lab.world.cloud.now().timestamp_millis() - 3_600_000;
    let mut search = |pattern: &str, start: i64| {
        let members = json!({"logGroupName": GROUP, "filterPattern": pattern, "startTime": start, "endTime": start + 3_600_000});
        let found = lab.call("Admin", "logs:FilterLogEvents", members).unwrap();
        found["events"].as_array().unwrap().clone()
    };
    let found = search("{ $.eventSource = kms.amazonaws.com }", start);
    let names: Vec<Value> =
        found.iter().map(|event| serde_json::from_str::<Value>(event["message"].as_str().unwrap()).unwrap()["eventName"].clone()).collect();
    assert_eq!(names, ["Encrypt", "Encrypt"]);
    assert_eq!(found[0]["logStreamName"], "111111111111_CloudTrail_us-east-1");
    assert_eq!(search("{ $.eventSource = kms.amazonaws.com }", start - 7_200_000).len(), 0);
    assert_eq!(search("StartLogging -Encrypt", start).len(), 1);
    let wrong = json!({"logGroupName": GROUP, "filterPattern": "kms.amazonaws.com"});
    let error = fails(lab.call("Admin", "logs:FilterLogEvents", wrong), "InvalidParameterException", 400);
    assert!(error.reason.unwrap().headline.contains("column 4"));
}

#[test]
fn a_quiet_log_group_gets_nothing_and_one_with_a_key_does_not_feed_itself() {
    let (mut lab, _) = with_trail(Rulebook::current());
    let logs = json!({"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Action": "kms:*", "Resource": "*"});
    let sealing = lab.key(A, "us-east-1", "sealing", &[logs]);
    lab.call("Admin", "logs:AssociateKmsKey", json!({"logGroupName": GROUP, "kmsKeyId": sealing})).unwrap();
    lab.wait("10m");
    let path = format!("logs.groups.{GROUP}#events");
    let after = lab.state(&path);
    lab.wait("1d");
    assert_eq!(lab.state(&path), after);
}

#[test]
fn a_trail_needs_a_role_that_may_write_to_a_log_group_that_exists() {
    let (mut lab, _) = with_trail(Rulebook::current());
    let mut update = |settings: Value| {
        let mut all = settings;
        all["Name"] = json!("org");
        lab.call("Admin", "cloudtrail:UpdateTrail", all)
    };
    let mut elsewhere = trail("elsewhere");
    fails(update(elsewhere.clone()), "InvalidCloudWatchLogsLogGroupArnException", 400);
    elsewhere["CloudWatchLogsLogGroupArn"] = json!("");
    assert!(update(elsewhere).is_ok());
    let mut nobody = trail(GROUP);
    nobody["CloudWatchLogsRoleArn"] = json!(format!("arn:aws:iam::{A}:role/Nobody"));
    fails(update(nobody), "InvalidCloudWatchLogsRoleArnException", 400);
    let mut poor = trail(GROUP);
    poor["CloudWatchLogsRoleArn"] = json!(format!("arn:aws:iam::{A}:role/App"));
    fails(update(poor), "InvalidCloudWatchLogsRoleArnException", 400);
    trusted_by(&mut lab, "lambda.amazonaws.com");
    fails(lab.call("Admin", "cloudtrail:UpdateTrail", trail(GROUP)), "InvalidCloudWatchLogsRoleArnException", 400);
    assert_eq!(lab.state("cloudtrail.trails.org#log_group"), "none");
}

#[test]
fn what_cannot_be_sent_is_sent_when_the_role_may_write_again() {
    let (mut lab, key) = with_trail(Rulebook::current());
    lab.wait("2m");
    let events = lab.state(&format!("logs.groups.{GROUP}#events"));
    lab.role(A, "Writer", json!([allow(&["logs:CreateLogStream"], &["*"], json!({}))]));
    encrypt(&mut lab, &key, 1);
    lab.wait("5m");
    assert_eq!(lab.state(&format!("logs.groups.{GROUP}#events")), events);
    assert_eq!(lab.state("cloudtrail.trails.org#latest_logs_error"), "AccessDeniedException");
    lab.role(A, "Writer", json!([allow(&["logs:PutLogEvents"], &["*"], json!({}))]));
    encrypt(&mut lab, &key, 1);
    lab.wait("5m");
    assert_eq!(lab.state("cloudtrail.trails.org#latest_logs_error"), "none");
    let found = lab.call("Admin", "logs:FilterLogEvents", json!({"logGroupName": GROUP, "filterPattern": "{ $.eventName = Encrypt }"}));
    assert_eq!(found.unwrap()["events"].as_array().unwrap().len(), 2);
}

#[test]
fn a_metric_filter_publishes_numbers_of_the_event_and_its_dimensions() {
    let (mut lab, _) = lab(Rulebook::current());
    lab.call("Admin", "logs:CreateLogGroup", json!({"logGroupName": "app"})).unwrap();
    let transformation =
        json!({"metricName": "Latency", "metricNamespace": "App", "metricValue": "$.ms", "dimensions": {"Path": "$.path"}});
    let put = |transformations: Value| json!({"logGroupName": "app", "filterName": "latency", "filterPattern": "{ $.ms = * }", "metricTransformations": transformations});
    lab.call("Admin", "logs:PutMetricFilter", put(json!([transformation]))).unwrap();
    let events: Vec<Value> =
        [json!({"ms": 5, "path": "/a"}), json!({"ms": 15, "path": "/a"}), json!({"ms": 1, "path": "/b"}), json!({"path": "/a"})]
            .iter()
            .map(|event| json!({"message": event.to_string()}))
            .collect();
    lab.call("Admin", "logs:PutLogEvents", json!({"logGroupName": "app", "logStreamName": "s", "logEvents": events})).unwrap();
    let statistics = json!({"Namespace": "App", "MetricName": "Latency", "Dimensions": [{"Name": "Path", "Value": "/a"}],
        "StartTime": "2026-11-02", "EndTime": "2026-11-03", "Period": 60, "Statistics": ["Average", "Maximum", "SampleCount"]});
    let points = lab.call("Admin", "cloudwatch:GetMetricStatistics", statistics).unwrap()["Datapoints"].clone();
    assert_eq!(points, json!([{"Timestamp": "2026-11-02T00:00:00Z", "Average": 10.0, "Maximum": 15.0, "SampleCount": 2.0}]));
    for wrong in [json!([]), json!([{"metricName": "X", "metricNamespace": "AWS/KMS", "metricValue": "1"}])] {
        fails(lab.call("Admin", "logs:PutMetricFilter", put(wrong)), "InvalidParameterException", 400);
    }
    let bad = json!([{"metricName": "X", "metricNamespace": "App", "metricValue": "many"}]);
    fails(lab.call("Admin", "logs:PutMetricFilter", put(bad)), "InvalidParameterException", 400);
    assert_eq!(lab.state("logs.groups.app#metric_filters"), 1);
    lab.call("Admin", "logs:DeleteMetricFilter", json!({"logGroupName": "app", "filterName": "latency"})).unwrap();
    let left = lab.call("Admin", "logs:DescribeMetricFilters", json!({"logGroupName": "app"})).unwrap();
    assert_eq!(left["metricFilters"], json!([]));
}

/// The guide's dashboard (section "CloudWatch Dashboard") plots these two by an alias.
#[test]
fn the_guides_dashboard_is_drawn_by_the_guide_and_stays_empty_today() {
    for (rulebook, points) in [(Rulebook::guide(), 1), (Rulebook::current(), 0)] {
        let (mut lab, key) = lab(rulebook);
        encrypt(&mut lab, &key, 3);
        lab.call("App", "kms:Decrypt", json!({"CiphertextBlob": "AAAA", "KeyId": key})).unwrap_err();
        for name in ["NumberOfRequestsSucceeded", "ApiCallCount", "KeyUsage"] {
            let members = json!({"Namespace": "AWS/KMS", "MetricName": name, "Dimensions": [{"Name": "KeyId", "Value": "alias/app"}],
                "StartTime": "2026-11-01", "EndTime": "2026-11-03", "Period": 300, "Statistics": ["Sum"]});
            let found = lab.call("Admin", "cloudwatch:GetMetricStatistics", members).unwrap();
            assert_eq!(found["Datapoints"].as_array().unwrap().len(), points, "{name}");
        }
    }
}

#[test]
fn alarms_are_described_deleted_and_refused() {
    let (mut lab, _) = lab(Rulebook::current());
    let settings = high_usage("1234abcd-12ab-34cd-56ef-1234567890ab");
    alarm(&mut lab, settings.clone());
    let shown = lab.call("Admin", "cloudwatch:DescribeAlarms", json!({"StateValue": "INSUFFICIENT_DATA"})).unwrap();
    let shown = &shown["MetricAlarms"][0];
    assert_eq!((&shown["StateValue"], &shown["EvaluationPeriods"]), (&json!("INSUFFICIENT_DATA"), &json!(1)));
    assert_eq!(shown["StateReason"], "Unchecked: Initial alarm creation");
    assert_eq!(shown["AlarmArn"], "arn:aws:cloudwatch:us-east-1:111111111111:alarm:KMS-HighUsage");
    assert_eq!(lab.call("Admin", "cloudwatch:DescribeAlarms", json!({"StateValue": "OK"})).unwrap()["MetricAlarms"], json!([]));
    for (member, value) in [
        ("Period", json!(45)),
        ("Period", Value::Null),
        ("DatapointsToAlarm", json!(2)),
        ("EvaluationPeriods", json!(0)),
        ("EvaluationPeriods", json!(1_000_000_000_000_000_000_i64)),
        ("ComparisonOperator", json!("Bigger")),
        ("Threshold", json!("much")),
        ("Treshold", json!(1)),
    ] {
        let mut wrong = settings.clone();
        wrong[member] = value.clone();
        fails(lab.call("Admin", "cloudwatch:PutMetricAlarm", wrong), "ValidationError", 400);
    }
    fails(lab.call("App", "cloudwatch:PutMetricAlarm", settings), "AccessDenied", 403);
    fails(lab.call("Admin", "cloudwatch:DeleteAlarms", json!({"AlarmNames": ["other"]})), "ResourceNotFound", 404);
    lab.call("Admin", "cloudwatch:DeleteAlarms", json!({"AlarmNames": ["KMS-HighUsage"]})).unwrap();
    assert!(lab.world.state("cloudwatch.alarms.KMS-HighUsage").is_none());
}
