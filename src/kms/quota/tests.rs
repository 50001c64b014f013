use super::*;
use crate::kms::OPERATIONS;
use crate::rulebook::Rulebook;
use crate::services::World;
use proptest::prelude::*;

const SYMMETRIC: &str = "Cryptographic operations (symmetric) request rate";

fn account(id: &str) -> AccountId {
    AccountId::parse(id).unwrap()
}

fn region(code: &str) -> Region {
    Region::parse(code).unwrap()
}

fn rules(rulebook: Rulebook) -> Rules {
    World::new(rulebook, at(0), 1).kms.rules().clone()
}

/// So many milliseconds after a new year.
fn at(milliseconds: i64) -> Instant {
    "2026-01-01T00:00:00Z".parse::<Instant>().unwrap() + crate::cloud::Duration::milliseconds(milliseconds)
}

fn demand(operation: Operation, code: &str) -> Demand<'static> {
    Demand {
        operation,
        account: Some(account("111111111111")),
        region: region(code),
        key: Some(KeySpec::SYMMETRIC_DEFAULT),
        pair: None,
        store: None,
        other_region: None,
    }
}

/// How many of `count` requests at one moment get through.
fn admitted(quotas: &mut Quotas, demand: &Demand<'_>, now: Instant, count: usize) -> usize {
    let rules = rules(Rulebook::current());
    (0..count).filter(|_| quotas.take(&rules, demand, now).is_ok()).count()
}

/// "Request quotas", AWS KMS Developer Guide, 2026-11: operations with a quota of their own.
#[rustfmt::skip]
const OWN: [(&str, u32); 41] = [
    ("CancelKeyDeletion", 5), ("ConnectCustomKeyStore", 5), ("CreateAlias", 5), ("CreateCustomKeyStore", 5), ("CreateGrant", 50),
    ("CreateKey", 5), ("DeleteAlias", 15), ("DeleteCustomKeyStore", 5), ("DeleteImportedKeyMaterial", 15), ("DescribeCustomKeyStores", 5),
    ("DescribeKey", 2000), ("DisableKey", 5), ("DisableKeyRotation", 5), ("DisconnectCustomKeyStore", 5), ("EnableKey", 5),
    ("EnableKeyRotation", 15), ("GetKeyLastUsage", 5), ("GetKeyPolicy", 1000), ("GetKeyRotationStatus", 1000), ("GetParametersForImport", 1),
    ("GetPublicKey", 2000), ("ImportKeyMaterial", 15), ("ListAliases", 500), ("ListGrants", 100), ("ListKeyPolicies", 100),
    ("ListKeyRotations", 100), ("ListKeys", 500), ("ListResourceTags", 2000), ("ListRetirableGrants", 100), ("PutKeyPolicy", 15),
    ("ReplicateKey", 5), ("RetireGrant", 50), ("RevokeGrant", 50), ("RotateKeyOnDemand", 5), ("ScheduleKeyDeletion", 15),
    ("TagResource", 10), ("UntagResource", 5), ("UpdateAlias", 5), ("UpdateCustomKeyStore", 5), ("UpdateKeyDescription", 5),
    ("UpdatePrimaryRegion", 5),
];

#[test]
fn operations_with_a_quota_of_their_own_have_awss_rate_whatever_the_key() {
    for (name, requests) in OWN {
        let operation = Operation::parse(name).unwrap();
        for key in [None].into_iter().chain(KeySpec::ALL.iter().map(|spec| Some(*spec))) {
            let row = QuotaRow::of(operation, key, None).unwrap();
            assert_eq!(row.name, format!("{name} request rate"));
            assert_eq!((row.usual, row.regional, row.adjustable), (Rate { requests, seconds: 1 }, &[][..], true), "{name}");
        }
    }
}

#[test]
fn every_operation_has_a_quota_and_every_row_is_met() {
    let mut met = std::collections::BTreeSet::new();
    for row in OPERATIONS {
        for key in [None].into_iter().chain(KeySpec::ALL.iter().map(|spec| Some(*spec))) {
            for pair in [None].into_iter().chain(KeySpec::ALL.iter().map(|spec| Some(*spec))) {
                met.insert(QuotaRow::of(row.operation, key, pair).unwrap().name);
            }
        }
    }
    let account_rows = REQUEST_QUOTAS.iter().filter(|row| !row.per_store).map(|row| row.name).collect();
    assert_eq!(met, account_rows);
    assert_eq!(REQUEST_QUOTAS.len(), OWN.len() + 5 + 1 + 9);
}

#[test]
fn the_key_decides_which_quota_a_cryptographic_request_counts_towards() {
    use KeySpec::*;
    let shared = |operation: &str, key| QuotaRow::of(Operation::parse(operation).unwrap(), key, None).unwrap().name;
    for operation in [
        "Decrypt",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "GenerateRandom",
        "ReEncrypt",
        "VerifyMac",
    ] {
        assert_eq!(shared(operation, None), SYMMETRIC, "{operation}");
        assert_eq!(shared(operation, Some(SYMMETRIC_DEFAULT)), SYMMETRIC, "{operation}");
    }
    for key in [HMAC_224, HMAC_256, HMAC_384, HMAC_512] {
        assert_eq!((shared("GenerateMac", Some(key)), shared("VerifyMac", Some(key))), (SYMMETRIC, SYMMETRIC));
    }
    for key in [RSA_2048, RSA_3072, RSA_4096] {
        for operation in ["Decrypt", "Encrypt", "ReEncrypt", "Sign", "Verify"] {
            assert_eq!(shared(operation, Some(key)), "Cryptographic operations (RSA) request rate");
        }
    }
    for key in [ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521, ECC_SECG_P256K1, ECC_NIST_EDWARDS25519, SM2] {
        for operation in ["Sign", "Verify", "DeriveSharedSecret"] {
            assert_eq!(shared(operation, Some(key)), "Cryptographic operations (ECC and SM2) request rate");
        }
    }
    for operation in ["Decrypt", "Encrypt", "ReEncrypt"] {
        assert_eq!(shared(operation, Some(SM2)), "Cryptographic operations (ECC and SM2) request rate");
    }
    for key in [ML_DSA_44, ML_DSA_65, ML_DSA_87] {
        assert_eq!(shared("Sign", Some(key)), "Cryptographic operations (ML-DSA) request rate");
        assert_eq!(shared("Verify", Some(key)), "Cryptographic operations (ML-DSA) request rate");
    }
    for key in [ML_KEM_512, ML_KEM_768, ML_KEM_1024] {
        assert_eq!(shared("Encapsulate", Some(key)), "Cryptographic operations (ML-KEM) request rate");
        assert_eq!(shared("Decapsulate", Some(key)), "Cryptographic operations (ML-KEM) request rate");
    }
}

#[test]
fn shared_rates_are_awss_in_every_region() {
    let rules = rules(Rulebook::current());
    let symmetric = QuotaRow::named(SYMMETRIC).unwrap();
    for code in crate::cloud::REGIONS.iter().map(|row| row.code) {
        let requests = match code {
            "us-east-1" | "us-west-2" | "eu-west-1" => 100_000,
            "us-east-2" | "ap-southeast-1" | "ap-southeast-2" | "ap-northeast-1" | "eu-central-1" | "eu-west-2" => 20_000,
            _ => 10_000,
        };
        assert_eq!(symmetric.rate(&rules, region(code)), Rate { requests, seconds: 1 }, "{code}");
        for kind in ["RSA", "ECC and SM2", "ML-DSA", "ML-KEM"] {
            let row = QuotaRow::named(&format!("Cryptographic operations ({kind}) request rate")).unwrap();
            assert_eq!(row.rate(&rules, region(code)), Rate { requests: 1000, seconds: 1 });
        }
    }
    let store = QuotaRow::of_store(Operation::Decrypt).unwrap();
    assert_eq!((store.usual, store.adjustable), (Rate { requests: 1800, seconds: 1 }, false));
    let operations =
        ["Decrypt", "DeriveSharedSecret", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateRandom", "ReEncrypt"];
    assert_eq!(store.operations.iter().map(|operation| operation.name()).collect::<Vec<_>>(), operations);
}

#[test]
fn the_guide_has_its_own_rates_for_symmetric_keys() {
    let rules = rules(Rulebook::guide());
    let rate = |code| QuotaRow::named(SYMMETRIC).unwrap().rate(&rules, region(code)).requests;
    assert_eq!((rate("us-west-1"), rate("us-east-1")), (5_500, 30_000));
}

#[test]
fn key_pairs_have_a_quota_for_each_spec() {
    use KeySpec::*;
    let rules = rules(Rulebook::current());
    let rate = |pair, code| {
        let with = QuotaRow::of(Operation::GenerateDataKeyPair, Some(SYMMETRIC_DEFAULT), Some(pair)).unwrap();
        let without = QuotaRow::of(Operation::GenerateDataKeyPairWithoutPlaintext, Some(SYMMETRIC_DEFAULT), Some(pair)).unwrap();
        assert_eq!(with.name, without.name);
        with.rate(&rules, region(code))
    };
    for pair in [ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521, ECC_SECG_P256K1, ECC_NIST_EDWARDS25519] {
        assert_eq!(rate(pair, "us-east-1"), Rate { requests: 100, seconds: 1 });
    }
    let rsa = |code| [RSA_2048, RSA_3072, RSA_4096].map(|pair| rate(pair, code)).map(|rate| (rate.requests, rate.seconds));
    assert_eq!(rsa("us-east-1"), [(20, 1), (4, 1), (1, 1)]);
    assert_eq!(rsa("cn-north-1"), [(1, 1), (1, 2), (1, 10)]);
    assert_eq!(rsa("cn-northwest-1"), [(1, 1), (1, 2), (1, 10)]);
    assert_eq!(rate(SM2, "cn-north-1"), Rate { requests: 25, seconds: 1 });
}

#[test]
fn a_second_has_its_requests_and_saves_none_for_the_next() {
    let mut quotas = Quotas::default();
    let create = demand(Operation::CreateKey, "us-east-1");
    assert_eq!(admitted(&mut quotas, &create, at(0), 9), 5);
    assert_eq!(admitted(&mut quotas, &create, at(999), 9), 0);
    assert_eq!(admitted(&mut quotas, &create, at(1000), 9), 5);
    assert_eq!(admitted(&mut quotas, &create, at(60_000), 90), 5, "an idle minute saves nothing");
}

#[test]
fn a_rate_below_one_a_second_is_one_request_in_several_seconds() {
    let mut quotas = Quotas::default();
    let pair = Demand { pair: Some(KeySpec::RSA_4096), ..demand(Operation::GenerateDataKeyPair, "cn-north-1") };
    let times = (0..30).filter(|second| admitted(&mut quotas, &pair, at(second * 1000), 3) == 1).collect::<Vec<_>>();
    assert_eq!(times, [0, 10, 20]);
}

#[test]
fn accounts_regions_and_quotas_are_counted_apart_and_keys_and_operations_together() {
    let mut quotas = Quotas::default();
    let encrypt = demand(Operation::Encrypt, "us-west-1");
    assert_eq!(admitted(&mut quotas, &encrypt, at(0), 9_000), 9_000);
    assert_eq!(admitted(&mut quotas, &demand(Operation::GenerateRandom, "us-west-1"), at(0), 9_000), 1_000);
    assert_eq!(admitted(&mut quotas, &demand(Operation::Decrypt, "us-west-1"), at(0), 1), 0);
    assert_eq!(admitted(&mut quotas, &demand(Operation::DescribeKey, "us-west-1"), at(0), 3_000), 2_000);
    assert_eq!(admitted(&mut quotas, &Demand { key: Some(KeySpec::RSA_2048), ..encrypt }, at(0), 3_000), 1_000);
    assert_eq!(admitted(&mut quotas, &demand(Operation::Encrypt, "ca-central-1"), at(0), 11_000), 10_000);
    assert_eq!(admitted(&mut quotas, &Demand { account: Some(account("222222222222")), ..encrypt }, at(0), 11_000), 10_000);
}

#[test]
fn an_increase_holds_for_its_account_region_and_quota() {
    let mut quotas = Quotas::default();
    quotas.increase(account("111111111111"), region("us-west-1"), QuotaRow::named("CreateKey request rate").unwrap(), 20);
    assert_eq!(admitted(&mut quotas, &demand(Operation::CreateKey, "us-west-1"), at(0), 50), 20);
    assert_eq!(admitted(&mut quotas, &demand(Operation::CreateKey, "us-east-1"), at(0), 50), 5);
    assert_eq!(admitted(&mut quotas, &demand(Operation::CreateAlias, "us-west-1"), at(0), 50), 5);
}

#[test]
fn a_custom_key_store_has_a_quota_beside_the_accounts() {
    let mut quotas = Quotas::default();
    let stored = Demand { store: Some("cks-1"), ..demand(Operation::Encrypt, "us-west-1") };
    assert_eq!(admitted(&mut quotas, &stored, at(0), 3_000), 1_800);
    assert_eq!(admitted(&mut quotas, &Demand { account: Some(account("222222222222")), ..stored }, at(0), 1), 0);
    assert_eq!(admitted(&mut quotas, &Demand { store: Some("cks-2"), ..stored }, at(0), 3_000), 1_800);
    let outside = demand(Operation::Encrypt, "us-west-1");
    assert_eq!(admitted(&mut quotas, &outside, at(0), 10_000), 10_000 - 3_600, "a refused request takes nothing");
}

#[test]
fn replicating_counts_in_both_regions() {
    let mut quotas = Quotas::default();
    let replicate = Demand { other_region: Some(region("us-west-2")), ..demand(Operation::ReplicateKey, "us-east-1") };
    assert_eq!(admitted(&mut quotas, &replicate, at(0), 9), 2, "two CreateKey requests each, of five");
    assert_eq!(admitted(&mut quotas, &demand(Operation::CreateKey, "us-west-2"), at(0), 9), 1);
    let move_primary = Demand { other_region: Some(region("us-west-2")), ..demand(Operation::UpdatePrimaryRegion, "us-east-1") };
    assert_eq!(admitted(&mut quotas, &move_primary, at(0), 2), 2);
    assert_eq!(admitted(&mut quotas, &demand(Operation::UpdatePrimaryRegion, "us-west-2"), at(0), 9), 3);
}

#[test]
fn the_error_is_awss_and_its_reason_names_the_quota_and_the_cures() {
    let mut quotas = Quotas::default();
    let rules = rules(Rulebook::current());
    let create = demand(Operation::GetParametersForImport, "us-east-1");
    quotas.take(&rules, &create, at(0)).unwrap();
    let error = quotas.take(&rules, &create, at(0)).unwrap_err();
    assert_eq!((error.code.as_ref(), error.http_status), ("ThrottlingException", 400));
    assert_eq!(error.message, "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.");
    let reason = error.reason.unwrap();
    assert_eq!(
        reason.headline,
        "\"GetParametersForImport request rate\" allows account 111111111111 1 request a second in us-east-1, and this second has had them"
    );
    let details = reason.details.iter().map(|detail| detail.text.as_str()).collect::<Vec<_>>().join("\n");
    assert!(details.contains("all principals") && details.contains("backoff") && details.contains("Service Quotas"), "{details}");
}

#[test]
fn rates_are_written_with_their_thousands_apart() {
    let written = |requests, seconds| Rate { requests, seconds }.to_string();
    assert_eq!(written(10_000, 1), "10,000 requests a second");
    assert_eq!(written(1_234_567, 1), "1,234,567 requests a second");
    assert_eq!(written(1, 10), "1 request in 10 seconds");
}

proptest! {
    /// In no stretch of time do more get through than the rate allows for every second that it touches.
    #[test]
    fn no_stretch_of_time_lets_more_through_than_its_seconds_allow(
        steps in proptest::collection::vec(0_i64..400, 1..200),
        from in 0_usize..200,
        length in 1_i64..5_000,
    ) {
        let mut quotas = Quotas::default();
        let rules = rules(Rulebook::current());
        let create = demand(Operation::CreateKey, "us-east-1");
        let mut now = 0;
        let mut times = Vec::new();
        for step in steps {
            now += step;
            if quotas.take(&rules, &create, at(now)).is_ok() {
                times.push(now);
            }
        }
        let start = times.get(from % times.len()).copied().unwrap_or_default();
        let end = start + length;
        let through = times.iter().filter(|time| (start..end).contains(*time)).count();
        let seconds = usize::try_from((end - 1).div_euclid(1000) - start.div_euclid(1000) + 1).unwrap();
        prop_assert!(through <= 5 * seconds, "{through} in {seconds} seconds");
        prop_assert!(through <= 5 * usize::try_from(length).unwrap().div_ceil(1000) + 5);
    }
}
