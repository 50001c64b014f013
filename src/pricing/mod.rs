//! What a month costs: a price book, and from the lives of keys and the counts of requests to a bill.
//!
//! ```text
//! KeyLife[], Meter -Bill::of(book, rulebook, month)-> BillLine[] and their exact total
//! ```
//!
//! Amounts are decimals and never rounded on the way; [`usd`] rounds for display only. The prices stand in
//! `prices.yaml`. Which rules apply (free tier, charge for rotations, keys that wait for deletion) comes from
//! the rulebook, so that a bill can also be drawn up as the guide would.

mod bill;
mod book;
pub mod cases;
mod comparison;
mod exact;
mod life;
mod money;
mod month;
mod recorded;
pub mod sweep;
pub mod workload;

pub use bill::{Bill, BillLine, Charge, PricingError};
pub use book::{Evidence, Price, PriceBook};
pub use comparison::{ComparedLine, ComparedMonth, Comparison};
pub use exact::ExactSum;
pub use life::{KeyLife, KeyManager, Waiting};
pub use money::{grouped, usd, usd_over};
pub use month::Month;
pub use recorded::{Recorded, recorded};
pub use workload::DataKeyCache;
