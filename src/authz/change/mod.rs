//! What would change a decision: the smallest changes, each carried out before it is shown.
//!
//! ```text
//! denied or allowed -candidates-> changes -with-> the same question or world, changed -outcome-> the wanted one?
//!                                                 probes before and after ----------------------> what it opens besides
//! ```
//!
//! The trace of a decision says what was missing and what almost fitted, and from that come the candidates ([`allow`], [`deny`]).
//! They only propose. What is shown was tried: the document was edited as JSON, read again, and the request decided anew.

mod allow;
mod condition;
mod data;
mod deny;
mod edit;
mod names;
mod probe;
mod question;
mod search;
mod suggestion;
mod tried;
mod view;
mod world;

pub use data::{Change, PolicyChange};
pub use edit::{ListElement, PolicyEdit, StatementEdit};
pub use probe::{Asked, Opened, Other, Probe};
pub use search::suggest;
pub use suggestion::{ChangedPolicy, Suggestion};
pub use tried::{Outcome, Tried, Wanted};
pub use world::Attempt;
