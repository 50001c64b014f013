//! When an alarm changes its state.

use super::{AlarmState, ComparisonOperator, Rule, TreatMissingData};
use std::collections::BTreeMap;

/// The tables of "How alarm state is evaluated when data is missing": the five latest data points, the newest last, `0`
/// within the threshold, `X` breaching, `-` missing; then what `missing`, `ignore`, `breaching` and `notBreaching` make.
#[test]
fn missing_data_is_treated_as_documented() {
    use AlarmState::{Alarm, InsufficientData, Ok};
    // An alarm in a state that no row gives shows which rows keep it.
    let kept = None;
    let three_of_three = [
        ("0-X-X", [Some(Ok), Some(Ok), Some(Ok), Some(Ok)]),
        ("----0", [Some(Ok), Some(Ok), Some(Ok), Some(Ok)]),
        ("-----", [Some(InsufficientData), kept, Some(Alarm), Some(Ok)]),
        ("0XX-X", [Some(Alarm), Some(Alarm), Some(Alarm), Some(Alarm)]),
        ("--X--", [Some(Alarm), kept, Some(Alarm), Some(Ok)]),
        ("---X-", [kept, kept, Some(Alarm), Some(Ok)]),
        ("----X", [kept, kept, Some(Alarm), Some(Ok)]),
    ];
    let two_of_three = [
        ("0-X-X", [Some(Alarm), Some(Alarm), Some(Alarm), Some(Alarm)]),
        ("00X0X", [Some(Alarm), Some(Alarm), Some(Alarm), Some(Alarm)]),
        ("0-X--", [Some(Ok), Some(Ok), Some(Alarm), Some(Ok)]),
        ("----0", [Some(Ok), Some(Ok), Some(Alarm), Some(Ok)]),
        ("---X-", [Some(Alarm), kept, Some(Alarm), Some(Ok)]),
    ];
    let treatments = [TreatMissingData::Missing, TreatMissingData::Ignore, TreatMissingData::Breaching, TreatMissingData::NotBreaching];
    for (datapoints_to_alarm, rows) in [(3, &three_of_three[..]), (2, &two_of_three[..])] {
        for (data, expected) in rows {
            for (missing, expected) in treatments.iter().zip(expected) {
                let rule = rule(60, 3, datapoints_to_alarm, *missing);
                let letters = data.chars().zip(0_i64..).filter(|(letter, _)| *letter != '-');
                let mut points: Vec<(i64, f64)> = letters.map(|(letter, at)| (at, if letter == 'X' { 9.0 } else { 1.0 })).collect();
                points.reverse();
                assert_eq!(rule.judge(&points, 4), *expected, "{data} {datapoints_to_alarm} of 3 {missing:?}");
            }
        }
    }
}

fn rule(period: i64, evaluation_periods: i64, datapoints_to_alarm: i64, missing: TreatMissingData) -> Rule {
    let comparison = ComparisonOperator::GreaterThanThreshold;
    Rule { period, evaluation_periods, datapoints_to_alarm, threshold: 5.0, comparison, missing }
}

#[test]
fn an_alarm_comes_and_goes_and_says_why() {
    let rule = rule(60, 1, 1, TreatMissingData::Missing);
    let points: BTreeMap<i64, f64> = [(10, 3.0), (11, 9.0)].into();
    let states: Vec<(AlarmState, String, i64)> = [600, 659, 660, 720, 900, 960, 1_000_000]
        .map(|now| rule.standing(&points, 590, now))
        .map(|standing| (standing.state, standing.reason, standing.since))
        .to_vec();
    let initial = (AlarmState::InsufficientData, "Unchecked: Initial alarm creation".to_owned(), 590);
    let ok = "Threshold Crossed: 1 datapoint [3.0 (01/01/70 00:10:00)] was not greater than the threshold (5.0).".to_owned();
    let alarm = "Threshold Crossed: 1 datapoint [9.0 (01/01/70 00:11:00)] was greater than the threshold (5.0).".to_owned();
    // A data point counts for two periods more than the one that is evaluated.
    let gone = (AlarmState::InsufficientData, "Insufficient Data: 1 datapoint was unknown.".to_owned(), 900);
    assert_eq!(
        states,
        [initial.clone(), initial, (AlarmState::Ok, ok, 660), (AlarmState::Alarm, alarm, 720), gone.clone(), gone.clone(), gone,]
    );
}

#[test]
fn m_of_n_tells_which_data_points_breach() {
    let rule = rule(300, 3, 2, TreatMissingData::Missing);
    let points: BTreeMap<i64, f64> = [(0, 9.0), (1, 1.0), (2, 8.5)].into();
    let standing = rule.standing(&points, 0, 900);
    assert_eq!(standing.state, AlarmState::Alarm);
    assert_eq!(
        standing.reason,
        "Threshold Crossed: 2 out of the last 3 datapoints [8.5 (01/01/70 00:10:00), 9.0 (01/01/70 00:00:00)] were greater than the threshold (5.0)."
    );
}
