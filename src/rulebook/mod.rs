//! The facts that kmsprep teaches and models, each with two values: the guide's and today's.
//!
//! A [`Rulebook`] picks one of the two for every fact. The model takes its parameters from it through the
//! typed ids in [`ids`]; texts quote facts by name with `{fact:ID}` and so never go stale. The facts
//! themselves are the files in `facts/`; the build makes a table of them, so that nothing is read at run time.
//!
//! ```
//! use kmsprep::rulebook::{Rulebook, ids};
//!
//! assert_eq!(Rulebook::current().days(ids::ROTATION_PERIOD_AWS_MANAGED), 365);
//! assert_eq!(Rulebook::guide().days(ids::ROTATION_PERIOD_AWS_MANAGED), 1095);
//! ```

mod book;
mod claim;
mod fact;
pub mod ids;
mod interpolate;
mod quantity;
mod search;
mod table;

pub use book::{Rulebook, RulebookKind};
pub use claim::{Claim, Verdict};
pub use fact::{Fact, Value};
pub use interpolate::UnknownFact;
pub use quantity::{AmountFact, DaysFact, NameFact, NumberFact, PermissionFact, SpanFact};
pub use search::{Entry, Found, search};
