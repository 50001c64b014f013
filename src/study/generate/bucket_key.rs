//! How many requests does S3 make to KMS? With and without bucket keys.

use super::dice::{Dice, Want};
use super::draft::{Choice, Draft, Proof, ranked};
use super::family::Family;
use super::setting::OWNER;
use crate::pricing::grouped;
use crate::rulebook::Rulebook;
use crate::services::s3::{S3Workload, WorkloadEncryption};
use crate::study::question::Domain;
use serde_json::{Value, json};

pub(super) static FAMILY: Family = Family {
    id: "bucket-key-requests",
    title: "How many requests does S3 make to KMS?",
    topics: &["s3", "cost"],
    domain: Domain::Cost,
    guide: "Amazon S3 Encryption",
    claims: &["s3-bucket-key-fewer-calls", "cost-bucket-key-99", "s3-bucket-key-per-day", "s3-sse-kms-charges"],
    facts: &["s3-bucket-key-window", "s3-bucket-key-scope", "s3-bucket-key-saving"],
    draw,
};

/// Seconds of June, the month of these items.
const MONTH: u64 = 30 * 86_400;

/// What happens in the month.
#[derive(Clone, Copy, Debug)]
struct Case {
    bucket_key: bool,
    puts: u64,
    gets: u64,
    old_gets: u64,
    requesters: u64,
    /// Seconds for which S3 keeps a bucket key, as the item has it.
    window: u64,
}

fn draw(want: &Want, dice: &mut Dice, difficulty: u8, _: Rulebook) -> Option<Draft> {
    let bucket_key = difficulty > 1;
    let scale = if bucket_key { 100_000 } else { dice.pick(&[1_000, 10_000])? };
    let case = Case {
        bucket_key,
        puts: u64::from(dice.between(2, 60)) * scale,
        // A month of writing alone has one kind of request less.
        gets: if difficulty == 3 && dice.yes(1, 3) { 0 } else { u64::from(dice.between(2, 90)) * scale },
        old_gets: if difficulty == 3 { u64::from(dice.between(2, 40)) * 1_000 } else { 0 },
        requesters: if bucket_key { u64::from(dice.between(2, 9)) } else { 1 },
        window: dice.pick(&[3_600, 7_200, 14_400])?,
    };
    let right = case.requests();
    let option = |count: u64, why: &str, mistake| (count, Choice::new(grouped(count.into()), why, mistake, json!(count)));
    let wrong =
        case.mistakes().into_iter().filter(|(count, ..)| *count > 0).map(|(count, why, mistake)| option(count, why, mistake)).collect();
    let (choices, place) = ranked(want, dice, option(right, "Each kind of request is counted once, by its own rule.", ""), wrong)?;
    Some(Draft {
        stem: dice.pen.write(|| case.stem()),
        choices,
        right: place,
        why: dice.pen.write(|| case.why()),
        hints: [
            "Without a bucket key every object written or read is a request to KMS.",
            "With one, S3 asks for each requester and each lifetime of the bucket key, once to write and once to read.",
        ],
        try_next: "kmsprep drill s3",
        proof: dice.pen.write(|| Proof { world: case.world(), checks: vec![case.check()] }),
        load: 1 + 2 * u32::from(bucket_key) + u32::from(case.old_gets > 0) * 2,
    })
}

impl Case {
    fn requests(self) -> u64 {
        let workload = S3Workload {
            puts: self.puts,
            gets: self.gets,
            gets_without_bucket_key: self.old_gets,
            requesters: self.requesters,
            encryption: WorkloadEncryption::Kms,
            bucket_key: self.bucket_key,
            window_seconds: self.window,
            seconds: MONTH,
        };
        workload.kms_requests().quantity
    }

    fn windows(self) -> u64 {
        MONTH / self.window
    }

    fn kinds(self) -> u64 {
        1 + u64::from(self.gets > 0)
    }

    /// Other numbers, with the mistake that leads to each.
    fn mistakes(self) -> Vec<(u64, &'static str, &'static str)> {
        let (objects, old) = (self.puts + self.gets, self.old_gets);
        if !self.bucket_key {
            return vec![
                (self.puts, "Reading an object asks KMS as well: Decrypt.", "reading-asks-nothing"),
                (self.gets, "Writing an object asks KMS as well: GenerateDataKey.", "writing-asks-nothing"),
                (2 * objects, "One request for each object, not two.", "two-requests-per-object"),
                (
                    2 * self.puts + self.gets,
                    "Writing asks for a data key once; Encrypt is not called besides.",
                    "data-key-is-encrypted-again",
                ),
                (self.puts + 2 * self.gets, "Reading asks once.", "reading-asks-twice"),
                (objects / 100, "Only a bucket key saves so much, and this bucket has none.", "bucket-key-is-the-default"),
                (self.puts.max(self.gets), "Both directions ask.", "one-direction-asks"),
                (self.puts.abs_diff(self.gets), "The two add up.", "requests-cancel-out"),
                (objects * 4, "One request for each object is all.", "four-requests-per-object"),
            ];
        }
        let each = self.windows() * self.kinds();
        let kept = self.requesters * each;
        vec![
            (objects + old, "With a bucket key S3 does not ask for each object.", "bucket-key-saves-nothing"),
            (each + old, "Each requester has bucket keys of its own.", "requesters-share-a-bucket-key"),
            (
                self.requesters * self.windows() * if self.kinds() == 2 { 1 } else { 2 } + old,
                "A bucket key is asked for to write and to read, and only for what is done.",
                "one-request-for-both-directions",
            ),
            (self.requesters * self.kinds() + old, "A bucket key is kept for a time and then asked for again.", "bucket-key-lasts-forever"),
            (self.requesters * 30 * self.kinds() + old, "The lifetime here is not a day.", "bucket-key-lasts-a-day"),
            ((objects + old) / 100, "99 percent is the most that AWS says, not a rule to reckon with.", "always-99-percent-less"),
            (kept, "Reads of objects from before the bucket key ask one by one.", "old-objects-use-the-bucket-key"),
            (kept + 2 * old, "An old object that is read asks once.", "old-objects-ask-twice"),
            (kept * 2 + old, "This counts one of the factors twice.", "a-factor-counted-twice"),
            (self.requesters * (MONTH / 60) * self.kinds() + old, "The lifetime here is not a minute.", "bucket-key-lasts-a-minute"),
            (kept / 4 + old, "This leaves a factor out.", "a-factor-left-out"),
            (kept / 30 * 28 + old, "June has 30 days.", "a-month-has-four-weeks"),
            (kept / 30 * 31 + old, "June has 30 days.", "a-month-has-31-days"),
            (kept + each + old, "The bucket itself is no requester.", "bucket-is-a-requester"),
            (kept - each + old, "Every role has its bucket keys, the first one too.", "first-requester-is-free"),
            (kept * 3 + old, "There are at most two kinds of requests.", "three-kinds-of-requests"),
        ]
    }

    fn world(self) -> Value {
        let encryption = json!({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "orders", "BucketKeyEnabled": self.bucket_key});
        json!({
            "start": "2026-06-01",
            "accounts": {"A": {"id": OWNER}},
            "kms": {"orders": {}},
            "s3": {"buckets": {"files": {"encryption": encryption}}},
        })
    }

    fn check(self) -> Value {
        let usage =
            json!([{"s3": "files", "puts": self.puts, "gets": self.gets, "old_gets": self.old_gets, "requesters": self.requesters}]);
        let exactly = json!({"answer": "option"});
        json!({
            "name": "requests",
            "goal": "the requests that S3 makes to KMS in June",
            "cost": {"requests_at_most": exactly, "requests_at_least": exactly, "usage": usage, "bucket_key_window": [self.window]},
        })
    }

    fn stem(self) -> String {
        let number = |count: u64| grouped(count.into());
        let key = if self.bucket_key { "with a bucket key" } else { "without a bucket key" };
        let mut text = format!(
            "A bucket encrypts with SSE-KMS under a customer managed key, {key}. In June {} new objects are written",
            number(self.puts)
        );
        text.push_str(&match self.gets {
            0 => " and none of them is read.".to_owned(),
            gets => format!(" and {} times one of them is read.", number(gets)),
        });
        if self.old_gets > 0 {
            text.push_str(&format!(
                " Besides, objects that were written before the bucket had a bucket key are read {} times.",
                number(self.old_gets)
            ));
        }
        if self.bucket_key {
            let hours = self.window / 3_600;
            let kept = if hours == 1 { "one hour".to_owned() } else { format!("{hours} hours") };
            text.push_str(&format!(
                " The work is shared evenly by {} roles, which are busy around the clock. AWS does not publish how long S3 keeps a bucket key: take {kept}.",
                self.requesters
            ));
        }
        format!("{text} How many requests does S3 make to KMS in June, which has 720 hours?")
    }

    fn why(self) -> String {
        let number = |count: u64| grouped(count.into());
        let old = if self.old_gets > 0 { format!(" + {} reads of old objects", number(self.old_gets)) } else { String::new() };
        if self.bucket_key {
            let kinds = if self.kinds() == 2 { "2 (to write and to read)" } else { "1 (to write)" };
            format!("{} roles x {} lifetimes x {kinds}{old} = {}.", self.requesters, number(self.windows()), number(self.requests()))
        } else {
            format!(
                "A GenerateDataKey for each of {} writes and a Decrypt for each of {} reads = {}.",
                number(self.puts),
                number(self.gets),
                number(self.requests())
            )
        }
    }
}
