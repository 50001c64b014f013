//! Loads of a scenario: throttling under a peak, what cures it, and what does not.

use kmsprep::diag::Sources;
use kmsprep::doc::{self, Limits};
use kmsprep::rulebook::Rulebook;
use kmsprep::scenario::{Answers, Evidence, Instance, Verdict, instantiate, lower, run};

/// A Region with the lowest quota, an application, and a bucket of objects with and without a bucket key.
const WORLD: &str = r#"
  region: us-west-1
  accounts:
    A: { id: "111111111111", roles: { App: { allow: ["kms:*", "s3:*", "sqs:*"] }, Other: { allow: ["kms:*"] } } }
    B: { id: "222222222222", roles: { App: { allow: ["kms:*"] } } }
  kms: { data: { account: A }, more: { account: A }, theirs: { account: B } }
  s3:
    buckets:
      plain: { account: A, encryption: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: data, BucketKeyEnabled: false } }
      keyed: { account: A, encryption: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: data, BucketKeyEnabled: true } }
    objects: { plain/a: { body: a }, keyed/a: { body: a } }
  sqs: { queues: { jobs: { account: A, key: data, reuse_period: 1m } } }
"#;

const ON: &str = "{ request_rates: true }";

fn built(quotas: &str, checks: &str, rulebook: Rulebook) -> Result<Instance, Vec<&'static str>> {
    let quotas = if quotas.is_empty() { String::new() } else { format!("  quotas: {quotas}\n") };
    let text = format!("scenario: s\ntitle: t\nbrief: b\nworld:{WORLD}{quotas}checks:\n{checks}\nproof: {{}}\n");
    let node = doc::read(&mut Sources::new(), "s.yaml", &text, Limits::default()).unwrap();
    let document = lower(&node).unwrap();
    instantiate(&document, &Answers::new(), rulebook).map_err(|found| found.iter().map(|diagnostic| diagnostic.code).collect())
}

#[track_caller]
fn ran(quotas: &str, checks: &str) -> Verdict {
    run(&built(quotas, checks, Rulebook::current()).unwrap_or_else(|codes| panic!("{codes:?}")))
}

fn codes(quotas: &str, checks: &str) -> Vec<&'static str> {
    built(quotas, checks, Rulebook::current()).map(|_| ()).unwrap_err()
}

/// One check with a load of these calls.
fn load(over: &str, calls: &str) -> String {
    format!("  - {{ name: peak, load: {{ over: {over}, calls: [{calls}] }} }}")
}

fn encrypt(key: &str, times: u32, more: &str) -> String {
    format!("{{ as: \"arn:aws:iam::A:role/App\", call: \"kms:Encrypt\", with: {{ KeyId: {key}, Plaintext: x }}, times: {times}{more} }}")
}

fn get(object: &str, times: u32) -> String {
    let with = format!("{{ Bucket: {object}, Key: a }}");
    format!("{{ as: \"arn:aws:iam::A:role/App\", call: \"s3:GetObject\", with: {with}, times: {times} }}")
}

#[track_caller]
fn evidence(verdict: &Verdict) -> Evidence {
    verdict.first_failure().and_then(|check| check.evidence().cloned()).unwrap()
}

fn details(evidence: &Evidence) -> String {
    let details = evidence.reason.iter().flat_map(|reason| &reason.details).map(|detail| detail.text.clone());
    details.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_peak_over_the_quota_is_throttled_and_the_evidence_counts() {
    let verdict = ran(ON, &load("1s", &[get("plain", 4_500), get("plain", 4_500), encrypt("more", 2_500, "")].join(", ")));
    let found = evidence(&verdict);
    assert_eq!((found.expected.as_str(), verdict.events.len()), ("ok", 11_500));
    assert!(found.message.starts_with("1,500 of 11,500 calls in 1s ended otherwise than they must: "), "{}", found.message);
    assert!(found.message.contains("with SlowDown") && found.message.contains("with ThrottlingException"), "{}", found.message);
    let reason = details(&found);
    assert!(
        reason.contains("s3:GetObject by role/App: 9,000 times") && reason.contains("kms:Encrypt by role/App: 2,500 times"),
        "{reason}"
    );
    let headline = &found.reason.unwrap().headline;
    let quota = "\"Cryptographic operations (symmetric) request rate\" allows account A 10,000 requests a second in us-west-1, and this second has had them";
    assert_eq!(headline, quota);
    let throttled = verdict.events.iter().filter(|event| event.to_json()["errorCode"] == "ThrottlingException").count();
    assert_eq!(throttled, 1_500, "each is on the trail");
}

#[test]
fn without_quotas_in_the_world_the_same_peak_passes() {
    let peak = load("1s", &encrypt("data", 11_500, ""));
    assert!(ran("", &peak).passed());
    assert!(ran("{ request_rates: false }", &peak).passed());
    assert!(!ran(ON, &peak).passed());
}

#[test]
fn more_keys_other_roles_and_other_operations_share_the_quota() {
    let other = "{ as: \"arn:aws:iam::A:role/Other\", call: \"kms:GenerateRandom\", with: { NumberOfBytes: 8 }, times: 4000 }";
    let verdict = ran(ON, &load("1s", &[&encrypt("data", 4_000, ""), &encrypt("more", 4_000, ""), other].map(str::to_owned).join(", ")));
    assert!(evidence(&verdict).message.starts_with("2,000 of 12,000 calls"));
}

#[test]
fn another_account_and_another_region_have_quotas_of_their_own() {
    let theirs = "{ as: \"arn:aws:iam::B:role/App\", call: \"kms:Encrypt\", with: { KeyId: theirs, Plaintext: x }, times: 9000 }";
    let west = "{ as: \"arn:aws:iam::A:role/App\", in: eu-west-3, call: \"kms:GenerateRandom\", with: { NumberOfBytes: 8 }, times: 9000 }";
    assert!(ran(ON, &load("1s", &[&encrypt("data", 9_000, ""), theirs, west].map(str::to_owned).join(", "))).passed());
}

#[test]
fn an_increase_cures() {
    let peak = load("1s", &encrypt("data", 11_500, ""));
    let name = "Cryptographic operations (symmetric) request rate";
    assert!(ran(&format!("{{ request_rates: true, increases: {{ \"{name}\": 12000 }} }}"), &peak).passed());
    assert!(ran(&format!("{{ request_rates: true, increases: {{ \"{name}\": {{ rate: 12000, account: A }} }} }}"), &peak).passed());
    let elsewhere = format!("{{ request_rates: true, increases: {{ \"{name}\": {{ rate: 12000, account: A, region: eu-west-3 }} }} }}");
    assert!(!ran(&elsewhere, &peak).passed());
    assert!(!ran(&format!("{{ request_rates: true, increases: {{ \"{name}\": {{ rate: 12000, account: B }} }} }}"), &peak).passed());
}

#[test]
fn bucket_keys_cure() {
    let verdict = ran(ON, &load("1s", &[get("keyed", 11_500), encrypt("data", 2_500, "")].join(", ")));
    assert!(verdict.passed());
    let decrypts = verdict.events.iter().filter(|event| event.name == "Decrypt").count();
    assert_eq!(decrypts, 1);
}

#[test]
fn a_queue_reuses_its_data_keys() {
    let send = "{ as: \"arn:aws:iam::A:role/App\", call: \"sqs:SendMessage\", with: { QueueUrl: jobs, MessageBody: m }, times: 200 }";
    let verdict = ran(ON, &load("2s", send));
    assert!(verdict.passed());
    assert_eq!(verdict.events.len(), 2, "one GenerateDataKey and one Decrypt for 200 messages");
}

#[test]
fn retries_with_backoff_cure_a_short_peak_and_without_it_do_not() {
    let peak = |retry: &str| load("1s", &encrypt("data", 11_500, retry));
    assert!(!ran(ON, &peak("")).passed());
    assert!(!ran(ON, &peak(", retry: { attempts: 5, backoff: 0s }")).passed(), "five attempts within one moment");
    let verdict = ran(ON, &peak(", retry: { attempts: 5, backoff: 100ms }"));
    assert!(verdict.passed());
    assert!(verdict.events.len() > 13_000, "the refused attempts are on the trail, too");
    assert!(ran(ON, &peak(", retry: {}")).passed(), "the defaults of the SDKs");
}

#[test]
fn retries_do_not_cure_what_is_too_much_second_after_second() {
    let verdict = ran(ON, &load("4s", &encrypt("data", 60_000, ", retry: { attempts: 3, backoff: 1s }")));
    let found = evidence(&verdict);
    assert_eq!(found.found, "ThrottlingException");
    assert!(details(&found).contains("throttled"), "{}", details(&found));
}

#[test]
fn the_clock_moves_by_the_span_and_calls_are_spread_evenly() {
    let verdict = ran(ON, &load("10s", &encrypt("data", 5, "")));
    let seconds: Vec<i64> = verdict.events.iter().map(|event| event.time.timestamp() - verdict.events[0].time.timestamp()).collect();
    assert_eq!(seconds, [0, 2, 4, 6, 8]);
    let checks = format!("{}\n{}", load("10s", &encrypt("data", 5, "")), load("1s", &encrypt("data", 1, "")).replace("peak", "later"));
    let verdict = ran(ON, &checks);
    assert_eq!((verdict.events[5].time - verdict.events[0].time).num_seconds(), 10);
}

fn data_keys(times: u32, more: &str) -> String {
    format!(
        "{{ as: \"arn:aws:iam::A:role/App\", call: \"kms:GenerateDataKey\", with: {{ KeyId: data, KeySpec: AES_256 }}, times: {times}{more} }}"
    )
}

#[test]
fn a_cache_of_data_keys_cures_and_keeps_to_its_thresholds() {
    let requests = |cache: &str| {
        let verdict = ran(ON, &load("2s", &data_keys(30_000, cache)));
        verdict.passed().then_some(verdict.events.len())
    };
    assert_eq!(requests(""), None, "15,000 a second");
    assert_eq!(requests(", cache: { messages: 100, age: 1h }"), Some(300));
    assert_eq!(requests(", cache: { messages: 1000000, age: 1s }"), Some(2), "one key in each second");
    assert_eq!(requests(", cache: { age: 500ms }"), Some(4));
    assert_eq!(requests(", cache: { messages: 100, age: 1h, clients: 30 }"), Some(300), "10 keys for each of 30 clients");
    assert_eq!(requests(", cache: { age: 1h, clients: 25 }"), Some(25));
}

#[test]
fn a_throttled_client_of_a_cache_asks_again() {
    let calls = [encrypt("data", 10_000, ""), data_keys(500, ", cache: { messages: 10, age: 1m }")].join(", ");
    let verdict = ran(ON, &load("1s", &calls));
    assert!(!verdict.passed());
    let calls = [encrypt("data", 9_900, ""), data_keys(500, ", cache: { messages: 10, age: 1m }")].join(", ");
    assert!(ran(ON, &load("1s", &calls)).passed());
}

#[test]
fn how_many_messages_a_data_key_serves_is_limited_by_messages_and_by_age() {
    let check = |cache: &str, most: u32| {
        let calls = data_keys(2_500, &format!(", cache: {cache}"));
        ran(ON, &format!("  - {{ name: peak, load: {{ over: 1s, calls: [{calls}], messages_per_key_at_most: {most} }} }}"))
    };
    assert!(check("{ messages: 1000, age: 5m }", 1000).passed());
    let forever = evidence(&check("{ age: 5m }", 1000));
    assert_eq!((forever.expected.as_str(), forever.found.as_str()), ("at most 1000", "750000"));
    assert!(forever.reason.unwrap().headline.starts_with("2,500 messages in 1s for 1 client"));
    assert_eq!(evidence(&check("{ messages: 5000, age: 5m }", 1000)).found, "5000");
    assert!(check("{ age: 10s, clients: 25 }", 1000).passed(), "100 a second for each client");
    assert_eq!(evidence(&check("{ age: 11s, clients: 25 }", 1000)).found, "1100");
}

#[test]
fn an_expected_error_must_come_every_time() {
    let both = |times: u32| load("1s", &encrypt("data", times, ", expect: ThrottlingException"));
    let found = evidence(&ran(ON, &both(10_001)));
    assert_eq!((found.expected.as_str(), found.found.as_str()), ("ThrottlingException", "ok"));
    let missing = "{ as: \"arn:aws:iam::A:role/App\", call: \"kms:Decrypt\", with: { CiphertextBlob: AAAA }, times: 3, expect: InvalidCiphertextException }";
    assert!(ran(ON, &load("1s", missing)).passed());
}

#[test]
fn under_the_guides_rulebook_its_rates_hold() {
    let peak = |times| load("1s", &encrypt("data", times, ""));
    let guide = |times| run(&built(ON, &peak(times), Rulebook::guide()).unwrap()).passed();
    assert!(guide(5_500) && !guide(5_501));
    let current = |times| ran(ON, &peak(times)).passed();
    assert!(current(10_000) && !current(10_001));
}

#[test]
fn a_blob_may_be_written_by_its_size() {
    let encrypt = |bytes: u32, expect: &str| {
        format!(
            "  - {{ name: n{bytes}, as: \"arn:aws:iam::A:role/App\", call: \"kms:Encrypt\", with: {{ KeyId: data, Plaintext: {{ bytes: {bytes} }} }}, expect: {expect} }}"
        )
    };
    assert!(ran("", &format!("{}\n{}", encrypt(4096, "ok"), encrypt(4097, "ValidationException"))).passed());
}

#[test]
fn mistakes_in_quotas_are_told() {
    let check = load("1s", &encrypt("data", 1, ""));
    let increase = |entry: &str| codes(&format!("{{ request_rates: true, increases: {{ {entry} }} }}"), &check);
    assert_eq!(increase("Cryptographic operations: 20000"), ["scenario/unknown-quota"]);
    assert_eq!(increase("Custom key store request quota: 20000"), ["scenario/quota-fixed"]);
    assert_eq!(increase("CreateKey request rate: 5"), ["scenario/quota-rate"]);
    assert_eq!(increase("CreateKey request rate: many"), ["scenario/quota-rate"]);
    assert_eq!(increase("CreateKey request rate: { rate: 10 }"), ["scenario/which-account"]);
    assert_eq!(codes("{ increases: { CreateKey request rate: 10 } }", &check), ["scenario/quotas-off"]);
    assert_eq!(codes("{ request_rate: true }", &check), ["doc/unknown-field"]);
}

#[test]
fn mistakes_in_loads_are_told() {
    let calls = |over: &str, call: &str| codes(ON, &load(over, call));
    assert_eq!(calls("2h", &encrypt("data", 1, "")), ["scenario/duration"]);
    assert_eq!(calls("1s", ""), ["scenario/load"]);
    assert_eq!(calls("1s", &encrypt("data", 100_001, "")), ["scenario/load"]);
    assert_eq!(calls("1s", &encrypt("data", 1, ", retry: { attempts: 0 }")), ["scenario/attempts"]);
    assert_eq!(calls("1s", &encrypt("data", 1, ", retry: { backoff: 21s }")), ["scenario/duration"]);
    assert_eq!(calls("1s", &encrypt("data", 1, ", cache: { age: 1m }")), ["scenario/cache"]);
    assert_eq!(calls("1s", &data_keys(1, ", cache: { messages: 1 }")), ["doc/missing-field"]);
    assert_eq!(calls("1s", &data_keys(1, ", cache: { messages: 0, age: 1m }")), ["scenario/count"]);
    assert_eq!(calls("1s", &encrypt("data", 1, ", save: x")), ["doc/unknown-field"]);
    assert_eq!(calls("1s", &get("plain", 1).replace("s3:GetObject", "s3:GetObjekt")), ["scenario/unknown-operation"]);
}

#[test]
fn cached_messages_of_a_month_make_fewer_requests() {
    let cost = |cache: &str, most: u32| {
        ran(
            "",
            &format!(
                "  - {{ name: cost, cost: {{ requests_at_most: {most}, usage: [{{ kms: GenerateDataKey, count: 30000000{cache} }}] }} }}"
            ),
        )
    };
    assert_eq!(evidence(&cost("", 300_000)).found, "30000000");
    assert!(cost(", cache: { messages: 100, age: 1h }", 300_000).passed());
    assert_eq!(evidence(&cost(", cache: { messages: 100, age: 1h }", 299_999)).found, "300000");
    let codes = codes("", "  - { name: cost, cost: { at_most: 1, usage: [{ kms: Decrypt, count: 1, cache: { age: 1m } }] } }");
    assert_eq!(codes, ["scenario/cache"]);
}

#[test]
fn services_pass_throttling_on_under_their_own_codes() {
    let after = |encrypts: u32, call: &str| {
        let load = format!("  - {{ name: peak, load: {{ over: 500ms, calls: [{}] }} }}", encrypt("data", encrypts, ""));
        ran(ON, &format!("{load}\n  - {{ name: then, as: \"arn:aws:iam::A:role/App\", {call} }}"))
    };
    let send = "call: \"sqs:SendMessage\", with: { QueueUrl: jobs, MessageBody: m }";
    assert_eq!(evidence(&after(10_000, send)).found, "KMS.ThrottlingException");
    assert!(after(9_998, send).passed(), "a new data key takes GenerateDataKey and Decrypt");
    let put = "call: \"s3:PutObject\", with: { Bucket: keyed, Key: b, Body: b }";
    assert_eq!(evidence(&after(10_000, put)).found, "SlowDown");
    assert!(after(9_999, put).passed(), "what S3 asks on the side uses no quota");
}
