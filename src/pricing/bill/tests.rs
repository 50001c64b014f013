//! Figures that AWS's own examples and the guide's comparisons come to, and laws that hold for every bill.

use super::*;
use crate::cloud::{Instant, parse_instant};
use crate::pricing::{Waiting, usd};
use proptest::prelude::*;

fn account(digit: char) -> AccountId {
    AccountId::parse(&digit.to_string().repeat(12)).unwrap()
}

fn at(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

fn key(created: &str) -> KeyLife {
    KeyLife::customer_managed("data", account('1'), Region::default_region(), at(created))
}

fn keys(count: u64) -> KeyLife {
    KeyLife { count, ..key("2020-01-01") }
}

fn rotated(rotations: &[&str]) -> KeyLife {
    KeyLife { rotations: rotations.iter().map(|text| at(text)).collect(), ..key("2015-01-01") }
}

fn requests(counts: &[(RequestClass, u64)]) -> Meter {
    let mut meter = Meter::default();
    for (class, count) in counts {
        meter.add(MeterKey { payer: account('1'), region: Region::default_region(), class: *class }, *count);
    }
    meter
}

fn symmetric(count: u64) -> Meter {
    requests(&[(RequestClass::Symmetric, count)])
}

fn bill_under(rulebook: Rulebook, month: &str, keys: &[KeyLife], requests: &Meter, free_tier: bool) -> Bill {
    Bill::of(PriceBook::standard(), rulebook, Month::parse(month).unwrap(), keys, requests, free_tier).unwrap()
}

fn bill(month: &str, keys: &[KeyLife], requests: &Meter) -> Bill {
    bill_under(Rulebook::current(), month, keys, requests, true)
}

#[track_caller]
fn comes_to(bill: &Bill, total: &str) {
    assert_eq!(bill.total.to_string(), total, "{bill:#?}");
}

#[test]
fn requests_are_charged_one_by_one_beyond_the_free_tier() {
    let one = [keys(1)];
    comes_to(&bill("2026-06", &one, &symmetric(2_010_000)), "6.97");
    comes_to(&bill("2026-06", &one, &symmetric(15_000)), "1");
    comes_to(&bill("2026-06", &one, &symmetric(20_000)), "1");
    comes_to(&bill("2026-06", &one, &symmetric(20_001)), "1.000003");
    comes_to(&bill("2026-06", &one, &symmetric(100_000)), "1.24");
    comes_to(&bill("2026-06", &one, &symmetric(100_000_000)), "300.94");
    comes_to(&bill("2026-01", &one, &symmetric(26_784)), "1.020352");
}

#[test]
fn without_the_free_tier_every_request_counts() {
    comes_to(&bill_under(Rulebook::current(), "2026-06", &[keys(5)], &symmetric(2_000_000), false), "11");
    comes_to(&bill("2026-06", &[keys(5)], &symmetric(2_000_000)), "10.94");
    comes_to(&bill_under(Rulebook::current(), "2026-06", &[keys(1)], &symmetric(4), false), "1.000012");
}

#[test]
fn each_class_has_its_own_price() {
    let all = requests(&[
        (RequestClass::Symmetric, 2_000_000),
        (RequestClass::AsymmetricOther, 1_000),
        (RequestClass::Rsa2048, 1_000),
        (RequestClass::DataKeyPairEcc, 1_000),
        (RequestClass::DataKeyPairRsa, 1_000),
        (RequestClass::Unbilled, 1_000),
    ]);
    let bill = bill_under(Rulebook::current(), "2026-06", &[keys(5)], &all, false);
    let amounts: Vec<String> = bill.lines.iter().map(|line| line.amount.to_string()).collect();
    assert_eq!(amounts, ["5", "6", "0.003", "0.015", "0.01", "1.2", "0"]);
    comes_to(&bill, "12.228");
    assert_eq!(usd(bill.total), "12.23 (exactly 12.228)");
}

#[test]
fn the_free_tier_leaves_asymmetric_requests_out_today_and_not_in_the_guide() {
    let signing = requests(&[(RequestClass::AsymmetricOther, 1_000), (RequestClass::Symmetric, 19_500)]);
    comes_to(&bill("2026-06", &[], &signing), "0.015");
    comes_to(&bill_under(Rulebook::guide(), "2026-06", &[], &signing, true), "0.0075");
}

#[test]
fn an_allowance_for_all_classes_goes_to_symmetric_requests_first_in_whatever_region() {
    let mut meter = Meter::default();
    for (region, class) in [("eu-west-1", RequestClass::AsymmetricOther), ("us-east-1", RequestClass::Symmetric)] {
        meter.add(MeterKey { payer: account('1'), region: Region::parse(region).unwrap(), class }, 20_000);
    }
    comes_to(&bill_under(Rulebook::guide(), "2026-06", &[], &meter, true), "0.3");
}

#[test]
fn the_free_tier_is_one_allowance_for_all_regions_and_one_for_each_payer() {
    let mut meter = Meter::default();
    for (payer, region) in [('1', "eu-west-1"), ('1', "us-east-1"), ('2', "us-east-1")] {
        let key = MeterKey { payer: account(payer), region: Region::parse(region).unwrap(), class: RequestClass::Symmetric };
        meter.add(key, 15_000);
    }
    comes_to(&bill("2026-06", &[], &meter), "0.03");
}

#[test]
fn the_first_two_rotations_add_a_dollar_each() {
    let yearly = ["2016-01-01", "2017-01-01", "2018-01-01", "2019-01-01", "2020-01-01"];
    for (rotations, total) in [(0, "1"), (1, "2"), (2, "3"), (5, "3")] {
        comes_to(&bill("2026-06", &[rotated(&yearly[..rotations])], &Meter::default()), total);
    }
    comes_to(&bill("2023-06", &[rotated(&yearly)], &Meter::default()), "6");
    comes_to(&bill_under(Rulebook::guide(), "2026-06", &[rotated(&yearly)], &Meter::default(), true), "1");
}

#[test]
fn a_rotation_is_charged_from_its_hour_on() {
    comes_to(&bill("2026-06", &[rotated(&["2026-06-16"])], &Meter::default()), "1.5");
}

#[test]
fn a_key_is_charged_for_the_hours_that_it_exists() {
    comes_to(&bill("2026-06", &[key("2026-06-21")], &Meter::default()), "0.3333333333333333333333333333");
    comes_to(&bill("2026-05", &[key("2026-06-21")], &Meter::default()), "0");
    // Three thirds are a whole: hours are summed before they are divided.
    let third = key("2026-06-21");
    comes_to(&bill("2026-06", &[third.clone(), third.clone(), third], &Meter::default()), "1");
}

#[test]
fn a_key_that_waits_for_deletion_costs_nothing_unless_it_is_cancelled() {
    let scheduled = Waiting { from: at("2026-06-16"), cancelled: None };
    let waiting = KeyLife { waiting: vec![scheduled], ..key("2026-01-01") };
    comes_to(&bill("2026-06", std::slice::from_ref(&waiting), &Meter::default()), "0.5");
    let july = bill("2026-07", std::slice::from_ref(&waiting), &Meter::default());
    comes_to(&july, "0");
    assert!(july.lines[0].rule.contains("waits for deletion"), "{}", july.lines[0].rule);
    let gone = KeyLife { deleted: Some(at("2026-07-16")), ..waiting.clone() };
    comes_to(&bill("2026-06", std::slice::from_ref(&gone), &Meter::default()), "0.5");
    assert_eq!(bill("2026-08", &[gone], &Meter::default()).lines, []);
    let cancelled = Waiting { cancelled: Some(at("2026-06-20")), ..scheduled };
    let kept = bill("2026-06", &[KeyLife { waiting: vec![cancelled], ..waiting }], &Meter::default());
    comes_to(&kept, "1");
    assert!(kept.lines[0].rule.contains("cancelled"), "{}", kept.lines[0].rule);
}

#[test]
fn aws_managed_keys_are_free_and_their_requests_are_not() {
    let managed = KeyLife { manager: KeyManager::Aws, rotations: vec![at("2025-01-01")], ..keys(1) };
    let owned = KeyLife { manager: KeyManager::Owned, ..keys(1) };
    comes_to(&bill("2026-01", &[managed, owned], &symmetric(26_784)), "0.020352");
}

#[test]
fn neighbours_are_added_by_their_price() {
    let book = PriceBook::standard();
    let mut bill = bill("2026-07", &[keys(1)], &Meter::default());
    let place = (account('1'), Region::default_region());
    bill.charge(book, Rulebook::current(), "hsm-hour", place, Decimal::from(1_488)).unwrap();
    comes_to(&bill, "2381.8");
    let missing = bill.charge(book, Rulebook::current(), "hsm-minute", place, Decimal::ONE);
    assert_eq!(missing, Err(PricingError::MissingPrice { id: "hsm-minute".into() }));
}

#[test]
fn regions_without_a_price_list_are_refused_or_pointed_out() {
    let draw = |code: &str| {
        let key = KeyLife { region: Region::parse(code).unwrap(), ..keys(1) };
        let month = Month::parse("2026-06").unwrap();
        Bill::of(PriceBook::standard(), Rulebook::current(), month, &[key], &Meter::default(), true)
    };
    assert!(matches!(draw("cn-north-1"), Err(PricingError::UnpricedRegion { .. })));
    assert!(matches!(draw("us-gov-west-1"), Err(PricingError::UnpricedRegion { .. })));
    assert!(draw("eu-west-2").unwrap().lines[0].rule.contains("not verified for eu-west-2"));
    assert!(!draw("eu-west-1").unwrap().lines[0].rule.contains("not verified"));
}

#[test]
fn amounts_beyond_all_bounds_are_an_error() {
    let draw = |count| {
        let month = Month::parse("2026-06").unwrap();
        let many: Vec<KeyLife> = vec![keys(count); 2];
        Bill::of(PriceBook::standard(), Rulebook::current(), month, &many, &symmetric(u64::MAX), true)
    };
    assert!(draw(u64::MAX).is_ok());
    let mut bill = draw(1).unwrap();
    let place = (account('1'), Region::default_region());
    let refused = bill.charge(PriceBook::standard(), Rulebook::current(), "hsm-hour", place, Decimal::MAX);
    assert_eq!(refused, Err(PricingError::Overflow));
}

fn class() -> impl Strategy<Value = RequestClass> {
    prop::sample::select(vec![
        RequestClass::Symmetric,
        RequestClass::Rsa2048,
        RequestClass::AsymmetricOther,
        RequestClass::DataKeyPairEcc,
        RequestClass::DataKeyPairRsa,
        RequestClass::Unbilled,
    ])
}

fn meter() -> impl Strategy<Value = Meter> {
    let region = prop::sample::select(vec!["us-east-1", "eu-west-1", "eu-west-2"]);
    let count = (prop::sample::select(vec!['1', '2']), region, class(), 0u64..60_000);
    prop::collection::vec(count, 0..8).prop_map(|counts| {
        let mut meter = Meter::default();
        for (payer, region, class, count) in counts {
            meter.add(MeterKey { payer: account(payer), region: Region::parse(region).unwrap(), class }, count);
        }
        meter
    })
}

fn life() -> impl Strategy<Value = KeyLife> {
    let hour = -2_000i64..2_000;
    (hour.clone(), prop::collection::vec(hour.clone(), 0..5), prop::option::of(hour), 1u64..9).prop_map(
        |(created, rotations, scheduled, count)| {
            let instant = |hours: i64| at("2026-06-15") + chrono::TimeDelta::hours(hours);
            let waiting = scheduled.map(|hours| Waiting { from: instant(hours), cancelled: None });
            KeyLife {
                count,
                created: instant(created),
                rotations: rotations.into_iter().map(|hours| instant(hours.max(created))).collect(),
                waiting: waiting.into_iter().collect(),
                ..key("2020-01-01")
            }
        },
    )
}

proptest! {
    #[test]
    fn more_requests_never_cost_less(meter in meter(), class in class(), more in 0u64..60_000, guide: bool) {
        let rulebook = if guide { Rulebook::guide() } else { Rulebook::current() };
        let before = bill_under(rulebook, "2026-06", &[], &meter, true).total;
        let mut grown = meter;
        grown.add(MeterKey { payer: account('1'), region: Region::default_region(), class }, more);
        prop_assert!(bill_under(rulebook, "2026-06", &[], &grown, true).total >= before);
    }

    #[test]
    fn more_keys_never_cost_less_and_a_bill_is_the_sum_of_its_lines(lives in prop::collection::vec(life(), 1..5), meter in meter()) {
        let all = bill("2026-06", &lives, &meter);
        prop_assert!(bill("2026-06", &lives[1..], &meter).total <= all.total);
        let lines: Decimal = all.lines.iter().map(|line| line.amount).sum();
        prop_assert!((lines - all.total).abs() <= Decimal::new(1, 12));
        for line in &all.lines {
            prop_assert!((line.quantity * line.unit_price - line.amount).abs() <= Decimal::new(1, 12));
        }
    }

    #[test]
    fn splitting_keys_or_requests_changes_nothing(life in life(), count in 0u64..60_000, cut in 0u64..60_000) {
        let cut = cut.min(count);
        let mut split = symmetric(cut);
        split.add(MeterKey { payer: account('1'), region: Region::parse("eu-west-1").unwrap(), class: RequestClass::Symmetric }, count - cut);
        let singles: Vec<KeyLife> = (0..life.count).map(|_| KeyLife { count: 1, ..life.clone() }).collect();
        prop_assert_eq!(bill("2026-06", &[life], &symmetric(count)).total, bill("2026-06", &singles, &split).total);
    }
}
