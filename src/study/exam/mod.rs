//! An exam: a paper drawn from the bank, the sitting of it, its score, and a forecast of one.
//!
//! ```text
//! Questions + seed + Blueprint -draw-> Paper -begin-> Sitting -Desk.press-> Sitting -mark-> Score
//! ```
//!
//! Pure values: nothing here asks the time or touches a file. The edge says how much time has passed and saves the [`Sitting`] as JSON.

mod blueprint;
mod desk;
mod forecast;
mod line;
mod paper;
mod score;
mod sitting;
mod wilson;

pub use blueprint::{Blueprint, PASS_LINE, WEIGHTS};
pub use desk::{Desk, Effect, Over, Press, View};
pub use forecast::{Forecast, ForecastGroup, LEAST_ANSWERS, chance, forecast};
pub use paper::{Paper, PaperItem, Share, can_be_asked};
pub(super) use score::precise;
pub use score::{DomainScore, Marked, Outcome, Score, score};
pub use sitting::{End, Entry, Found, Sitting, SittingError, State};
pub use wilson::wilson;

#[cfg(test)]
mod tests;
