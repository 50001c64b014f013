//! What the learner has set out to do, as kept in the file.

use super::Store;
use super::error::StoreError;
use crate::study::memory::Scheduler;
use crate::study::{Day, Plan};
use rusqlite::{Connection, OptionalExtension as _};

impl Store {
    /// Keeps a plan, and gives every item its day under it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn set_plan(&mut self, plan: Plan) -> Result<(), StoreError> {
        self.plan = plan;
        self.scheduler = Scheduler::new(plan);
        self.reschedule()
    }
}

/// The plan in a file; what it does not say, or not understandably, is as in the default.
pub(super) fn plan(connection: &Connection) -> Result<Plan, StoreError> {
    let sql = |source| StoreError::sql("read the plan", source);
    let value = |key: &str| -> Result<Option<String>, StoreError> {
        connection.query_row("SELECT value FROM settings WHERE key = ?1", [key], |row| row.get(0)).optional().map_err(sql)
    };
    let usual = Plan::default();
    Ok(Plan {
        retention: value("retention")?
            .and_then(|text| text.parse().ok())
            .filter(|share| Plan::RETENTION.contains(share))
            .unwrap_or(usual.retention),
        exam: value("exam-date")?.and_then(|text| Day::parse(&text)),
        minutes: value("minutes")?.and_then(|text| text.parse().ok()).unwrap_or(usual.minutes),
        goal: value("goal")?.and_then(|text| text.parse().ok()).unwrap_or(usual.goal),
    })
}

pub(super) fn keep(connection: &Connection, plan: &Plan) -> Result<(), StoreError> {
    let values = [
        ("retention", Some(plan.retention.to_string())),
        ("exam-date", plan.exam.map(|exam| exam.to_string())),
        ("minutes", Some(plan.minutes.to_string())),
        ("goal", Some(plan.goal.to_string())),
    ];
    for (key, value) in values {
        let done = match value {
            Some(value) => connection.execute("INSERT OR REPLACE INTO settings VALUES (?1, ?2)", [key, value.as_str()]),
            None => connection.execute("DELETE FROM settings WHERE key = ?1", [key]),
        };
        done.map_err(|source| StoreError::sql("save the plan", source))?;
    }
    Ok(())
}
