//! A small workload by questions, for somebody who has no file.

use crate::cli::{Edge, Failure, prompt};
use std::fmt::Write as _;

/// A question: what is asked, and the answer that Enter gives.
struct Question {
    text: &'static str,
    usual: &'static str,
}

const fn question(text: &'static str, usual: &'static str) -> Question {
    Question { text, usual }
}

const QUESTIONS: [Question; 9] = [
    question("Months (2026-07, or 2026-07 .. 2027-06)", "2026-07"),
    question("Region", "us-east-1"),
    question("Customer managed keys", "1"),
    question("Days between rotations (0: none)", "365"),
    question("Objects written to S3 a month", "0"),
    question("Objects read from S3 a month", "0"),
    question("Bucket key (true or false)", "true"),
    question("Roles among which the objects are shared", "1"),
    question("Direct Decrypt requests a month", "0"),
];

/// Asks, and writes the answers down as a workload; nothing if the learner leaves. The reader of workloads judges them.
///
/// # Errors
/// If the terminal cannot be read.
pub(super) fn workload(edge: &mut Edge) -> Result<Option<String>, Failure> {
    edge.print("Volumes are whole numbers a month. Enter takes what stands in brackets.\n")?;
    let mut answers = Vec::new();
    for question in &QUESTIONS {
        match prompt::line(edge, question.text, None, Some(question.usual))? {
            Some(answer) => answers.push(answer.trim().to_owned()),
            None => return Ok(None),
        }
    }
    Ok(written(&answers))
}

fn written(answers: &[String]) -> Option<String> {
    let [months, region, keys, days, puts, gets, bucket_key, requesters, direct] = answers else { return None };
    let rotation = if days == "0" { String::new() } else { format!(", rotation_days: {days}") };
    let mut text =
        format!("workload: questions\nmonths: {months}\nregion: {region}\nkeys:\n  data: {{ count: {keys}{rotation} }}\nuses:\n");
    let _ = writeln!(text, "  - s3: {{ key: data, puts: {puts}, gets: {gets}, bucket_key: {bucket_key}, requesters: {requesters} }}");
    let _ = writeln!(text, "  - kms: {{ key: data, operation: Decrypt, count: {direct} }}");
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sources;
    use crate::doc::{self, Limits};
    use crate::pricing::{PriceBook, workload::read};

    #[test]
    fn the_usual_answers_make_a_workload() {
        let usual: Vec<String> = QUESTIONS.iter().map(|question| question.usual.to_owned()).collect();
        let node = doc::read(&mut Sources::new(), "answers", &written(&usual).unwrap(), Limits::default()).unwrap();
        let workload = read(&node, PriceBook::standard(), None).unwrap();
        assert_eq!((workload.keys.len(), workload.uses.len()), (1, 2));
    }
}
